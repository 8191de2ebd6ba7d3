//! Links by which somebody without an account reads what was asked and answered.

use crate::conversation::ConversationTitle;
use crate::id::{ConversationId, MessageId, OrganizationId, ShareId, UserId};
use crate::run::Outcome;
use crate::transcript::Transcript;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How much the holder of a link sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ShareMode {
    /// Questions and answers, and how good the answers are.
    #[default]
    Answer,
    /// Also what led to the answers: contributions, drafts, judgements, repairs.
    Deliberation,
}

impl ShareMode {
    pub const ALL: [Self; 2] = [Self::Answer, Self::Deliberation];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Deliberation => "deliberation",
        }
    }
}

/// A link to a branch as it was then. The link carries a secret that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Share {
    pub id: ShareId,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    pub conversation_id: ConversationId,
    /// The last answer that is shown.
    pub leaf_id: MessageId,
    /// Nothing but that answer, with its question.
    pub one_answer: bool,
    pub mode: ShareMode,
    pub title: ConversationTitle,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// What the holder of a link sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedView {
    pub title: ConversationTitle,
    pub shared_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub turns: Vec<SharedTurn>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedTurn {
    pub question: String,
    pub answer: Option<SharedAnswer>,
    /// Where the deliberation is shared.
    pub transcript: Option<Transcript>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedAnswer {
    pub content: String,
    pub html: Option<String>,
    pub outcome: Outcome,
    pub score: Option<f64>,
    pub answered_at: DateTime<Utc>,
}
