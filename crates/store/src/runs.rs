//! Runs as whoever asks sees them. What a worker does with them is in leases.rs and keep.rs.

use crate::conversations::{in_scope, insert_conversation};
use crate::db::{commit, db, row, transaction};
use crate::messages::insert_message;
use crate::queue::{LOAD, Load, LoadRow};
use crate::quotas::{USED, UsedRow};
use crate::stored::{consistent, integer, json, named, text};
use crate::{Scope, Store, StoreError};
use chrono::{DateTime, Utc};
use domain::ledger::month_of;
use domain::quota::{Exhausted, Quotas};
use domain::{
    Conversation, ConversationId, ConversationTitle, Message, MessageId, OrganizationId, Outcome,
    Run, RunId, RunStatus, Source, UserId, WorkflowId,
};
use sqlx::types::Json;
use uuid::Uuid;

/// Where a question is asked.
#[derive(Clone, Debug)]
pub enum Conversing<'a> {
    New(&'a Conversation),
    /// The one that the run names.
    Existing {
        /// What was shown of it last when the question was asked.
        leaf: Option<MessageId>,
        /// Where nothing was asked before and nobody gave it another one.
        title: ConversationTitle,
    },
}

#[derive(Clone, Copy, Debug)]
pub enum Posed<'a> {
    New(&'a Message),
    /// The question that the run names is there already.
    Again,
    /// As `Again`, and the finished calls of that run of the same person are this one's too.
    Concluding(RunId),
}

#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, taken apart at once"
)]
pub enum Started {
    New,
    /// That request has started this run before.
    Known(Run),
    /// Not the asker's, or gone.
    NoConversation,
    /// A run is active in the conversation, or somebody has gone on there meanwhile.
    Busy,
    /// So many wait or work that this one is too many.
    Full(Load),
    /// What may be used in the month is used up.
    Spent(Exhausted),
}

/// On what terms a question is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// One more is refused where one of these is reached.
    pub most: Load,
    /// The way in.
    pub source: Source,
}

/// Whether a question was kept.
enum Asked {
    Kept,
    Full(Load),
    Spent(Exhausted),
    /// It is known, or does not fit its conversation.
    Refused,
}

row! {
    RunRow {
        id: Uuid,
        organization_id: Uuid,
        user_id: Uuid,
        conversation_id: Uuid,
        question_id: Uuid,
        answer_id: Uuid,
        workflow_id: String,
        request_id: String,
        status: String,
        outcome: Option<String>,
        score: Option<f64>,
        error_code: Option<String>,
        last_seq: i64,
        created_at: DateTime<Utc>,
        started_at: Option<DateTime<Utc>>,
        finished_at: Option<DateTime<Utc>>,
    }
}

macro_rules! run_columns {
    () => {
        "id, organization_id, user_id, conversation_id, question_id, answer_id, workflow_id, \
         request_id, status, outcome, score, error_code, last_seq, created_at, started_at, \
         finished_at"
    };
}

pub(crate) use run_columns;

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        const TABLE: &str = "runs";
        let outcome = row
            .outcome
            .map(|name| named(TABLE, row.id, &Outcome::ALL, Outcome::as_str, &name));
        Ok(Self {
            id: RunId(row.id),
            organization_id: OrganizationId(row.organization_id),
            user_id: UserId(row.user_id),
            conversation_id: ConversationId(row.conversation_id),
            question_id: MessageId(row.question_id),
            answer_id: MessageId(row.answer_id),
            workflow_id: WorkflowId::new(row.workflow_id),
            request_id: row.request_id,
            status: run_status(row.id, &row.status)?,
            outcome: outcome.transpose()?,
            score: row.score,
            error_code: row.error_code,
            last_seq: consistent(TABLE, row.id, u64::try_from(row.last_seq))?,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

pub(crate) fn run_status(run: Uuid, name: &str) -> Result<RunStatus, StoreError> {
    named("runs", run, &RunStatus::ALL, RunStatus::as_str, name)
}

impl Store {
    /// Keeps a question and the run that will answer it, in a new or an existing conversation.
    /// The same request of the same person starts one run, however often it is sent.
    ///
    /// Where one of the numbers in `most` or a quota is reached, nothing is started. However many
    /// ask at once, those of a person and of an organization are never passed; the number of all
    /// that wait is passed by as many as organizations ask at the same instant.
    pub async fn start_run(
        &self,
        run: &Run,
        brief: &serde_json::Value,
        posed: Posed<'_>,
        conversing: Conversing<'_>,
        admission: &Admission,
    ) -> Result<Started, StoreError> {
        let asked = self
            .keep_question(run, brief, posed, conversing, admission)
            .await?;
        if matches!(asked, Asked::Kept) {
            return Ok(Started::New);
        }
        // Nothing was kept. Why not?
        if let Some(known) = self.run_by_request(run.user_id, &run.request_id).await? {
            // Its commit may have been made, and the way to the disk have failed.
            self.on_disk().await?;
            return Ok(Started::Known(known));
        }
        if let Asked::Full(load) = asked {
            return Ok(Started::Full(load));
        }
        if let Asked::Spent(exhausted) = asked {
            return Ok(Started::Spent(exhausted));
        }
        let asker = Scope {
            organization_id: run.organization_id,
            user_id: Some(run.user_id),
        };
        Ok(match self.conversation(asker, run.conversation_id).await? {
            Some(_) => Started::Busy,
            None => Started::NoConversation,
        })
    }

    /// All of it or nothing.
    async fn keep_question(
        &self,
        run: &Run,
        brief: &serde_json::Value,
        posed: Posed<'_>,
        conversing: Conversing<'_>,
        admission: &Admission,
    ) -> Result<Asked, StoreError> {
        let brief = json("runs", run.id, brief)?;
        let leaf = match &conversing {
            Conversing::New(_) => None,
            Conversing::Existing { leaf, .. } => *leaf,
        };
        let title = match &conversing {
            Conversing::New(conversation) => &conversation.title,
            Conversing::Existing { title, .. } => title,
        };
        let untitled = ConversationTitle::default();
        transaction!(self, |tx| {
            // The questions of an organization are counted one after the other; on SQLite all are.
            let quotas: Option<Json<Quotas>> = sqlx::query_scalar(self.write.sql(
                "select quotas from organizations where id = $1",
                "select quotas from organizations where id = $1 for no key update",
            ))
            .bind(run.organization_id.0)
            .fetch_optional(&mut *tx)
            .await?;
            let quotas = quotas.map(|Json(quotas)| quotas).unwrap_or_default();
            let load = sqlx::query_as::<_, LoadRow>(LOAD)
                .bind(run.user_id.0)
                .bind(run.organization_id.0)
                .fetch_one(&mut *tx)
                .await?
                .read(run.user_id)?;
            if !load.has_room(&admission.most) {
                tx.rollback().await?;
                return Ok(Asked::Full(load));
            }
            if !quotas.are_unlimited() {
                let used = sqlx::query_as::<_, UsedRow>(USED)
                    .bind(run.organization_id.0)
                    .bind(month_of(run.created_at))
                    .bind(run.user_id.0)
                    .fetch_one(&mut *tx)
                    .await?;
                let (own, all) = used.read(run.user_id.0)?;
                if let Some(exhausted) = quotas.exhausted(own, all) {
                    tx.rollback().await?;
                    return Ok(Asked::Spent(exhausted));
                }
            }
            if let Conversing::New(conversation) = conversing {
                insert_conversation!(&mut *tx, conversation, "on conflict (id) do nothing");
            }
            // Where something else is shown by now, somebody was faster.
            let follows = sqlx::query(concat!(
                "update conversations set active_leaf_id = $4, \
                     title = case when message_count = 0 and title = $8 then $9 else title end, \
                     message_count = message_count + $7, last_activity = $5, updated_at = $5 where",
                in_scope!(),
                "and active_leaf_id is not distinct from $6"
            ))
            .bind(run.conversation_id.0)
            .bind(run.organization_id.0)
            .bind(Some(run.user_id.0))
            .bind(run.question_id.0)
            .bind(run.created_at)
            .bind(leaf.map(|leaf| leaf.0))
            .bind(match posed {
                Posed::New(_) => 1_i64,
                Posed::Again | Posed::Concluding(_) => 0,
            })
            .bind(untitled.as_str())
            .bind(title.as_str())
            .execute(&mut *tx)
            .await?
            .rows_affected()
                == 1;
            if !follows {
                tx.rollback().await?;
                return Ok(Asked::Refused);
            }
            if let Posed::New(question) = posed {
                insert_message!(tx, question);
            }
            // Conflicts are a known request and an active run in the conversation.
            let inserted = sqlx::query(
                "insert into runs (id, organization_id, user_id, conversation_id, question_id, \
                     answer_id, workflow_id, request_id, brief, status, outcome, score, \
                     error_code, last_seq, created_at, started_at, finished_at, epoch, attempts, \
                     source) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
                     $17, 0, 0, $18) \
                 on conflict do nothing",
            )
            .bind(run.id.0)
            .bind(run.organization_id.0)
            .bind(run.user_id.0)
            .bind(run.conversation_id.0)
            .bind(run.question_id.0)
            .bind(run.answer_id.0)
            .bind(run.workflow_id.as_str())
            .bind(text(&run.request_id))
            .bind(&brief)
            .bind(run.status.as_str())
            .bind(run.outcome.map(Outcome::as_str))
            .bind(run.score)
            .bind(run.error_code.as_deref())
            .bind(integer(run.last_seq))
            .bind(run.created_at)
            .bind(run.started_at)
            .bind(run.finished_at)
            .bind(admission.source.as_str())
            .execute(&mut *tx)
            .await?
            .rows_affected()
                == 1;
            if !inserted {
                tx.rollback().await?;
                return Ok(Asked::Refused);
            }
            if let Posed::Concluding(stopped) = posed {
                sqlx::query(
                    "insert into run_steps (run_id, position, organization_id, iteration, kind, \
                         agent_id, attempt, request_hash, model, input_tokens, output_tokens, \
                         cost_micros, latency_ms, step, finished_at) \
                     select $1, position, run_steps.organization_id, iteration, kind, agent_id, \
                         attempt, request_hash, model, input_tokens, output_tokens, cost_micros, \
                         latency_ms, step, run_steps.finished_at \
                     from run_steps join runs on runs.id = run_steps.run_id \
                     where run_id = $2 and runs.organization_id = $3 and user_id = $4",
                )
                .bind(run.id.0)
                .bind(stopped.0)
                .bind(run.organization_id.0)
                .bind(run.user_id.0)
                .execute(&mut *tx)
                .await?;
            }
            commit!(self, tx);
            Ok(Asked::Kept)
        })
    }

    /// The frozen input that the run was started with.
    pub async fn brief(
        &self,
        scope: Scope,
        id: RunId,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        let brief: Option<Json<serde_json::Value>> = db!(&self.read, |pool| {
            sqlx::query_scalar(concat!("select brief from runs where", in_scope!()))
                .bind(id.0)
                .bind(scope.organization())
                .bind(scope.user())
                .fetch_optional(pool)
                .await?
        });
        Ok(brief.map(|Json(brief)| brief))
    }

    pub async fn run(&self, scope: Scope, id: RunId) -> Result<Option<Run>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, RunRow>(concat!(
                "select ",
                run_columns!(),
                " from runs where",
                in_scope!()
            ))
            .bind(id.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_optional(pool)
            .await?
        });
        row.map(Run::try_from).transpose()
    }

    pub async fn run_by_request(
        &self,
        user: UserId,
        request_id: &str,
    ) -> Result<Option<Run>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, RunRow>(concat!(
                "select ",
                run_columns!(),
                " from runs where user_id = $1 and request_id = $2"
            ))
            .bind(user.0)
            .bind(text(request_id))
            .fetch_optional(pool)
            .await?
        });
        row.map(Run::try_from).transpose()
    }

    /// The runs of a conversation, in the order in which they were asked for.
    pub async fn runs_of(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Result<Vec<Run>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, RunRow>(concat!(
                "select ",
                run_columns!(),
                " from runs where conversation_id = $1 and organization_id = $2 \
                     and ($3 is null or user_id = $3) \
                 order by created_at, id"
            ))
            .bind(conversation.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Run::try_from).collect()
    }
}
