//! What pages and lists are made of when one aggregate is not enough.

use crate::conversation::{Conversation, FolderName};
use crate::id::MessageId;
use crate::message::{Feedback, Message};
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
    /// What the person thinks of the answer.
    pub feedback: Option<Feedback>,
    /// Asked at the same place in other words.
    pub questions: Option<Alternatives>,
    /// The same question, answered anew.
    pub answers: Option<Alternatives>,
}

/// Where something that is shown stands among others that could be shown in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Alternatives {
    /// From 1.
    pub place: u32,
    pub of: u32,
    /// A message of the branch with the one before.
    pub before: Option<MessageId>,
    pub after: Option<MessageId>,
}

impl Alternatives {
    /// `None` where there is no choice.
    pub fn beside(shown: MessageId, all: &[MessageId]) -> Option<Self> {
        let index = all.iter().position(|id| *id == shown)?;
        if all.len() < 2 {
            return None;
        }
        let number = |count| u32::try_from(count).ok();
        Some(Self {
            place: number(index + 1)?,
            of: number(all.len())?,
            before: index.checked_sub(1).map(|before| all[before]),
            after: all.get(index + 1).copied(),
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn alternatives_lead_both_ways_and_one_alone_is_none() {
        let all = [1, 2, 3].map(|n| MessageId(Uuid::from_u128(n)));
        let at = |n: usize| Alternatives::beside(all[n], &all).unwrap();
        let ways = |it: Alternatives| (it.place, it.of, it.before, it.after);
        assert_eq!(ways(at(0)), (1, 3, None, Some(all[1])));
        assert_eq!(ways(at(1)), (2, 3, Some(all[0]), Some(all[2])));
        assert_eq!(ways(at(2)), (3, 3, Some(all[1]), None));
        assert_eq!(Alternatives::beside(all[0], &all[..1]), None);
        assert_eq!(Alternatives::beside(all[0], &all[1..]), None);
    }
}
