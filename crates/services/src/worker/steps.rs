//! What is kept of a finished provider call: the reply, to resume the run with; its prompt only where
//! the organization wants prompts logged, and then redacted.

use chrono::{DateTime, Utc};
use domain::prompt_log::CallTexts;
use engine::journal::Step;
use store::StoredStep;

pub(super) fn stored(step: &Step, logged: bool, finished_at: DateTime<Utc>) -> StoredStep {
    let reply = step.result.as_ref().ok();
    // A step is made of strings and numbers: it can always be written.
    let mut record = serde_json::to_value(step).unwrap_or_default();
    for prompt in ["system", "prompt"] {
        record[prompt] = "".into();
    }
    StoredStep {
        iteration: step.key.iteration,
        kind: step.key.kind.name().to_owned(),
        agent_id: step.key.agent.clone(),
        attempt: step.key.attempt,
        request_hash: step.request_hash.clone(),
        model: reply.map(|reply| reply.model.to_string()),
        tokens: reply.map(|reply| reply.tokens).unwrap_or_default(),
        cost: reply.map(|reply| reply.cost).unwrap_or_default(),
        latency_ms: match &step.result {
            Ok(reply) => reply.latency_ms,
            Err(error) => error.latency_ms,
        },
        step: record,
        logged: logged.then(|| texts(step)),
        finished_at,
    }
}

fn texts(step: &Step) -> CallTexts {
    let reply = match &step.result {
        Ok(reply) => &reply.text,
        Err(error) => &error.message,
    };
    CallTexts::redacted(&step.system, &step.prompt, reply)
}
