//! Conversations that nobody has touched for as long as their organization keeps them: counted, and
//! deleted a few at a time. What was deleted is counted until the audit trail tells of it.

use crate::audit::insert_entry;
use crate::db::{change, commit, db, row, transaction};
use crate::ledger::settle;
use crate::stored::{consistent, integer, rate, text};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{AuditEntry, OrganizationId};
use uuid::Uuid;

/// A sweep that is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// `None` when the rule was taken back.
    pub days: Option<u32>,
    /// What went in earlier sweeps that could not tell of it.
    pub untold: u64,
}

row! {
    SweepRow {
        retention_days: Option<i64>,
        swept: i64,
    }
}

/// The condition on a conversation: of `$1`, untouched since `$2`, not pinned, and no run under way
/// in it.
macro_rules! expired {
    () => {
        "organization_id = $1 and pinned_at is null and last_activity < $2 and not exists \
             (select 1 from runs where conversation_id = conversations.id \
                 and status in ('queued', 'running'))"
    };
}

/// At most `$3` of them, in the order in which everybody locks conversations.
macro_rules! first_expired {
    ($locking:literal) => {
        concat!(
            "select id from conversations where ",
            expired!(),
            " and id in (select id from conversations where ",
            expired!(),
            " order by last_activity limit $3) order by id",
            $locking
        )
    };
}

impl Store {
    pub async fn count_expired(
        &self,
        organization: OrganizationId,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let count: i64 = db!(&self.read, |pool| {
            sqlx::query_scalar(concat!(
                "select count(*) from conversations where ",
                expired!()
            ))
            .bind(organization.0)
            .bind(before)
            .fetch_one(pool)
            .await?
        });
        consistent("conversations", organization, u64::try_from(count))
    }

    /// Those whose latest sweep began before that day.
    pub async fn unswept(&self, day: DateTime<Utc>) -> Result<Vec<OrganizationId>, StoreError> {
        let ids: Vec<Uuid> = db!(&self.read, |pool| {
            sqlx::query_scalar(
                "select id from organizations where (retention_days is not null or swept > 0) \
                     and (swept_at is null or swept_at < $1) order by id",
            )
            .bind(day)
            .fetch_all(pool)
            .await?
        });
        Ok(ids.into_iter().map(OrganizationId).collect())
    }

    /// `None` when somebody else has begun that day's.
    pub async fn begin_sweep(
        &self,
        organization: OrganizationId,
        day: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Option<Sweep>, StoreError> {
        let row = change!(self, |pool| {
            sqlx::query_as::<_, SweepRow>(
                "update organizations set swept_at = $3 \
                 where id = $1 and (swept_at is null or swept_at < $2) \
                 returning retention_days, swept",
            )
            .bind(organization.0)
            .bind(day)
            .bind(now)
            .fetch_optional(pool)
            .await?
        });
        row.map(|row| {
            Ok(Sweep {
                days: rate("organizations", organization, row.retention_days)?,
                untold: consistent("organizations", organization, u64::try_from(row.swept))?,
            })
        })
        .transpose()
    }

    /// Deletes at most so many, those untouched for longest first, with all that is theirs; how many
    /// went. One that somebody asks in meanwhile stays.
    pub async fn sweep(
        &self,
        organization: OrganizationId,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<u64, StoreError> {
        transaction!(self, |tx| {
            let expired: Vec<Uuid> = sqlx::query_scalar(
                self.write
                    .sql(first_expired!(""), first_expired!(" for update")),
            )
            .bind(organization.0)
            .bind(before)
            .bind(integer(limit.into()))
            .fetch_all(&mut *tx)
            .await?;
            if expired.is_empty() {
                tx.rollback().await?;
                return Ok(0);
            }
            for id in &expired {
                let id = *id;
                settle!(
                    self,
                    tx,
                    "accounted_at is null and conversation_id = $1",
                    id
                );
                sqlx::query("delete from conversations where id = $1")
                    .bind(id)
                    .execute(&mut *tx)
                    .await?;
            }
            let gone = expired.len() as u64;
            sqlx::query("update organizations set swept = swept + $2 where id = $1")
                .bind(organization.0)
                .bind(integer(gone))
                .execute(&mut *tx)
                .await?;
            commit!(self, tx);
            Ok(gone)
        })
    }

    /// Puts on record that so many went.
    pub async fn tell_of_sweep(&self, entry: &AuditEntry, gone: u64) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            insert_entry!(&mut *tx, entry);
            sqlx::query("update organizations set swept = swept - $2 where id = $1")
                .bind(entry.organization_id.0)
                .bind(integer(gone))
                .execute(&mut *tx)
                .await?;
            commit!(self, tx);
            Ok(())
        })
    }
}
