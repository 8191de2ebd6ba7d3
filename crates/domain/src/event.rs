//! The events of a run: one ordered log that is enough to redraw every screen.
//! Where they are numbered and stored is not decided here.

use crate::contribution::Contribution;
use crate::conversation::ConversationTitle;
use crate::id::{AgentId, ConversationId, RunId, WorkflowId};
use crate::model::ModelName;
use crate::run::Outcome;
use crate::score::{ChecklistItem, JudgedItem};
use crate::synthesis::{Directive, Distillation, Observation};
use crate::usage::{Cost, Tokens};
use crate::version;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An event as it is stored and sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub run_id: RunId,
    pub conversation_id: ConversationId,
    /// From 1, without gaps, per run.
    pub seq: u64,
    pub ts: DateTime<Utc>,
    /// 0 before the first iteration.
    pub iteration: u32,
    #[serde(flatten)]
    pub data: EventData,
}

/// The names are the specification's (section 2.2.6) and those of the realtime protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum EventData {
    TaskStarted {
        request_id: Option<String>,
        /// The run's id, under the specification's name.
        task_id: RunId,
        workflow: WorkflowSummary,
        agents: Vec<AgentSummary>,
    },
    Observed {
        observation: Observation,
        checklist: Vec<ChecklistItem>,
    },
    AgentStarted {
        agent_id: AgentId,
        agent_name: String,
        model: ModelName,
    },
    AgentCompleted(Contribution),
    AgentFailed {
        agent_id: AgentId,
        agent_name: String,
        code: String,
        message: String,
        retryable: bool,
    },
    SynthesisStarted {},
    Distilled(Distillation),
    DraftStarted {
        draft_id: u32,
    },
    DraftCompleted {
        draft_id: u32,
        content: String,
    },
    JudgingStarted {
        judge_model: ModelName,
        self_judged: bool,
    },
    QualityScored {
        /// `None` when unscored.
        score: Option<f64>,
        iteration: u32,
        items: Vec<JudgedItem>,
        self_judged: bool,
        unscored: bool,
    },
    /// Two drafts within a point of each other, compared in both orders.
    Comparison {
        incumbent: u32,
        challenger: u32,
        /// The verdict with the incumbent shown first, then with the challenger shown first.
        verdicts: [Verdict; 2],
        kept: u32,
    },
    N2Triggered {
        reason: String,
        iteration: u32,
        directives: BTreeMap<AgentId, Vec<Directive>>,
        issues: Vec<String>,
    },
    FinalOutput {
        content: String,
        /// Rendered and sanitized by the server; absent where nothing renders (the terminal).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        html: Option<String>,
        metadata: Box<OutputMetadata>,
    },
    Cancelled {
        by: String,
        reason: String,
    },
    Error {
        message: String,
        code: String,
    },
}

impl EventData {
    /// Exactly one of these is a run's last event.
    pub fn is_last(&self) -> bool {
        matches!(
            self,
            Self::FinalOutput { .. } | Self::Cancelled { .. } | Self::Error { .. }
        )
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowSummary {
    pub id: WorkflowId,
    pub name: String,
    pub quality_threshold: f64,
    pub max_n2_iterations: u32,
    #[serde(default = "version::first")]
    pub version: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentSummary {
    pub id: AgentId,
    pub name: String,
    pub model: ModelName,
    #[serde(default = "version::first")]
    pub version: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Incumbent,
    Challenger,
    Tie,
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    Passed,
    MaxIterations,
    /// Two rounds without a gain of 0.3.
    NoGain,
    Budget,
    Deadline,
    /// A call of a later round failed; the best attempt so far is returned.
    CallFailed,
    /// The judge gave no usable verdict, so that nothing could be repaired.
    Unscored,
}

/// The metadata of the specification's FinalOutput.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputMetadata {
    pub outcome: Outcome,
    /// The threshold was met, also when the outcome is `degraded`.
    pub passed: bool,
    /// 0-1: score / 10 x share of the checklist's weight that was judged.
    pub confidence: f64,
    pub score: Option<f64>,
    /// The judge's model is the synthesizer's.
    pub self_judged: bool,
    pub unscored: bool,
    pub stopped: Stopped,
    /// Iterations begun.
    pub iterations: u32,
    /// The iteration whose draft is returned.
    pub best_iteration: u32,
    /// Agents without a contribution in the answer.
    pub missing: Vec<MissingAgent>,
    /// Provider calls, retries included.
    pub calls: u32,
    pub tokens: Tokens,
    pub cost_usd: Cost,
    /// The model that did the work, by agent id, `synthesizer` and `judge`.
    pub models: BTreeMap<String, ModelName>,
    /// Sum over iterations of the slowest agent call and the sequential synthesis calls.
    pub critical_ms: u64,
    /// Wall time, and what of it was not spent waiting for models; set by whoever has the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overhead_ms: Option<u64>,
    /// The older part of the conversation in short, to be kept for the next question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_summary: Option<HistorySummary>,
    /// What a model would call the conversation, had it begun with this question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<ConversationTitle>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingAgent {
    pub agent_id: AgentId,
    pub agent_name: String,
}

/// Stands for the first `turns` turns of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistorySummary {
    pub text: String,
    pub turns: usize,
}

/// Text while it is being written: shown, never stored. The completed text is the durable truth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delta {
    AgentDelta {
        agent_id: AgentId,
        step: String,
        offset: usize,
        text: String,
    },
    AnswerDelta {
        step: String,
        offset: usize,
        text: String,
    },
    /// The stream of that step broke and starts again.
    DeltaReset {
        step: String,
        agent_id: Option<AgentId>,
    },
}

/// Adds a piece at its place in the text that is known. One that leaves a gap is left out, one that
/// is known changes nothing, and one that says something else in its place was written anew.
pub fn join(known: &mut String, place: usize, piece: &str) {
    let Some(there) = known.get(place..) else {
        return;
    };
    if !there.starts_with(piece) {
        known.truncate(place);
        known.push_str(piece);
    }
}

impl Delta {
    /// Says that what was written of this step is written anew.
    pub fn reset(self) -> Self {
        match self {
            Self::AgentDelta { agent_id, step, .. } => Self::DeltaReset {
                step,
                agent_id: Some(agent_id),
            },
            Self::AnswerDelta { step, .. } => Self::DeltaReset {
                step,
                agent_id: None,
            },
            Self::DeltaReset { .. } => self,
        }
    }
}
