//! The events of runs, as they are replayed. They are written in keep.rs.

use crate::db::{db, row};
use crate::stored::{consistent, integer};
use crate::{Scope, Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{ConversationId, Event, RunId};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

row! {
    EventRow {
        run_id: Uuid,
        conversation_id: Uuid,
        seq: i64,
        ts: DateTime<Utc>,
        iteration: i64,
        kind: String,
        data: Json<Value>,
    }
}

macro_rules! event_query {
    ($rest:literal) => {
        concat!(
            "select run_id, conversation_id, seq, ts, iteration, kind, data \
             from run_events join runs on runs.id = run_events.run_id ",
            $rest
        )
    };
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        const TABLE: &str = "run_events";
        let id = format!("{}/{}", row.run_id, row.seq);
        let data = json!({ "type": row.kind, "data": row.data.0 });
        Ok(Self {
            run_id: RunId(row.run_id),
            conversation_id: ConversationId(row.conversation_id),
            seq: consistent(TABLE, &id, u64::try_from(row.seq))?,
            ts: row.ts,
            iteration: consistent(TABLE, &id, u32::try_from(row.iteration))?,
            data: consistent(TABLE, &id, serde_json::from_value(data))?,
        })
    }
}

impl Store {
    /// Those with a greater number than `after`, in order.
    pub async fn events(
        &self,
        scope: Scope,
        run: RunId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, EventRow>(event_query!(
                "where run_id = $1 and runs.organization_id = $2 \
                     and ($3 is null or user_id = $3) and seq > $4 \
                 order by seq limit $5"
            ))
            .bind(run.0)
            .bind(scope.organization())
            .bind(scope.user())
            .bind(integer(after))
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Event::try_from).collect()
    }

    /// The events of all runs of a conversation, run by run.
    pub async fn events_of(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Result<Vec<Event>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, EventRow>(event_query!(
                "where conversation_id = $1 and runs.organization_id = $2 \
                     and ($3 is null or user_id = $3) \
                 order by runs.created_at, run_id, seq"
            ))
            .bind(conversation.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Event::try_from).collect()
    }
}
