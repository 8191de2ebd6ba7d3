//! A run's input and how it ends.

use crate::id::{ConversationId, MessageId, OrganizationId, RunId, UserId, WorkflowId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One execution of a workflow on a question, as everybody but the worker sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    pub id: RunId,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    pub conversation_id: ConversationId,
    /// The question's message.
    pub question_id: MessageId,
    /// The id that the answer has, or will have.
    pub answer_id: MessageId,
    pub workflow_id: WorkflowId,
    /// The idempotency key it was started with.
    pub request_id: String,
    pub status: RunStatus,
    /// Of a completed run.
    pub outcome: Option<Outcome>,
    pub score: Option<f64>,
    /// Of a failed run: its code.
    pub error_code: Option<String>,
    /// The number of its last event.
    pub last_seq: u64,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RunStatus {
    #[default]
    Queued,
    Running,
    Completed,
    Cancelled,
    Failed,
}

impl RunStatus {
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Running,
        Self::Completed,
        Self::Cancelled,
        Self::Failed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Nothing happens to it any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Failed)
    }
}

/// How good the returned answer is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// The quality threshold was met.
    Passed,
    /// The best attempt, below the threshold or unscored.
    BestEffort,
    /// At least one agent is missing from it; wins over the other two.
    Degraded,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Passed, Self::BestEffort, Self::Degraded];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::BestEffort => "best_effort",
            Self::Degraded => "degraded",
        }
    }
}

/// A question as the person wrote it: not empty, at most [`Question::MAX_CHARS`] characters.
/// The text is never trimmed or altered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Question(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuestion {
    #[error("the question is empty: write what you want to know")]
    Empty,
    #[error("the question has {0} characters; at most {max} are accepted", max = Question::MAX_CHARS)]
    TooLong(usize),
}

impl Question {
    pub const MAX_CHARS: usize = 32_000;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Question {
    type Error = InvalidQuestion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() {
            return Err(InvalidQuestion::Empty);
        }
        match text.chars().count() {
            count if count > Self::MAX_CHARS => Err(InvalidQuestion::TooLong(count)),
            _ => Ok(Self(text)),
        }
    }
}

impl From<Question> for String {
    fn from(question: Question) -> Self {
        question.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions() {
        let question = |text: String| Question::try_from(text);
        assert_eq!(question(" \n".into()), Err(InvalidQuestion::Empty));
        assert_eq!(
            question("ü".repeat(32_001)),
            Err(InvalidQuestion::TooLong(32_001))
        );
        assert_eq!(question("ü".repeat(32_000)).unwrap().as_str().len(), 64_000);
        assert_eq!(question(" Why? \n".into()).unwrap().as_str(), " Why? \n");
    }
}
