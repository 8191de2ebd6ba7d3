//! Asking without a run around it: one agent alone, or a model that is only to show that it answers.

use crate::agents::Task;
use crate::brief::Brief;
use crate::budget::Budget;
use crate::call::Context;
use crate::journal::Journal;
use crate::llm::{Llm, LlmChunk, LlmError, LlmErrorKind, LlmReply, LlmRequest, ReplyFormat};
use crate::progress::Output;
use crate::prompt;
use domain::{Contribution, LlmConfig, ModelName};
use futures::channel::mpsc;
use futures::{FutureExt, StreamExt, future};
use std::sync::Arc;

/// What the first agent of the brief says.
pub async fn try_agent(brief: Brief, llm: Arc<dyn Llm>) -> Result<Contribution, LlmError> {
    // Nobody watches and nothing is kept, so there is no other end.
    let (sender, _) = mpsc::channel(0);
    let context = Context {
        budget: Arc::new(Budget::new(brief.workflow.budget)),
        brief,
        journal: Journal::default(),
        llm,
        output: Output::new(sender),
        // One that is tried is waited for.
        timer: Arc::new(|_| future::pending().boxed()),
    };
    let talk = context.fit_history().await.map_err(|failed| failed.error)?;
    let agents = context.brief.agents.iter().take(1);
    let tasks = agents.map(|agent| Task::new(agent, None));
    let mut proposed = context.propose(1, &talk, None, tasks.collect(), 0).await;
    let failure = proposed.failures.pop().map(|(_, error)| error);
    proposed.contributions.pop().ok_or_else(|| {
        failure.unwrap_or_else(|| LlmError::new(LlmErrorKind::InvalidReply, "nothing came back"))
    })
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
