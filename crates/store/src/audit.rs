//! The audit trail: written beside what admins do, never altered.

use crate::db::{change, db, row};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{AuditEntry, AuditEntryId, OrganizationId, UserId};
use uuid::Uuid;

row! {
    AuditRow {
        id: Uuid,
        organization_id: Uuid,
        user_id: Option<Uuid>,
        action: String,
        subject: String,
        created_at: DateTime<Utc>,
    }
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        Self {
            id: AuditEntryId(row.id),
            organization_id: OrganizationId(row.organization_id),
            user_id: row.user_id.map(UserId),
            action: row.action,
            subject: row.subject,
            created_at: row.created_at,
        }
    }
}

impl Store {
    pub async fn record(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        change!(self, |pool| {
            sqlx::query(
                "insert into audit_entries (id, organization_id, user_id, action, subject, \
                     created_at) \
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(entry.id.0)
            .bind(entry.organization_id.0)
            .bind(entry.user_id.map(|user| user.0))
            .bind(&entry.action)
            .bind(crate::stored::text(&entry.subject))
            .bind(entry.created_at)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// The latest first; `before` is the last one of the previous page. Ids grow with time.
    pub async fn audit_entries(
        &self,
        organization: OrganizationId,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, AuditRow>(
                "select id, organization_id, user_id, action, subject, created_at \
                 from audit_entries where organization_id = $1 and id < $2 \
                 order by id desc limit $3",
            )
            .bind(organization.0)
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}
