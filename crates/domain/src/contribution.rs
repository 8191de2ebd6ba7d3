//! What one agent contributed in one iteration.

use crate::id::AgentId;
use crate::model::ModelName;
use crate::usage::{Cost, Tokens};
use serde::{Deserialize, Serialize};

/// The specification's AgentOutput, with its parsed lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contribution {
    pub agent_id: AgentId,
    pub agent_name: String,
    /// The iteration that produced it; later iterations may reuse it unchanged.
    pub iteration: u32,
    /// What is shown: the four SIM lines, numbered, or the JSON or markdown text.
    pub output: String,
    /// The four SIM lines without their numbers; empty for the other formats.
    pub lines: Vec<String>,
    /// Longer reasoning for the synthesis, when the model is able to give it.
    pub detail: Option<String>,
    pub model: ModelName,
    pub tokens: Tokens,
    /// Input and output together.
    pub tokens_used: u64,
    pub cost_usd: Cost,
    pub latency_ms: u64,
}

/// What one agent says when it is asked alone, and nothing is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    pub contribution: Contribution,
    /// As its model wrote it, before it was read.
    pub reply: String,
}
