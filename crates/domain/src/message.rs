//! One message of a conversation: a person's question or the answer to it.

use crate::event::{HistorySummary, OutputMetadata};
use crate::id::{ConversationId, MessageId, OrganizationId, RunId};
use crate::model::ModelName;
use crate::run::Outcome;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageRole {
    User,
    Assistant,
}

impl MessageRole {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    pub id: MessageId,
    pub organization_id: OrganizationId,
    pub conversation_id: ConversationId,
    /// `None` for the first question; several messages may have the same parent (branches).
    pub parent_id: Option<MessageId>,
    pub role: MessageRole,
    pub content: String,
    /// The run that wrote it; `None` for questions.
    pub run_id: Option<RunId>,
    pub created_at: DateTime<Utc>,
    pub metadata: MessageMetadata,
    /// What the person who asked thinks of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Feedback>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Feedback {
    pub rating: Rating,
    pub comment: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Rating {
    Up,
    Down,
}

impl Rating {
    pub const ALL: [Self; 2] = [Self::Up, Self::Down];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// The specification's MessageMetadata. What the agents contributed and how it was woven is
/// read from the run's events, which are kept once (docs/adr/0028-a-message-points-to-its-run.md).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageMetadata {
    pub edited: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n2_iterations: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_used: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// The synthesizer's model: the one whose words these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_used: Option<ModelName>,
    /// The older part of the conversation in short, for the next question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_summary: Option<HistorySummary>,
}

impl From<&OutputMetadata> for MessageMetadata {
    fn from(output: &OutputMetadata) -> Self {
        Self {
            edited: false,
            outcome: Some(output.outcome),
            n2_iterations: Some(output.iterations),
            quality_score: output.score,
            tokens_used: Some(output.tokens.total()),
            latency_ms: output.wall_ms,
            model_used: output.models.get("synthesizer").cloned(),
            history_summary: output.history_summary.clone(),
        }
    }
}
