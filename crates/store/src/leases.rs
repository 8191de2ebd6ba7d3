//! Which worker has which run. Every lease has a new epoch, and only the run's current epoch may
//! write (keep.rs), so that a worker that was too slow cannot disturb its successor.

use crate::db::{change, db, row, transaction};
use crate::queue::with_busy;
use crate::runs::{RunRow, run_columns};
use crate::stored::consistent;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{Run, RunId};
use serde_json::Value;
use sqlx::types::Json;
use std::time::Duration;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelRequest {
    pub by: String,
    pub reason: String,
}

/// A run that is now the caller's, until the lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Leased {
    pub run: Run,
    pub brief: Value,
    pub epoch: i64,
    /// This one included.
    pub attempts: u32,
    /// By earlier workers, to their last sign of life.
    pub worked: Duration,
    pub cancel: Option<CancelRequest>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewal {
    Held { cancel: Option<CancelRequest> },
    Lost,
}

row! {
    LeasedRow {
        brief: Json<Value>,
        epoch: i64,
        attempts: i64,
        worked_ms: i64,
        cancel_by: Option<String>,
        cancel_reason: Option<String>,
    } with run: RunRow
}

row! {
    CancelledRow { id: Uuid, cancel_by: Option<String>, cancel_reason: Option<String> }
}

row! {
    CancelRow { cancel_by: Option<String>, cancel_reason: Option<String> }
}

impl CancelRequest {
    pub(crate) fn of(by: Option<String>, reason: Option<String>) -> Option<Self> {
        let (by, reason) = by.zip(reason)?;
        Some(Self { by, reason })
    }
}

impl TryFrom<LeasedRow> for Leased {
    type Error = StoreError;

    fn try_from(row: LeasedRow) -> Result<Self, StoreError> {
        Ok(Self {
            brief: row.brief.0,
            epoch: row.epoch,
            attempts: consistent("runs", row.run.id, u32::try_from(row.attempts))?,
            worked: Duration::from_millis(consistent(
                "runs",
                row.run.id,
                u64::try_from(row.worked_ms),
            )?),
            cancel: CancelRequest::of(row.cancel_by, row.cancel_reason),
            run: row.run.try_into()?,
        })
    }
}

macro_rules! lease {
    ($locking_interrupted:literal, $locking_waiting:literal) => {
        concat!(
            "update runs set status = 'running', lease_owner = $1, lease_until = $2, \
                 epoch = epoch + 1, attempts = attempts + 1, \
                 started_at = coalesce(started_at, $3) \
             where id = coalesce( \
                 (select id from runs where status = 'running' \
                     and (lease_until is null or lease_until < $4) \
                 order by created_at, id limit 1 ",
            $locking_interrupted,
            "), (select waiting.id from runs as waiting",
            with_busy!(),
            "where waiting.status = 'queued' \
                 order by coalesce(busy.runs, 0), waiting.created_at, waiting.id limit 1 ",
            $locking_waiting,
            ")) returning brief, epoch, attempts, worked_ms, cancel_by, cancel_reason, ",
            run_columns!()
        )
    };
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Store {
    /// A run that nobody works on, if there is one: first one that was interrupted, then the
    /// oldest of the organization that has the fewest under way, so that none waits for another's
    /// long queue. Of several workers that ask at the same time each gets another one.
    /// A lease that was not given back is over when it ended before `expired`.
    pub async fn lease_run(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        expired: Option<DateTime<Utc>>,
    ) -> Result<Option<Leased>, StoreError> {
        let sql = self.write.sql(
            lease!("", ""),
            lease!(
                "for update skip locked",
                "for update of waiting skip locked"
            ),
        );
        let row = transaction!(self, |tx| {
            let row = sqlx::query_as::<_, LeasedRow>(sql)
                .bind(owner)
                .bind(until)
                .bind(now)
                .bind(expired)
                .fetch_optional(&mut *tx)
                .await?;
            // Need not outlive a power failure: the worker does not either.
            tx.commit().await?;
            row
        });
        row.map(Leased::try_from).transpose()
    }

    /// `worked` is all the time that workers have spent on the run.
    pub async fn renew_lease(
        &self,
        run: RunId,
        epoch: i64,
        until: DateTime<Utc>,
        worked: Duration,
    ) -> Result<Renewal, StoreError> {
        let row = transaction!(self, |tx| {
            let row = sqlx::query_as::<_, CancelRow>(
                "update runs set lease_until = $3, worked_ms = $4 \
                 where id = $1 and epoch = $2 and status = 'running' \
                 returning cancel_by, cancel_reason",
            )
            .bind(run.0)
            .bind(epoch)
            .bind(until)
            .bind(millis(worked))
            .fetch_optional(&mut *tx)
            .await?;
            tx.commit().await?;
            row
        });
        Ok(row.map_or(Renewal::Lost, |row| Renewal::Held {
            cancel: CancelRequest::of(row.cancel_by, row.cancel_reason),
        }))
    }

    /// Gives a run back: the next worker may have it at once, and the attempt does not count.
    /// False when it was not the caller's any more.
    pub async fn release_run(
        &self,
        run: RunId,
        epoch: i64,
        worked: Duration,
    ) -> Result<bool, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query(
                "update runs set lease_owner = null, lease_until = null, epoch = epoch + 1, \
                     attempts = attempts - 1, worked_ms = $3 \
                 where id = $1 and epoch = $2 and status = 'running'",
            )
            .bind(run.0)
            .bind(epoch)
            .bind(millis(worked))
            .execute(pool)
            .await?
            .rows_affected()
                == 1
        }))
    }

    /// Ends every lease. For a process that has just opened the file exclusively: whoever held
    /// them is gone.
    pub async fn void_leases(&self) -> Result<u64, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query(
                "update runs set lease_owner = null, lease_until = null, epoch = epoch + 1 \
                 where status = 'running' and lease_until is not null",
            )
            .execute(pool)
            .await?
            .rows_affected()
        }))
    }

    /// Whose leases there are.
    pub async fn lease_owners(&self) -> Result<Vec<String>, StoreError> {
        Ok(db!(&self.read, |pool| {
            sqlx::query_scalar(
                "select distinct lease_owner from runs \
                 where status = 'running' and lease_owner is not null",
            )
            .fetch_all(pool)
            .await?
        }))
    }

    /// Ends the leases of a worker that is known to be dead.
    pub async fn void_leases_of(&self, owner: &str) -> Result<u64, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query(
                "update runs set lease_owner = null, lease_until = null, epoch = epoch + 1 \
                 where status = 'running' and lease_owner = $1",
            )
            .bind(owner)
            .execute(pool)
            .await?
            .rows_affected()
        }))
    }

    /// What that worker is asked to end.
    pub async fn cancels_of(&self, owner: &str) -> Result<Vec<(RunId, CancelRequest)>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, CancelledRow>(
                "select id, cancel_by, cancel_reason from runs \
                 where status = 'running' and lease_owner = $1 and cancel_by is not null",
            )
            .bind(owner)
            .fetch_all(pool)
            .await?
        });
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let cancel = CancelRequest::of(row.cancel_by, row.cancel_reason)?;
                Some((RunId(row.id), cancel))
            })
            .collect())
    }
}
