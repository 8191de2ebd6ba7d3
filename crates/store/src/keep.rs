//! What a worker has to show for its run, kept in one transaction: finished calls, the events
//! that follow from them, and the run's end.

use crate::db::{commit, row, transaction};
use crate::messages::insert_message;
use crate::runs::run_status;
use crate::stored::{consistent, inconsistent, integer, json};
use crate::{Store, StoreError, StoredStep};
use chrono::{DateTime, Utc};
use domain::{ConversationTitle, Event, Message, Outcome, RunId, RunStatus};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// In the order in which they finished.
    pub steps: Vec<StoredStep>,
    /// They go on from the run's last number, without a gap.
    pub events: Vec<Event>,
    pub end: Option<RunEnd>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    pub status: RunStatus,
    pub outcome: Option<Outcome>,
    pub score: Option<f64>,
    pub error_code: Option<String>,
    /// From the start to the first piece of the answer, where somebody has seen it.
    pub first_token_ms: Option<u64>,
    pub answer: Option<Message>,
    /// With an answer: what its conversation is called from now on.
    pub title: Option<NewTitle>,
    pub finished_at: DateTime<Utc>,
}

/// Unless somebody has called it something else meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTitle {
    pub instead_of: ConversationTitle,
    pub title: ConversationTitle,
}

impl Kept {
    /// Whether its events have numbers that the run has given away already.
    fn is_counted(&self, held: &HeldRow) -> bool {
        let (Some(first), Some(last)) = (self.events.first(), self.events.last()) else {
            return false;
        };
        first.seq > 0 && integer(last.seq) <= held.last_seq
    }
}

row! {
    HeldRow {
        organization_id: Uuid,
        conversation_id: Uuid,
        status: String,
        last_seq: i64,
        epoch: i64,
    }
}

/// The usual case in one statement: the run is the caller's, and the events follow. A run that
/// gets on is not to blame for what its worker dies of, so that its attempts count anew.
const ADVANCE: &str = "update runs set last_seq = $4, attempts = 1 \
     where id = $1 and epoch = $2 and last_seq = $3 and status = 'running' \
     returning organization_id, conversation_id, status, $3 as last_seq, epoch";

/// Otherwise: what there is in its place.
macro_rules! held {
    ($locking:literal) => {
        concat!(
            "select organization_id, conversation_id, status, last_seq, epoch \
             from runs where id = $1 ",
            $locking
        )
    };
}

/// Inserts events within a transaction, each an [`Encoded`], with one statement.
macro_rules! insert_events {
    ($tx:expr, $organization:expr, $events:expr) => {{
        let mut insert = sqlx::QueryBuilder::new(
            "insert into run_events (run_id, seq, organization_id, iteration, kind, data, ts) ",
        );
        insert.push_values($events, |mut row, encoded| {
            let $crate::keep::Encoded { event, kind, data } = encoded;
            row.push_bind(event.run_id.0)
                .push_bind($crate::stored::integer(event.seq))
                .push_bind($organization)
                .push_bind(i64::from(event.iteration))
                .push_bind(kind)
                .push_bind(data)
                .push_bind(event.ts);
        });
        insert.build().execute(&mut *$tx).await?;
    }};
}

pub(crate) use insert_events;

impl Store {
    /// False, and nothing kept, when the run is not the caller's any more, has ended, is gone, or
    /// has other events under these numbers: then the caller does not know what is kept.
    /// What is kept already stays as it is, so that it may be sent again when no answer came.
    pub async fn keep(&self, run: RunId, epoch: i64, kept: &Kept) -> Result<bool, StoreError> {
        let events: Vec<_> = kept
            .events
            .iter()
            .map(Encoded::new)
            .collect::<Result<_, _>>()?;
        let steps: Vec<_> = kept
            .steps
            .iter()
            .map(|step| {
                let logged = step.logged.as_ref();
                let logged = logged.map(|logged| json("run_steps", run, logged));
                Ok((
                    step,
                    json("run_steps", run, &step.step)?,
                    logged.transpose()?,
                ))
            })
            .collect::<Result<_, StoreError>>()?;
        let answered = kept.end.as_ref().and_then(|end| end.answer.as_ref());
        transaction!(self, |tx| {
            // The conversation first, then the run, as the next question does: in another order
            // the two would wait for each other.
            if let Some(answer) = answered {
                sqlx::query(self.write.sql(
                    "select id from conversations where id = $1",
                    "select id from conversations where id = $1 for update",
                ))
                .bind(answer.conversation_id.0)
                .execute(&mut *tx)
                .await?;
            }
            let advanced = match (kept.events.first(), kept.events.last()) {
                (Some(first), Some(last)) => {
                    sqlx::query_as::<_, HeldRow>(ADVANCE)
                        .bind(run.0)
                        .bind(epoch)
                        .bind(integer(first.seq) - 1)
                        .bind(integer(last.seq))
                        .fetch_optional(&mut *tx)
                        .await?
                }
                _ => None,
            };
            let held = match advanced {
                Some(held) => Some(held),
                None => {
                    sqlx::query_as::<_, HeldRow>(self.write.sql(held!(""), held!("for update")))
                        .bind(run.0)
                        .fetch_optional(&mut *tx)
                        .await?
                }
            };
            let Some(held) = held.filter(|held| held.epoch == epoch) else {
                tx.rollback().await?;
                return Ok(false);
            };
            // Sent again, because the connection broke before the commit was answered? The database
            // compares, because it writes numbers in its own way.
            if kept.is_counted(&held) {
                let mut same = true;
                for Encoded { event, kind, data } in &events {
                    let stored: bool = sqlx::query_scalar(
                        "select exists (select 1 from run_events \
                         where run_id = $1 and seq = $2 and kind = $3 and data = $4)",
                    )
                    .bind(run.0)
                    .bind(integer(event.seq))
                    .bind(kind.as_str())
                    .bind(data)
                    .fetch_one(&mut *tx)
                    .await?;
                    same &= stored;
                }
                tx.rollback().await?;
                // The commit may have been made, and the way to the disk have failed.
                self.on_disk().await?;
                return Ok(same);
            }
            if run_status(run.0, &held.status)?.is_final() {
                tx.rollback().await?;
                return Ok(false);
            }
            check(run, &held, kept)?;

            for (step, record, logged) in &steps {
                sqlx::query(
                    "insert into run_steps (run_id, position, organization_id, iteration, kind, \
                         agent_id, attempt, request_hash, model, input_tokens, output_tokens, \
                         cost_micros, latency_ms, step, finished_at, logged) \
                     select $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, \
                         $10, $11, $12, $13, $14, $15 from run_steps where run_id = $1 \
                     on conflict (run_id, iteration, kind, agent_id, attempt) do update \
                     set request_hash = excluded.request_hash, model = excluded.model, \
                         input_tokens = excluded.input_tokens, \
                         output_tokens = excluded.output_tokens, \
                         cost_micros = excluded.cost_micros, latency_ms = excluded.latency_ms, \
                         step = excluded.step, finished_at = excluded.finished_at, \
                         logged = excluded.logged \
                     where run_steps.request_hash <> excluded.request_hash",
                )
                .bind(run.0)
                .bind(held.organization_id)
                .bind(i64::from(step.iteration))
                .bind(step.kind.as_str())
                .bind(step.agent_id.as_ref().map_or("", |agent| agent.as_str()))
                .bind(i64::from(step.attempt))
                .bind(step.request_hash.as_str())
                .bind(step.model.as_deref())
                .bind(integer(step.tokens.input))
                .bind(integer(step.tokens.output))
                .bind(step.cost.as_micros().map(integer))
                .bind(integer(step.latency_ms))
                .bind(record)
                .bind(step.finished_at)
                .bind(logged)
                .execute(&mut *tx)
                .await?;
            }

            if !events.is_empty() {
                insert_events!(tx, held.organization_id, events);
            }

            if let Some(end) = &kept.end {
                sqlx::query(
                    "update runs set status = $2, outcome = $3, score = $4, error_code = $5, \
                         finished_at = $6, first_token_ms = $7, lease_owner = null, \
                         lease_until = null \
                     where id = $1",
                )
                .bind(run.0)
                .bind(end.status.as_str())
                .bind(end.outcome.map(Outcome::as_str))
                .bind(end.score)
                .bind(end.error_code.as_deref())
                .bind(end.finished_at)
                .bind(end.first_token_ms.map(integer))
                .execute(&mut *tx)
                .await?;
                if let Some(answer) = &end.answer {
                    insert_message!(tx, answer);
                    // The answer is shown, unless the branch was changed meanwhile.
                    sqlx::query(
                        "update conversations set message_count = message_count + 1, \
                             last_activity = $3, updated_at = $3, \
                             active_leaf_id = case when active_leaf_id is not distinct from $4 \
                                 then $2 else active_leaf_id end, \
                             title = case when title = $5 then $6 else title end \
                         where id = $1",
                    )
                    .bind(held.conversation_id)
                    .bind(answer.id.0)
                    .bind(answer.created_at)
                    .bind(answer.parent_id.map(|parent| parent.0))
                    .bind(end.title.as_ref().map(|it| it.instead_of.as_str()))
                    .bind(end.title.as_ref().map(|it| it.title.as_str()))
                    .execute(&mut *tx)
                    .await?;
                }
            }
            commit!(self, tx);
            Ok(true)
        })
    }
}

/// An event as the columns have it.
pub(crate) struct Encoded<'a> {
    pub(crate) event: &'a Event,
    pub(crate) kind: String,
    pub(crate) data: Json<Value>,
}

impl<'a> Encoded<'a> {
    pub(crate) fn new(event: &'a Event) -> Result<Self, StoreError> {
        let Json(mut value) = json("run_events", event.run_id, &event.data)?;
        Ok(Self {
            event,
            kind: value["type"].as_str().unwrap_or_default().to_owned(),
            data: Json(value["data"].take()),
        })
    }
}

/// What is to be kept must fit the run it is for.
fn check(run: RunId, held: &HeldRow, kept: &Kept) -> Result<(), StoreError> {
    let last = consistent("runs", run, u64::try_from(held.last_seq))?;
    for (expected, event) in (last + 1..).zip(&kept.events) {
        if event.seq != expected {
            let what = format!("event {} where {expected} was due", event.seq);
            return Err(inconsistent("run_events", run, what));
        }
        if event.run_id != run || event.conversation_id.0 != held.conversation_id {
            return Err(inconsistent("run_events", run, "an event of another run"));
        }
    }
    let Some(end) = &kept.end else { return Ok(()) };
    if !end.status.is_final() {
        let what = format!("it cannot end as {}", end.status.as_str());
        return Err(inconsistent("runs", run, what));
    }
    match &end.answer {
        Some(answer)
            if answer.conversation_id.0 != held.conversation_id
                || answer.organization_id.0 != held.organization_id =>
        {
            Err(inconsistent("messages", answer.id, "an answer elsewhere"))
        }
        _ => Ok(()),
    }
}
