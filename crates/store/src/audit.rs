//! The audit trail: written beside what it tells of, never altered. It goes with its organization.

use crate::db::{change, db, row};
use crate::stored::text;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{AuditEntry, AuditEntryId, OrganizationId, UserId};
use uuid::Uuid;

row! {
    AuditRow {
        id: Uuid,
        organization_id: Uuid,
        user_id: Option<Uuid>,
        actor_name: String,
        action: String,
        subject: String,
        detail: String,
        created_at: DateTime<Utc>,
    }
}

/// Which entries; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What stands before the point of their action.
    pub group: Option<String>,
    pub user_id: Option<UserId>,
    pub from: Option<DateTime<Utc>>,
    /// Not this moment any more.
    pub until: Option<DateTime<Utc>>,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        Self {
            id: AuditEntryId(row.id),
            organization_id: OrganizationId(row.organization_id),
            user_id: row.user_id.map(UserId),
            actor_name: row.actor_name,
            action: row.action,
            subject: row.subject,
            detail: row.detail,
            created_at: row.created_at,
        }
    }
}

/// Of an organization that is gone meanwhile nothing is kept.
macro_rules! insert_entry {
    ($executor:expr, $entry:expr) => {{
        let entry: &domain::AuditEntry = $entry;
        sqlx::query(
            "insert into audit_entries (id, organization_id, user_id, actor_name, action, \
                 subject, detail, created_at) \
             select $1, id, $3, $4, $5, $6, $7, $8 from organizations where id = $2",
        )
        .bind(entry.id.0)
        .bind(entry.organization_id.0)
        .bind(entry.user_id.map(|user| user.0))
        .bind(text(&entry.actor_name))
        .bind(&entry.action)
        .bind(text(&entry.subject))
        .bind(text(&entry.detail))
        .bind(entry.created_at)
        .execute($executor)
        .await?;
    }};
}

pub(crate) use insert_entry;

impl Store {
    pub async fn record(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        change!(self, |pool| {
            insert_entry!(pool, entry);
        });
        Ok(())
    }

    /// The latest first; `before` is the last one of the previous page. Ids grow with time.
    pub async fn audit_entries(
        &self,
        organization: OrganizationId,
        filter: &AuditFilter,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let actions = filter.group.as_ref().map(|group| format!("{group}.%"));
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, AuditRow>(
                "select id, organization_id, user_id, actor_name, action, subject, detail, \
                     created_at \
                 from audit_entries where organization_id = $1 and id < $2 \
                     and ($3 is null or action like $3) and ($4 is null or user_id = $4) \
                     and ($5 is null or created_at >= $5) and ($6 is null or created_at < $6) \
                 order by id desc limit $7",
            )
            .bind(organization.0)
            .bind(before)
            .bind(actions.as_deref())
            .bind(filter.user_id.map(|user| user.0))
            .bind(filter.from)
            .bind(filter.until)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}
