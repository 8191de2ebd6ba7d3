//! A run that is looked at afterwards, or while it lasts: its events, and what can be computed from
//! them and from its provider calls.

mod gain;
mod timeline;

pub use gain::{AskedAgain, Gain, ItemChange, Moved, gains};
pub use timeline::{Bar, BarState, Lane, Row, Timeline, TimelineRound};

use crate::event::Event;
use crate::id::AgentId;
use crate::run::Run;
use crate::usage::{Cost, Tokens};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// All that the page about one run shows; the prompts are read by themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deliberation {
    pub run: Run,
    pub question: String,
    /// From the first to the latest.
    pub events: Vec<Event>,
    /// Of a run that somebody works on, or worked on.
    pub timeline: Option<Timeline>,
    pub gains: Vec<Gain>,
    /// In the order in which they were written.
    pub drafts: Vec<RenderedDraft>,
    /// Where more than one draft was written.
    pub revision: Option<Revision>,
}

/// A draft to be read: as HTML, rendered and sanitized by the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RenderedDraft {
    pub id: u32,
    pub html: String,
}

/// A finished provider call: when, for what, and what it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub iteration: u32,
    /// The engine's name for it: `contribution`, `judgement`.
    pub kind: String,
    pub agent: Option<AgentId>,
    /// The one that answered; `None` when none did.
    pub model: Option<String>,
    pub finished_at: DateTime<Utc>,
    pub latency_ms: u64,
    pub tokens: Tokens,
    pub cost: Cost,
}

/// What the returned draft says in other words than the first one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    pub first: u32,
    pub returned: u32,
    /// In the order of the returned draft; what was left out stands where it was.
    pub paragraphs: Vec<Vec<Piece>>,
    pub words_added: usize,
    pub words_removed: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub change: PieceChange,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PieceChange {
    Same,
    Removed,
    Added,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{AgentSummary, EventData, WorkflowSummary};
    use crate::id::{ConversationId, ItemId, RunId};
    use crate::model::ModelName;
    use crate::synthesis::Directive;
    use chrono::TimeDelta;
    use std::collections::BTreeMap;

    pub fn at(ms: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_000_000 + ms)
    }

    fn model() -> ModelName {
        "mock/small".parse().expect("a model name")
    }

    pub fn call(iteration: u32, kind: &str, agent: Option<&str>, from: i64, to: i64) -> Call {
        Call {
            iteration,
            kind: kind.to_owned(),
            agent: agent.map(AgentId::from),
            model: Some("mock/small".to_owned()),
            finished_at: at(to),
            latency_ms: u64::try_from(to - from).unwrap_or_default(),
            tokens: Tokens::new(100, 50),
            cost: Cost::micros(40),
        }
    }

    pub fn event(seq: u64, ms: i64, iteration: u32, data: EventData) -> Event {
        Event {
            run_id: RunId(Default::default()),
            conversation_id: ConversationId(Default::default()),
            seq,
            ts: at(ms),
            iteration,
            data,
        }
    }

    pub fn task_started(seq: u64, ms: i64, agents: &[&str]) -> Event {
        let data = EventData::TaskStarted {
            request_id: None,
            task_id: RunId(Default::default()),
            workflow: WorkflowSummary {
                id: "overmind".into(),
                name: "Overmind".into(),
                quality_threshold: 9.0,
                max_n2_iterations: 4,
                version: 1,
            },
            agents: agents
                .iter()
                .map(|id| AgentSummary {
                    id: AgentId::from(*id),
                    name: format!("The {id} one"),
                    model: model(),
                    version: 1,
                })
                .collect(),
        };
        event(seq, ms, 0, data)
    }

    pub fn agent_started(seq: u64, ms: i64, iteration: u32, id: &str) -> Event {
        let data = EventData::AgentStarted {
            agent_id: id.into(),
            agent_name: id.to_owned(),
            model: model(),
        };
        event(seq, ms, iteration, data)
    }

    pub fn n2_triggered(seq: u64, ms: i64, iteration: u32, asked: &[&str]) -> Event {
        let directive = Directive {
            item: ItemId::new("c1"),
            faulty_sentences: Vec::new(),
            required_change: "Mend it.".to_owned(),
        };
        let asked = asked.iter().map(|id| AgentId::from(*id));
        let data = EventData::N2Triggered {
            reason: "It fell short.".to_owned(),
            iteration,
            directives: asked
                .map(|id| (id, vec![directive.clone()]))
                .collect::<BTreeMap<_, _>>(),
            issues: Vec::new(),
        };
        event(seq, ms, iteration, data)
    }
}
