//! The provider calls of a run as its owner sees them. Their prompts are not kept: the engine writes
//! them again from the run's brief and the replies that it got, which are.

use super::finished;
use crate::error::Result;
use crate::models::OrganizationModels;
use domain::{AgentId, Event, EventData, ModelName, RunId, StepView};
use engine::journal::{Step, StepKey, request_hash};
use engine::llm::{Llm, LlmChunk, LlmError, LlmErrorKind, LlmReply, LlmRequest, ModelTraits};
use engine::{Brief, Journal, Progress};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, future, stream};
use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Scope, Store};

#[derive(Clone)]
pub(crate) struct Prompts {
    store: Store,
    models: OrganizationModels,
}

impl Prompts {
    pub fn new(store: Store, models: OrganizationModels) -> Self {
        Self { store, models }
    }

    /// In the order in which they finished. The run's first event says who works.
    pub async fn of(
        &self,
        scope: Scope,
        run: RunId,
        first: Option<&Event>,
    ) -> Result<Vec<StepView>> {
        let mut steps = finished(self.store.steps(scope, run).await?)?;
        self.write_again(scope, run, &mut steps).await?;
        let agents = match first.map(|event| &event.data) {
            Some(EventData::TaskStarted { agents, .. }) => agents.as_slice(),
            _ => &[],
        };
        let version = |id: &AgentId| {
            let agent = agents.iter().find(|agent| agent.id == *id);
            agent.map(|agent| agent.version)
        };
        let views = steps.into_iter().map(|step| {
            let version = step.key.agent.as_ref().and_then(version);
            shown(step, version)
        });
        Ok(views.collect())
    }

    /// Those of which this version of the program would write others stay empty.
    async fn write_again(&self, scope: Scope, run: RunId, steps: &mut [Step]) -> Result<()> {
        if steps.is_empty() || Journal::new(steps.to_vec()).is_outdated() {
            return Ok(());
        }
        let Some(brief) = self.store.brief(scope, run).await? else {
            return Ok(());
        };
        let Ok(brief) = serde_json::from_value::<Brief>(brief) else {
            return Ok(());
        };
        // They count tokens, as they did for the run.
        let Ok(models) = self.models.of(scope.organization_id).await else {
            return Ok(());
        };
        let mut written = write_again(brief, steps, models.llm).await;
        for step in steps {
            let key = (step.key.clone(), step.request_hash.clone());
            if let Some((system, prompt)) = written.remove(&key) {
                (step.system, step.prompt) = (system, prompt);
            }
        }
        Ok(())
    }
}

/// System prompts and prompts, by step and request.
type Written = HashMap<(StepKey, String), (String, String)>;

/// The run once more, with the replies that are on record; what is not fails at once, so that it
/// ends. Time does not pass in it, and who was left out is on record.
async fn write_again(brief: Brief, steps: &[Step], counts: Arc<dyn Llm>) -> Written {
    let brief = Brief {
        // What an earlier run had counts as made here too, but is asked for like everything else.
        concluding: false,
        ..brief
    };
    let llm = Arc::new(OnRecord::new(steps, counts));
    let never = future::pending().boxed();
    let timer: engine::Timer = Arc::new(|_| future::pending().boxed());
    let mut progress = pin!(engine::run(brief, Journal::default(), llm, never, timer));
    let mut written = Written::new();
    while let Some(progress) = progress.next().await {
        if let Progress::Kept(entry) = progress
            && let Some(step) = entry.step
        {
            let key = (step.key, step.request_hash);
            written.insert(key, (step.system, step.prompt));
        }
    }
    written
}

/// Replies by request, each as often as it came.
struct OnRecord {
    replies: Mutex<HashMap<String, VecDeque<Result<LlmReply, LlmError>>>>,
    counts: Arc<dyn Llm>,
}

impl OnRecord {
    fn new(steps: &[Step], counts: Arc<dyn Llm>) -> Self {
        let mut replies: HashMap<_, VecDeque<_>> = HashMap::new();
        for step in steps {
            let of_request = replies.entry(step.request_hash.clone()).or_default();
            of_request.push_back(step.result.clone());
        }
        Self {
            replies: Mutex::new(replies),
            counts,
        }
    }

    fn reply(&self, request: &LlmRequest) -> Result<LlmReply, LlmError> {
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        let found = replies
            .get_mut(&request_hash(request))
            .and_then(VecDeque::pop_front);
        let missing = || LlmError::new(LlmErrorKind::NotConfigured, "this call is not on record");
        found.unwrap_or_else(|| Err(missing()))
    }
}

impl Llm for OnRecord {
    fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        let reply = self.reply(&request);
        let attempts = match &reply {
            Ok(reply) => reply.attempts,
            Err(error) => error.attempts,
        };
        request.budget.restore_calls(attempts);
        stream::iter([reply.map(LlmChunk::Reply)]).boxed()
    }

    fn count_tokens(&self, model: &ModelName, text: &str) -> u32 {
        self.counts.count_tokens(model, text)
    }

    fn traits(&self, model: &ModelName) -> ModelTraits {
        self.counts.traits(model)
    }
}

fn shown(step: Step, agent_version: Option<u32>) -> StepView {
    let reply = step.result.as_ref().ok();
    let tokens = reply.map(|reply| reply.tokens).unwrap_or_default();
    StepView {
        iteration: step.key.iteration,
        kind: step.key.kind.name().to_owned(),
        agent: step.key.agent.as_ref().map(ToString::to_string),
        agent_version,
        attempt: step.key.attempt,
        model: reply.map(|reply| reply.model.to_string()),
        prompt_version: step.prompt_version,
        input_tokens: tokens.input,
        output_tokens: tokens.output,
        cost_usd: match &step.result {
            Ok(reply) => reply.cost,
            Err(error) => error.cost(),
        },
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
