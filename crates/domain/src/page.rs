//! What pages and lists are made of when one aggregate is not enough.

use crate::conversation::{Conversation, FolderName};
use crate::message::Message;
use crate::run::Run;
use crate::search::Fragment;
use crate::transcript::Transcript;
use crate::usage::Cost;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One page of a list; `next_cursor` leads to the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// In what order a list comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub by: SortKey,
    pub descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// A title is a name, too.
    Name,
    CreatedAt,
    /// What was done in a conversation changes it.
    LastChange,
}

/// One's conversations as they are listed beside every page; archived ones are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sidebar {
    /// What was pinned last comes first; in no other part.
    pub pinned: Vec<Conversation>,
    /// By their names.
    pub folders: Vec<Folder>,
    /// In no folder.
    pub others: Page<Conversation>,
    pub now: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Folder {
    pub name: FolderName,
    /// How many there are in it, of which these had the latest activity.
    pub count: u32,
    pub latest: Vec<Conversation>,
}

/// A conversation with what was looked for in its title or in one of its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub conversation: Conversation,
    pub title: Vec<Fragment>,
    /// Of the latest of these messages.
    pub excerpt: Option<Vec<Fragment>>,
}

/// The branch of a conversation that is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationView {
    pub conversation: Conversation,
    pub turns: Vec<Turn>,
}

/// A question and what came of it. The answer, with its HTML, is the transcript's ending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub question: Message,
    pub run: Option<Run>,
    pub transcript: Transcript,
}

/// One provider call of a run, for those who want to see the prompts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepView {
    pub iteration: u32,
    pub kind: String,
    pub agent: Option<String>,
    /// Of the agent, as it was when the run began.
    pub agent_version: Option<u32>,
    /// Re-asks and the two orders of a comparison count up from 1.
    pub attempt: u32,
    /// The one that answered; `None` when none did.
    pub model: Option<String>,
    pub prompt_version: u32,
    pub system: String,
    pub prompt: String,
    /// The reply's text, or why there is none.
    pub reply: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cost_usd: Cost,
    pub latency_ms: u64,
}
