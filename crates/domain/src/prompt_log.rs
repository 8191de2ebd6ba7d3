//! The log of prompts: what was sent to models and what came back, redacted. Kept where an
//! organization wants it, for its admins.

use crate::id::{AgentId, RunId, UserId};
use crate::redaction::redacted;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The texts of one provider call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTexts {
    pub system: String,
    pub prompt: String,
    /// Or why there is none.
    pub reply: String,
}

impl CallTexts {
    pub fn redacted(system: &str, prompt: &str, reply: &str) -> Self {
        Self {
            system: redacted(system),
            prompt: redacted(prompt),
            reply: redacted(reply),
        }
    }
}

/// One provider call on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedCall {
    pub run_id: RunId,
    /// Among the run's calls, in the order in which they finished.
    pub position: u32,
    /// Who asked.
    pub user_id: UserId,
    pub user_name: String,
    pub iteration: u32,
    pub kind: String,
    pub agent_id: Option<AgentId>,
    /// The one that answered; `None` when none did.
    pub model: Option<String>,
    pub finished_at: DateTime<Utc>,
    pub system: String,
    pub prompt: String,
    pub reply: String,
}
