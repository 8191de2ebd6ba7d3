//! Runs as people start, watch and cancel them. Executing them is the worker's business.

use crate::access::Member;
use crate::clock::Clock;
use crate::conversations::branch;
use crate::error::{Error, Result};
use crate::models::Models;
use crate::worker::Wake;
use domain::wire::Query;
use domain::{
    Conversation, ConversationId, ConversationMetadata, ConversationTitle, Event, Message,
    MessageId, MessageMetadata, MessageRole, Question, Run, RunId, RunStatus, StepView, Workflow,
    WorkflowId, shipped,
};
use engine::brief::{BriefError, History, Speaker, Turn};
use engine::journal::Step;
use engine::{Brief, ModelChoice};
use std::sync::Arc;
use store::{CancelRequest, Conversing, Started, Store};

/// Queued and running ones of one person.
const MOST_ACTIVE: u32 = 20;
/// The key that makes a request idempotent, in characters.
const LONGEST_REQUEST_ID: usize = 200;
/// What a question may ask for at most.
const MOST_ITERATIONS: u32 = 20;

const GONE: Error = Error::NotFound("run");

pub struct Runs {
    store: Store,
    clock: Arc<dyn Clock>,
    models: Option<Models>,
    wake: Wake,
}

impl Runs {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        models: Option<Models>,
        wake: Wake,
    ) -> Self {
        Self {
            store,
            clock,
            models,
            wake,
        }
    }

    /// Stores the question with a run that waits for a worker. The same request id starts one run
    /// only, however often it comes. `source` is where the question comes in: `browser`, `api`.
    pub async fn start(&self, member: &Member, query: Query, source: &str) -> Result<Run> {
        member.asking()?;
        let question = question(query.message)?;
        let request_id = self.request_id(query.request_id)?;
        let user = member.user();
        if let Some(known) = self.store.run_by_request(user.id, &request_id).await? {
            return self
                .same(member, known, query.conversation_id, question.as_str())
                .await;
        }
        let models = self.models.as_ref().ok_or(Error::NoModel)?;
        if self.store.active_runs(user.id).await? >= MOST_ACTIVE {
            return Err(Error::Busy(
                "You have 20 runs under way. Wait for one to finish, or stop one.",
            ));
        }

        let preferences = &user.preferences;
        let id = query
            .workflow_id
            .or_else(|| preferences.default_workflow.clone())
            .unwrap_or_else(|| WorkflowId::from(shipped::DEFAULT_WORKFLOW));
        let mut workflow = self
            .store
            .workflow(user.organization_id, &id)
            .await?
            .ok_or(Error::NotFound("workflow"))?
            .workflow;
        let options = query.options;
        if let Some(threshold) = options.quality_threshold.or(preferences.quality_threshold) {
            in_range(
                "quality_threshold",
                (0.0..=10.0).contains(&threshold),
                "0 to 10",
            )?;
            workflow.quality_threshold = threshold;
        }
        if let Some(rounds) = options.max_iterations {
            in_range(
                "max_iterations",
                (1..=MOST_ITERATIONS).contains(&rounds),
                "1 to 20",
            )?;
            workflow.max_n2_iterations = rounds;
        }
        let agents: Vec<_> = self
            .store
            .agents(user.organization_id)
            .await?
            .into_iter()
            .filter(|agent| agent.is_active)
            .map(|agent| agent.config)
            .collect();
        workflow
            .agent_ids
            .retain(|id| agents.iter().any(|agent| agent.id == *id));
        let choice = ModelChoice {
            request: options.model,
            user: preferences.default_model.clone(),
            ..models.choice.clone()
        };

        let now = self.clock.now();
        let run_id = RunId(self.clock.new_id());
        let question_id = MessageId(self.clock.new_id());
        let (conversation, parent_id, history) = match query.conversation_id {
            Some(id) => self.continued(member, id).await?,
            None => (None, None, History::default()),
        };
        let mut brief = Brief::new(
            run_id,
            question.clone(),
            workflow,
            &agents,
            &choice,
            models.llm.as_ref(),
        )
        .map_err(unbriefed)?;
        brief.history = history;
        brief.request_id = Some(request_id.clone());

        let began;
        let (conversation_id, conversing) = match &conversation {
            Some(conversation) => (conversation.id, Conversing::Existing),
            None => {
                began = Conversation {
                    id: ConversationId(self.clock.new_id()),
                    organization_id: user.organization_id,
                    user_id: user.id,
                    title: ConversationTitle::from_question(question.as_str()),
                    created_at: now,
                    updated_at: now,
                    last_activity: now,
                    message_count: 0,
                    active_leaf_id: None,
                    metadata: ConversationMetadata {
                        source: source.to_owned(),
                        ..ConversationMetadata::default()
                    },
                };
                (began.id, Conversing::New(&began))
            }
        };
        let run = Run {
            id: run_id,
            organization_id: user.organization_id,
            user_id: user.id,
            conversation_id,
            question_id,
            answer_id: MessageId(self.clock.new_id()),
            workflow_id: brief.workflow.id.clone(),
            request_id,
            status: RunStatus::Queued,
            outcome: None,
            score: None,
            error_code: None,
            last_seq: 0,
            created_at: now,
            started_at: None,
            finished_at: None,
        };
        let message = Message {
            id: question_id,
            organization_id: user.organization_id,
            conversation_id,
            parent_id,
            role: MessageRole::User,
            content: question.into(),
            run_id: None,
            created_at: now,
            metadata: MessageMetadata::default(),
        };
        let brief = serde_json::to_value(&brief)
            .map_err(|error| Error::Internal(format!("a brief cannot be written: {error}")))?;
        match self
            .store
            .start_run(&run, &brief, &message, conversing)
            .await?
        {
            Started::New => {
                self.wake.work();
                Ok(run)
            }
            Started::Known(known) => {
                self.same(member, known, query.conversation_id, &message.content)
                    .await
            }
            Started::NoConversation => Err(Error::NotFound("conversation")),
            Started::Busy => Err(Error::Conflict(
                "A question is being answered in this conversation. Wait for it, or stop it.",
            )),
        }
    }

    /// The run that this request started before, if it was this request.
    async fn same(
        &self,
        member: &Member,
        known: Run,
        conversation: Option<ConversationId>,
        question: &str,
    ) -> Result<Run> {
        let asked = self
            .store
            .message(member.scope(), known.question_id)
            .await?;
        let elsewhere = conversation.is_some_and(|id| id != known.conversation_id);
        if elsewhere || asked.is_none_or(|asked| asked.content != question) {
            return Err(Error::Conflict(
                "This request id came with another question: make a new one for each.",
            ));
        }
        Ok(known)
    }

    /// The conversation so far: where the question goes, and what was said before it.
    async fn continued(
        &self,
        member: &Member,
        id: ConversationId,
    ) -> Result<(Option<Conversation>, Option<MessageId>, History)> {
        let scope = member.scope();
        let conversation = self
            .store
            .conversation(scope, id)
            .await?
            .ok_or(Error::NotFound("conversation"))?;
        let messages = self.store.messages(scope, id).await?;
        let history = history(&branch(&messages, conversation.active_leaf_id));
        let leaf = conversation.active_leaf_id;
        Ok((Some(conversation), leaf, history))
    }

    fn request_id(&self, given: Option<String>) -> Result<String> {
        let Some(id) = given.filter(|id| !id.is_empty()) else {
            return Ok(self.clock.new_id().to_string());
        };
        let plain = id.chars().count() <= LONGEST_REQUEST_ID && !id.chars().any(char::is_control);
        in_range("request_id", plain, "1 to 200 characters on one line")?;
        Ok(id)
    }

    pub async fn get(&self, member: &Member, id: RunId) -> Result<Run> {
        self.store.run(member.scope(), id).await?.ok_or(GONE)
    }

    /// What happened after `after`, at most `limit` of it.
    pub async fn events(
        &self,
        member: &Member,
        id: RunId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>> {
        self.get(member, id).await?;
        Ok(self.store.events(member.scope(), id, after, limit).await?)
    }

    /// The run that a request id started.
    pub async fn by_request(&self, member: &Member, request_id: &str) -> Result<Run> {
        self.store
            .run_by_request(member.user().id, request_id)
            .await?
            .ok_or(GONE)
    }

    /// At any moment; what finished is kept. A run that has ended stays as it is.
    pub async fn cancel(&self, member: &Member, id: RunId) -> Result<()> {
        member.asking()?;
        let cancel = CancelRequest {
            by: member.user().name.to_string(),
            reason: "stopped by the person who asked".to_owned(),
        };
        self.store
            .request_cancel(member.scope(), id, &cancel, self.clock.now())
            .await?
            .ok_or(GONE)?;
        self.wake.cancel(id, cancel);
        Ok(())
    }

    /// Every provider call with its prompt and reply, in the order they finished.
    pub async fn steps(&self, member: &Member, id: RunId) -> Result<Vec<StepView>> {
        self.get(member, id).await?;
        let steps = self.store.steps(member.scope(), id).await?;
        steps
            .into_iter()
            .map(|stored| serde_json::from_value(stored.step).map(shown))
            .collect::<Result<_, _>>()
            .map_err(|error| Error::Internal(format!("a stored step cannot be read: {error}")))
    }

    /// The person's default first.
    pub async fn workflows(&self, member: &Member) -> Result<Vec<Workflow>> {
        let user = member.user();
        let mut workflows: Vec<Workflow> = self
            .store
            .workflows(user.organization_id)
            .await?
            .into_iter()
            .map(|template| template.workflow)
            .collect();
        let chosen = user.preferences.default_workflow.as_ref();
        let first = chosen.map_or(shipped::DEFAULT_WORKFLOW, WorkflowId::as_str);
        workflows.sort_by_key(|workflow| workflow.id.as_str() != first);
        Ok(workflows)
    }
}

fn shown(step: Step) -> StepView {
    let reply = step.result.as_ref().ok();
    let tokens = reply.map(|reply| reply.tokens).unwrap_or_default();
    StepView {
        iteration: step.key.iteration,
        kind: step.key.kind.name().to_owned(),
        agent: step.key.agent.as_ref().map(ToString::to_string),
        attempt: step.key.attempt,
        model: reply.map(|reply| reply.model.to_string()),
        prompt_version: step.prompt_version,
        input_tokens: tokens.input,
        output_tokens: tokens.output,
        cost_usd: reply.map(|reply| reply.cost).unwrap_or_default(),
        latency_ms: match &step.result {
            Ok(reply) => reply.latency_ms,
            Err(error) => error.latency_ms,
        },
        system: step.system,
        prompt: step.prompt,
        reply: match step.result {
            Ok(reply) => reply.text,
            Err(error) => error.message,
        },
    }
}

fn question(text: String) -> Result<Question> {
    Question::try_from(text).map_err(|error| Error::Invalid {
        field: "message",
        message: error.to_string(),
    })
}

fn in_range(field: &'static str, fine: bool, range: &str) -> Result<()> {
    if fine {
        return Ok(());
    }
    Err(Error::Invalid {
        field,
        message: format!("{field} must be {range}"),
    })
}

fn unbriefed(error: BriefError) -> Error {
    match error {
        BriefError::NoModel => Error::NoModel,
        BriefError::NoAgents(_) | BriefError::UnknownAgent { .. } => Error::Invalid {
            field: "workflow_id",
            message: format!("{error}: choose another workflow, or switch its agents on"),
        },
    }
}

/// The person's turns and the final answers; a summary that an earlier run made stands for the
/// oldest of them.
fn history(branch: &[&Message]) -> History {
    let turns = branch
        .iter()
        .map(|message| Turn {
            speaker: match message.role {
                MessageRole::User => Speaker::User,
                MessageRole::Assistant => Speaker::Assistant,
            },
            text: message.content.clone(),
        })
        .collect();
    let summary = branch
        .iter()
        .rev()
        .find_map(|message| message.metadata.history_summary.clone());
    History { turns, summary }
}
