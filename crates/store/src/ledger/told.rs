//! What is kept of a run, as an account is told from it.

use crate::StoreError;
use crate::db::row;
use crate::runs::RunRow;
use crate::stored::{consistent, named};
use chrono::{DateTime, Utc};
use domain::ledger::{Call, Story};
use domain::{AgentId, Cost, EventData, Run, Source, Tokens};
use serde_json::{Value, json};
use sqlx::types::Json;

row! {
    StoryRow { source: String, first_token_ms: Option<i64> } with run: RunRow
}

row! {
    CallRow {
        iteration: i64,
        kind: String,
        agent_id: String,
        model: Option<String>,
        input_tokens: i64,
        output_tokens: i64,
        cost_micros: Option<i64>,
        latency_ms: i64,
        failed: bool,
        prompts: Option<i64>,
        finished_at: DateTime<Utc>,
    }
}

row! {
    ToldRow { iteration: i64, kind: String, data: Json<Value> }
}

macro_rules! stories {
    ($rest:literal) => {
        concat!(
            "select source, first_token_ms, ",
            $crate::runs::run_columns!(),
            " from runs where ",
            $rest
        )
    };
}

pub(crate) use stories;

/// A step that was taken over from another run finished before this one was asked for.
pub(crate) const CALLS: &str = "select iteration, kind, agent_id, \
         coalesce(model, step -> 'models' ->> 0) as model, input_tokens, output_tokens, \
         cost_micros, latency_ms, (step -> 'result' -> 'Err') is not null as failed, \
         cast(step ->> 'prompt_version' as bigint) as prompts, finished_at \
     from run_steps where run_id = $1 order by position";

/// Of the kinds that an account asks for.
pub(crate) const TOLD: &str = "select iteration, kind, data from run_events where run_id = $1 and kind in \
         ('task_started', 'agent_started', 'agent_completed', 'agent_failed', 'distilled', \
          'quality_scored', 'comparison', 'n2_triggered', 'final_output') \
     order by seq";

/// What is told of a run whose calls and events were read.
pub(crate) fn story(
    row: StoryRow,
    calls: Vec<CallRow>,
    told: Vec<ToldRow>,
) -> Result<Story, StoreError> {
    let run = Run::try_from(row.run)?;
    let calls = calls.into_iter().map(|call| {
        let short = |number: i64| consistent("run_steps", run.id, u32::try_from(number));
        let long = |number: i64| consistent("run_steps", run.id, u64::try_from(number));
        Ok(Call {
            is_own: call.finished_at >= run.created_at,
            iteration: short(call.iteration)?,
            kind: call.kind,
            agent: Some(call.agent_id)
                .filter(|agent| !agent.is_empty())
                .map(AgentId::new),
            model: call.model.unwrap_or_default(),
            tokens: Tokens::new(long(call.input_tokens)?, long(call.output_tokens)?),
            cost: match call.cost_micros {
                Some(micros) => Cost::micros(long(micros)?),
                None => Cost::UNKNOWN,
            },
            latency_ms: long(call.latency_ms)?,
            failed: call.failed,
            prompts: short(call.prompts.unwrap_or(1))?,
        })
    });
    let events = told.into_iter().filter_map(|event| {
        let data = json!({ "type": event.kind, "data": event.data.0 });
        // What an earlier version told in another way is left out: the rest counts.
        let data = serde_json::from_value::<EventData>(data).ok()?;
        Some((u32::try_from(event.iteration).ok()?, data))
    });
    Ok(Story {
        source: named("runs", run.id, &Source::ALL, Source::as_str, &row.source)?,
        first_token_ms: row.first_token_ms.and_then(|ms| u64::try_from(ms).ok()),
        calls: calls.collect::<Result<_, StoreError>>()?,
        events: events.collect(),
        run,
    })
}
