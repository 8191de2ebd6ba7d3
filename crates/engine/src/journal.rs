//! The record of a run's provider calls. A resumed run reads finished calls from it
//! and makes only the missing ones.

use crate::llm::{LlmError, LlmReply, LlmRequest, ReplyFormat};
use crate::prompt;
use domain::{AgentId, ModelName};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// What a call is for. Its name is also the schema's, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The older part of the conversation, in short.
    Summary,
    Observation,
    Contribution,
    /// A sub-question of one agent to another.
    Delegation,
    Distillation,
    Draft,
    Combined,
    Judgement,
    Comparison,
}

impl StepKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Observation => "observation",
            Self::Contribution => "contribution",
            Self::Delegation => "delegation",
            Self::Distillation => "distillation",
            Self::Draft => "draft",
            Self::Combined => "combined",
            Self::Judgement => "judgement",
            Self::Comparison => "comparison",
        }
    }
}

/// Unique within a run. `attempt` counts re-asks and the two orders of a comparison, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepKey {
    pub iteration: u32,
    pub kind: StepKind,
    pub agent: Option<AgentId>,
    pub attempt: u32,
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.iteration, self.kind.name())?;
        if let Some(agent) = &self.agent {
            write!(f, "/{agent}")?;
        }
        write!(f, "/{}", self.attempt)
    }
}

/// A finished provider call: what was sent and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub key: StepKey,
    /// SHA-256 of everything that determines the reply, in hex.
    pub request_hash: String,
    pub models: Vec<ModelName>,
    pub system: String,
    pub prompt: String,
    pub schema: Option<String>,
    pub prompt_version: u32,
    pub result: Result<LlmReply, LlmError>,
    /// Its events were kept together with it: what it was for is done. A step that was followed
    /// by a re-ask or a sub-question is not.
    pub concluded: bool,
}

/// The finished steps of earlier attempts at the same run, in the order they finished.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    steps: Vec<Step>,
}

impl Journal {
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps }
    }

    /// The recorded result of that step, if the request is still the same.
    pub fn result(&self, key: &StepKey, request_hash: &str) -> Option<&Result<LlmReply, LlmError>> {
        self.steps
            .iter()
            .find(|step| step.key == *key && step.request_hash == request_hash)
            .map(|step| &step.result)
    }

    /// Where the agent's work in that iteration came to its end, to replay in the same order. A
    /// sub-question that came to nothing may be that end.
    pub fn finished_at(&self, iteration: u32, agent: &AgentId) -> Option<usize> {
        self.steps.iter().rposition(|step| {
            step.concluded
                && step.key.iteration == iteration
                && matches!(step.key.kind, StepKind::Contribution | StepKind::Delegation)
                && step.key.agent.as_ref() == Some(agent)
        })
    }

    /// Made with other prompts than today's: its calls would all be made anew.
    pub fn is_outdated(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| step.prompt_version != prompt::VERSION)
    }
}

/// SHA-256 over every part of the request that can change the reply, each with its length.
pub fn request_hash(request: &LlmRequest) -> String {
    let models: Vec<String> = request.models.iter().map(ToString::to_string).collect();
    let format = match &request.format {
        ReplyFormat::Text => "text".to_owned(),
        ReplyFormat::Sim => "sim".to_owned(),
        ReplyFormat::Json(schema) => format!("{} {}", schema.name, schema.schema),
    };
    let config = serde_json::to_string(&request.config).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [
        &models.join(" "),
        &config,
        &request.system,
        &request.prompt,
        &format,
    ] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
