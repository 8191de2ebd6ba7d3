//! The book of use: what one question, or one trial of an agent, came to. An account is told from
//! what is stored of a run, so that a run that was resumed has the same account as one that was not.

mod account;
mod buckets;
mod reach;
mod tally;
mod telling;

pub use account::{Call, Story, account, trial};
pub use buckets::{Histogram, Tenths, bucket, tenth};
pub use tally::{Amount, Grain, Key, Measure, Tallies, day_of, hour_of, month_of};

use crate::analytics::Money;
use crate::conversation::Source;
use crate::id::{OrganizationId, UserId, WorkflowId};
use crate::usage::Tokens;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One line of the book. It outlives the question, whoever asked it and the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The run's, where it is a question.
    pub id: Uuid,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    /// `None`: a trial of an agent.
    pub source: Option<Source>,
    /// Empty for a trial.
    pub workflow_id: WorkflowId,
    /// Who worked on it, between commas and with one at each end, in order.
    pub agents: String,
    /// That wrote the answer; empty without one.
    pub model: String,
    /// Who judged the answer; empty without a score. See [`judge_label`].
    pub judge: String,
    pub asked_at: DateTime<Utc>,
    /// One of [`crate::Outcome`], else `cancelled` or `failed`; empty for a trial.
    pub ending: String,
    /// Hundredths of a point.
    pub score: Option<u32>,
    /// Begun; 0 where none was.
    pub rounds: u32,
    pub calls: u64,
    pub tokens: Tokens,
    pub money: Money,
}

/// An entry, and what it adds to the tallies.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub entry: Entry,
    pub tallies: Vec<(Key, Amount)>,
}

/// The prompts' version before the model, which may have any characters but a space.
pub fn judge_label(model: &str, prompts: u32) -> String {
    format!("{prompts} {model}")
}

/// For questions that may concern one agent among those who worked.
pub fn crew<'a>(agents: impl IntoIterator<Item = &'a str>) -> String {
    let mut agents: Vec<&str> = agents.into_iter().collect();
    agents.sort_unstable();
    agents.dedup();
    if agents.is_empty() {
        return String::new();
    }
    format!(",{},", agents.join(","))
}
