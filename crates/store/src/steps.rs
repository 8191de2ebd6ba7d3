//! Finished provider calls of runs: their figures for people, their record for the worker.

use crate::db::{db, row};
use crate::stored::consistent;
use crate::{Scope, Store, StoreError};
use chrono::{DateTime, Utc};
use domain::prompt_log::CallTexts;
use domain::{AgentId, Cost, RunId, Spent, Tokens, WorkflowId};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct StoredStep {
    pub iteration: u32,
    pub kind: String,
    pub agent_id: Option<AgentId>,
    pub attempt: u32,
    pub request_hash: String,
    pub model: Option<String>,
    pub tokens: Tokens,
    pub cost: Cost,
    pub latency_ms: u64,
    /// The engine's own record of the call.
    pub step: Value,
    /// Where the organization keeps it.
    pub logged: Option<CallTexts>,
    pub finished_at: DateTime<Utc>,
}

row! {
    StepRow {
        run_id: Uuid,
        position: i64,
        iteration: i64,
        kind: String,
        agent_id: String,
        attempt: i64,
        request_hash: String,
        model: Option<String>,
        input_tokens: i64,
        output_tokens: i64,
        cost_micros: Option<i64>,
        latency_ms: i64,
        step: Json<Value>,
        logged: Option<Json<CallTexts>>,
        finished_at: DateTime<Utc>,
    }
}

row! {
    SpentRow {
        id: Uuid,
        workflow_id: String,
        calls: i64,
        tokens: i64,
        priced: i64,
        micros: Option<i64>,
    }
}

impl TryFrom<SpentRow> for Spent {
    type Error = StoreError;

    fn try_from(row: SpentRow) -> Result<Self, StoreError> {
        let long = |number: i64| consistent("run_steps", row.id, u64::try_from(number));
        let cost = row.micros.filter(|_| row.priced == row.calls);
        Ok(Self {
            workflow_id: WorkflowId::new(row.workflow_id),
            calls: consistent("run_steps", row.id, u32::try_from(row.calls))?,
            tokens: long(row.tokens)?,
            cost: match cost {
                Some(micros) => Cost::micros(long(micros)?),
                None => Cost::UNKNOWN,
            },
        })
    }
}

impl TryFrom<StepRow> for StoredStep {
    type Error = StoreError;

    fn try_from(row: StepRow) -> Result<Self, StoreError> {
        let id = format!("{}/{}", row.run_id, row.position);
        let short = |number: i64| consistent("run_steps", &id, u32::try_from(number));
        let long = |number: i64| consistent("run_steps", &id, u64::try_from(number));
        Ok(Self {
            iteration: short(row.iteration)?,
            kind: row.kind,
            agent_id: Some(row.agent_id)
                .filter(|agent| !agent.is_empty())
                .map(AgentId::new),
            attempt: short(row.attempt)?,
            request_hash: row.request_hash,
            model: row.model,
            tokens: Tokens::new(long(row.input_tokens)?, long(row.output_tokens)?),
            cost: match row.cost_micros {
                Some(micros) => Cost::micros(long(micros)?),
                None => Cost::UNKNOWN,
            },
            latency_ms: long(row.latency_ms)?,
            step: row.step.0,
            logged: row.logged.map(|logged| logged.0),
            finished_at: row.finished_at,
        })
    }
}

impl Store {
    /// In the order in which they finished.
    pub async fn steps(&self, scope: Scope, run: RunId) -> Result<Vec<StoredStep>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, StepRow>(
                "select run_id, position, iteration, kind, agent_id, attempt, request_hash, \
                     model, input_tokens, output_tokens, cost_micros, latency_ms, step, logged, \
                     run_steps.finished_at \
                 from run_steps join runs on runs.id = run_steps.run_id \
                 where run_id = $1 and runs.organization_id = $2 \
                     and ($3 is null or user_id = $3) \
                 order by position",
            )
            .bind(run.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(StoredStep::try_from).collect()
    }

    /// What the latest completed runs took, at most so many.
    pub async fn spent_lately(&self, scope: Scope, runs: u32) -> Result<Vec<Spent>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, SpentRow>(
                "select latest.id, latest.workflow_id, count(*) as calls, \
                     cast(sum(input_tokens + output_tokens) as bigint) as tokens, \
                     count(cost_micros) as priced, cast(sum(cost_micros) as bigint) as micros \
                 from (select id, workflow_id from runs where organization_id = $1 \
                         and ($2 is null or user_id = $2) and status = 'completed' \
                     order by created_at desc, id desc limit $3) latest \
                     join run_steps on run_steps.run_id = latest.id \
                 group by latest.id, latest.workflow_id",
            )
            .bind(scope.organization())
            .bind(scope.user())
            .bind(i64::from(runs))
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Spent::try_from).collect()
    }

    /// What the worker needs to go on with a run: its finished calls, in the order in which they
    /// finished. For the holder of its lease only.
    pub async fn journal(&self, run: RunId) -> Result<Vec<Value>, StoreError> {
        let steps: Vec<Json<Value>> = db!(&self.read, |pool| {
            sqlx::query_scalar("select step from run_steps where run_id = $1 order by position")
                .bind(run.0)
                .fetch_all(pool)
                .await?
        });
        Ok(steps.into_iter().map(|step| step.0).collect())
    }
}
