//! Stopping a run: one that nobody works on ends at once; whoever works on another one is asked to
//! end it (leases.rs tells them).

use crate::conversations::in_scope;
use crate::db::{commit, row, transaction};
use crate::keep::{Encoded, insert_events};
use crate::leases::CancelRequest;
use crate::runs::run_status;
use crate::stored::{consistent, text};
use crate::{Scope, Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{ConversationId, Event, EventData, RunId, RunStatus};
use uuid::Uuid;

/// What becomes of a request to end a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Cancelling {
    /// Nobody worked on it: it has ended, with this event.
    Ended(Box<Event>),
    /// Whoever works on it is to end it.
    Asked,
    /// It had ended before.
    Over,
}

row! {
    FoundRow {
        organization_id: Uuid,
        conversation_id: Uuid,
        status: String,
        last_seq: i64,
        lease_until: Option<DateTime<Utc>>,
        cancel_by: Option<String>,
        cancel_reason: Option<String>,
    }
}

macro_rules! find {
    ($locking:literal) => {
        concat!(
            "select organization_id, conversation_id, status, last_seq, lease_until, cancel_by, \
                 cancel_reason \
             from runs where",
            in_scope!(),
            $locking
        )
    };
}

impl Store {
    /// The first request is the one that counts. `None` when the run is not theirs.
    pub async fn request_cancel(
        &self,
        scope: Scope,
        run: RunId,
        cancel: &CancelRequest,
        now: DateTime<Utc>,
    ) -> Result<Option<Cancelling>, StoreError> {
        let find = self.write.sql(find!(""), find!("for update"));
        transaction!(self, |tx| {
            let found = sqlx::query_as::<_, FoundRow>(find)
                .bind(run.0)
                .bind(scope.organization())
                .bind(scope.user())
                .fetch_optional(&mut *tx)
                .await?;
            let Some(found) = found else {
                tx.rollback().await?;
                return Ok(None);
            };
            if run_status(run.0, &found.status)?.is_final() {
                tx.rollback().await?;
                return Ok(Some(Cancelling::Over));
            }
            let asked = CancelRequest::of(found.cancel_by, found.cancel_reason);
            let cancel = asked.as_ref().unwrap_or(cancel);
            sqlx::query(
                "update runs set cancel_by = $2, cancel_reason = $3, \
                     cancel_requested_at = coalesce(cancel_requested_at, $4) \
                 where id = $1",
            )
            .bind(run.0)
            .bind(text(&cancel.by))
            .bind(text(&cancel.reason))
            .bind(now)
            .execute(&mut *tx)
            .await?;
            if found.lease_until.is_some_and(|until| until >= now) {
                commit!(self, tx);
                return Ok(Some(Cancelling::Asked));
            }

            // Where an earlier worker had got to.
            let iteration: i64 = sqlx::query_scalar(
                "select coalesce(max(iteration), 0) from run_events where run_id = $1",
            )
            .bind(run.0)
            .fetch_one(&mut *tx)
            .await?;
            let event = Event {
                run_id: run,
                conversation_id: ConversationId(found.conversation_id),
                seq: consistent("runs", run, u64::try_from(found.last_seq))? + 1,
                ts: now,
                iteration: consistent("run_events", run, u32::try_from(iteration))?,
                data: EventData::Cancelled {
                    by: cancel.by.clone(),
                    reason: cancel.reason.clone(),
                },
            };
            insert_events!(tx, found.organization_id, [Encoded::new(&event)?]);
            // A worker that was too slow has the old epoch.
            sqlx::query(
                "update runs set status = $2, last_seq = $3, finished_at = $4, \
                     epoch = epoch + 1, lease_owner = null, lease_until = null \
                 where id = $1",
            )
            .bind(run.0)
            .bind(RunStatus::Cancelled.as_str())
            .bind(found.last_seq + 1)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            commit!(self, tx);
            Ok(Some(Cancelling::Ended(Box::new(event))))
        })
    }
}
