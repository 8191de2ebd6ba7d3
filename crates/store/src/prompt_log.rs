//! The log of prompts, kept beside the calls that it is about. It goes with its conversations, or
//! when its organization wants it no more.

use crate::db::{change, db, row};
use crate::stored::{consistent, integer};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::prompt_log::CallTexts;
use domain::{AgentId, LoggedCall, OrganizationId, RunId, UserId};
use sqlx::types::Json;
use uuid::Uuid;

row! {
    LoggedRow {
        run_id: Uuid,
        position: i64,
        user_id: Uuid,
        user_name: String,
        iteration: i64,
        kind: String,
        agent_id: String,
        model: Option<String>,
        finished_at: DateTime<Utc>,
        logged: Json<CallTexts>,
    }
}

impl TryFrom<LoggedRow> for LoggedCall {
    type Error = StoreError;

    fn try_from(row: LoggedRow) -> Result<Self, StoreError> {
        let id = format!("{}/{}", row.run_id, row.position);
        let short = |number: i64| consistent("run_steps", &id, u32::try_from(number));
        let Json(CallTexts {
            system,
            prompt,
            reply,
        }) = row.logged;
        Ok(Self {
            run_id: RunId(row.run_id),
            position: short(row.position)?,
            user_id: UserId(row.user_id),
            user_name: row.user_name,
            iteration: short(row.iteration)?,
            kind: row.kind,
            agent_id: Some(row.agent_id)
                .filter(|agent| !agent.is_empty())
                .map(AgentId::new),
            model: row.model,
            finished_at: row.finished_at,
            system,
            prompt,
            reply,
        })
    }
}

/// Of a page: the place of its last call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlace {
    pub finished_at: DateTime<Utc>,
    pub run_id: RunId,
    pub position: u32,
}

impl Store {
    /// The latest first; `before` is the last one of the previous page.
    pub async fn logged_calls(
        &self,
        organization: OrganizationId,
        before: Option<LogPlace>,
        limit: u32,
    ) -> Result<Vec<LoggedCall>, StoreError> {
        let before = before.unwrap_or(LogPlace {
            finished_at: crate::conversations::LATEST,
            run_id: RunId(Uuid::max()),
            position: u32::MAX,
        });
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, LoggedRow>(
                "select run_id, position, user_id, users.name as user_name, iteration, kind, \
                     agent_id, model, run_steps.finished_at, logged \
                 from run_steps join runs on runs.id = run_id join users on users.id = user_id \
                 where run_steps.organization_id = $1 and logged is not null \
                     and (run_steps.finished_at, run_id, position) < ($2, $3, $4) \
                 order by run_steps.finished_at desc, run_id desc, position desc limit $5",
            )
            .bind(organization.0)
            .bind(before.finished_at)
            .bind(before.run_id.0)
            .bind(i64::from(before.position))
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(LoggedCall::try_from).collect()
    }

    /// Whose log is still there, though they want none.
    pub async fn unwanted_logs(&self) -> Result<Vec<OrganizationId>, StoreError> {
        let ids: Vec<Uuid> = db!(&self.read, |pool| {
            sqlx::query_scalar(
                "select id from organizations where not log_prompts and exists \
                     (select 1 from run_steps where organization_id = organizations.id \
                         and logged is not null)",
            )
            .fetch_all(pool)
            .await?
        });
        Ok(ids.into_iter().map(OrganizationId).collect())
    }

    /// At most so many calls of it; how many.
    pub async fn forget_log(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<u64, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query(
                "update run_steps set logged = null where (run_id, position) in \
                     (select run_id, position from run_steps \
                         where organization_id = $1 and logged is not null limit $2)",
            )
            .bind(organization.0)
            .bind(integer(limit.into()))
            .execute(pool)
            .await?
            .rows_affected()
        }))
    }
}
