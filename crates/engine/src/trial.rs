//! Asking without a run around it: one agent alone, or a model that is only to show that it answers.

use crate::agents::Task;
use crate::brief::Brief;
use crate::budget::Budget;
use crate::call::Context;
use crate::journal::{Journal, StepKind};
use crate::llm::{Llm, LlmChunk, LlmError, LlmErrorKind, LlmReply, LlmRequest, ReplyFormat};
use crate::progress::{Output, Progress};
use crate::prompt;
use domain::{LlmConfig, ModelName, Observation, Trial};
use futures::channel::mpsc;
use futures::{FutureExt, StreamExt, future};
use std::sync::Arc;

/// What the first agent of the brief says in the first round, with what was observed before, where
/// anything was.
pub async fn try_agent(
    brief: Brief,
    observation: Option<Observation>,
    llm: Arc<dyn Llm>,
) -> Result<Trial, LlmError> {
    let (sender, progress) = mpsc::channel(0);
    let context = Context {
        budget: Arc::new(Budget::new(brief.workflow.budget)),
        brief,
        journal: Journal::default(),
        llm,
        output: Output::new(sender),
        // One that is tried is waited for.
        timer: Arc::new(|_| future::pending().boxed()),
    };
    let asked = async move {
        let talk = context.fit_history().await.map_err(|failed| failed.error)?;
        let agents = context.brief.agents.iter().take(1);
        let tasks = agents.map(|agent| Task::new(agent, None)).collect();
        let observation = observation.as_ref();
        let mut proposed = context.propose(1, &talk, observation, tasks, 0).await;
        let failure = proposed.failures.pop().map(|(_, error)| error);
        proposed.contributions.pop().ok_or_else(|| {
            failure
                .unwrap_or_else(|| LlmError::new(LlmErrorKind::InvalidReply, "nothing came back"))
        })
    };
    // Nothing is kept but the last word, and that ends when nobody asks any more.
    let heard = progress.fold(String::new(), |before, progress| {
        future::ready(reply_in(progress).unwrap_or(before))
    });
    let (contribution, reply) = future::join(asked, heard).await;
    Ok(Trial {
        contribution: contribution?,
        reply,
    })
}

fn reply_in(progress: Progress) -> Option<String> {
    let Progress::Kept(entry) = progress else {
        return None;
    };
    let step = entry.step?;
    let is_said = step.key.kind == StepKind::Contribution;
    step.result.ok().filter(|_| is_said).map(|reply| reply.text)
}

/// The shortest exchange with a model: it costs next to nothing, and takes all that a call takes.
pub async fn try_model(model: ModelName, llm: Arc<dyn Llm>) -> Result<LlmReply, LlmError> {
    let mut chunks = llm.stream(LlmRequest {
        models: vec![model],
        config: LlmConfig::default(),
        system: String::new(),
        prompt: prompt::TRIAL.to_owned(),
        format: ReplyFormat::Text,
        budget: Arc::new(Budget::unlimited()),
    });
    while let Some(chunk) = chunks.next().await {
        if let LlmChunk::Reply(reply) = chunk? {
            return Ok(reply);
        }
    }
    Err(LlmError::new(
        LlmErrorKind::Connection,
        "the provider's stream ended without a reply",
    ))
}
