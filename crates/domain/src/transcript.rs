//! The fold that turns a run's events into what is shown: one for the server's pages,
//! the live view, the terminal and the tests.

use crate::contribution::Contribution;
use crate::event::{
    AgentSummary, Delta, Event, EventData, OutputMetadata, Verdict, WorkflowSummary, join,
};
use crate::id::{AgentId, RunId};
use crate::model::ModelName;
use crate::run::RunStatus;
use crate::score::{ChecklistItem, JudgedItem};
use crate::synthesis::{Directive, Distillation, Observation};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything there is to see of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    pub run_id: Option<RunId>,
    pub last_seq: u64,
    pub status: RunStatus,
    pub phase: Phase,
    pub iteration: u32,
    pub workflow: Option<WorkflowSummary>,
    pub agents: Vec<AgentCard>,
    pub observation: Option<Observation>,
    pub checklist: Vec<ChecklistItem>,
    /// In order of completion, over all iterations.
    pub contributions: Vec<Contribution>,
    pub distillation: Option<Distillation>,
    pub drafts: Vec<Draft>,
    /// The draft that is being written, as far as it has come.
    pub partial: String,
    pub comparisons: Vec<ComparisonRow>,
    pub repairs: Vec<Repair>,
    pub ending: Option<Ending>,
}

/// Where a running deliberation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    Observe,
    Propose,
    Distill,
    Integrate,
    Judge,
    Ended,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentCard {
    pub id: AgentId,
    pub name: String,
    pub model: ModelName,
    pub state: AgentState,
    /// When it was asked last.
    pub started_at: Option<DateTime<Utc>>,
    /// The latest finished contribution.
    pub contribution: Option<Contribution>,
    /// What is being written, as far as it has come.
    pub partial: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AgentState {
    Waiting,
    Working,
    Done,
    Failed {
        code: String,
        message: String,
        retryable: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub id: u32,
    pub content: String,
    pub score: Option<f64>,
    pub judge_model: Option<ModelName>,
    pub self_judged: bool,
    pub items: Vec<JudgedItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRow {
    pub incumbent: u32,
    pub challenger: u32,
    pub verdicts: [Verdict; 2],
    pub kept: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repair {
    pub iteration: u32,
    pub reason: String,
    pub issues: Vec<String>,
    pub directives: BTreeMap<AgentId, Vec<Directive>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Answer {
        content: String,
        html: Option<String>,
        metadata: Box<OutputMetadata>,
    },
    Cancelled {
        by: String,
        reason: String,
    },
    Failed {
        code: String,
        message: String,
    },
}

impl Transcript {
    pub fn from_events<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut transcript = Self::default();
        for event in events {
            transcript.apply(event);
        }
        transcript
    }

    /// Folds the next event in; one that was seen before changes nothing.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.last_seq {
            return;
        }
        self.last_seq = event.seq;
        self.iteration = self.iteration.max(event.iteration);
        match &event.data {
            EventData::TaskStarted {
                task_id,
                workflow,
                agents,
                ..
            } => {
                self.run_id = Some(*task_id);
                self.status = RunStatus::Running;
                self.workflow = Some(workflow.clone());
                self.agents = agents.iter().map(AgentCard::waiting).collect();
            }
            EventData::Observed {
                observation,
                checklist,
            } => {
                self.observation = Some(observation.clone());
                self.checklist = checklist.clone();
            }
            EventData::AgentStarted {
                agent_id, model, ..
            } => {
                self.phase = Phase::Propose;
                if let Some(card) = self.card(agent_id) {
                    card.state = AgentState::Working;
                    card.started_at = Some(event.ts);
                    card.model = model.clone();
                    card.partial.clear();
                }
            }
            EventData::AgentCompleted(contribution) => {
                if let Some(card) = self.card(&contribution.agent_id) {
                    card.state = AgentState::Done;
                    card.model = contribution.model.clone();
                    card.partial.clear();
                    card.contribution = Some(contribution.clone());
                }
                self.contributions.push(contribution.clone());
            }
            EventData::AgentFailed {
                agent_id,
                code,
                message,
                retryable,
                ..
            } => {
                if let Some(card) = self.card(agent_id) {
                    card.partial.clear();
                    card.state = AgentState::Failed {
                        code: code.clone(),
                        message: message.clone(),
                        retryable: *retryable,
                    };
                }
            }
            EventData::SynthesisStarted {} => self.phase = Phase::Distill,
            EventData::Distilled(distillation) => self.distillation = Some(distillation.clone()),
            EventData::DraftStarted { .. } => {
                self.phase = Phase::Integrate;
                self.partial.clear();
            }
            EventData::DraftCompleted { draft_id, content } => {
                self.partial.clear();
                self.drafts.push(Draft {
                    id: *draft_id,
                    content: content.clone(),
                    score: None,
                    judge_model: None,
                    self_judged: false,
                    items: Vec::new(),
                });
            }
            EventData::JudgingStarted {
                judge_model,
                self_judged,
            } => {
                self.phase = Phase::Judge;
                if let Some(draft) = self.drafts.last_mut() {
                    draft.judge_model = Some(judge_model.clone());
                    draft.self_judged = *self_judged;
                }
            }
            EventData::QualityScored { score, items, .. } => {
                if let Some(draft) = self.drafts.last_mut() {
                    draft.score = *score;
                    draft.items = items.clone();
                }
            }
            EventData::Comparison {
                incumbent,
                challenger,
                verdicts,
                kept,
            } => {
                self.comparisons.push(ComparisonRow {
                    incumbent: *incumbent,
                    challenger: *challenger,
                    verdicts: *verdicts,
                    kept: *kept,
                });
            }
            EventData::N2Triggered {
                reason,
                iteration,
                directives,
                issues,
            } => {
                self.repairs.push(Repair {
                    iteration: *iteration,
                    reason: reason.clone(),
                    issues: issues.clone(),
                    directives: directives.clone(),
                });
            }
            EventData::FinalOutput {
                content,
                html,
                metadata,
            } => {
                let (content, html) = (content.clone(), html.clone());
                self.end(
                    RunStatus::Completed,
                    Ending::Answer {
                        content,
                        html,
                        metadata: metadata.clone(),
                    },
                );
            }
            EventData::Cancelled { by, reason } => self.end(
                RunStatus::Cancelled,
                Ending::Cancelled {
                    by: by.clone(),
                    reason: reason.clone(),
                },
            ),
            EventData::Error { message, code } => self.end(
                RunStatus::Failed,
                Ending::Failed {
                    code: code.clone(),
                    message: message.clone(),
                },
            ),
        }
    }

    /// Whether anything of what is being written is known.
    pub fn has_partial(&self) -> bool {
        !(self.partial.is_empty() && self.agents.iter().all(|card| card.partial.is_empty()))
    }

    /// What is being written right now, whole, in place of what was known of it.
    pub fn set_partial(&mut self, written: &[Delta]) {
        self.partial.clear();
        for card in &mut self.agents {
            card.partial.clear();
        }
        for delta in written {
            self.apply_delta(delta);
        }
    }

    /// Shows text that is still being written; the completed text comes with its event.
    pub fn apply_delta(&mut self, delta: &Delta) {
        let (partial, offset, text) = match delta {
            Delta::AgentDelta {
                agent_id,
                offset,
                text,
                ..
            } => match self.card(agent_id) {
                Some(card) => (&mut card.partial, *offset, text),
                None => return,
            },
            Delta::AnswerDelta { offset, text, .. } => (&mut self.partial, *offset, text),
            Delta::DeltaReset { agent_id, .. } => {
                match agent_id.as_ref().and_then(|id| self.card(id)) {
                    Some(card) => card.partial.clear(),
                    None => self.partial.clear(),
                }
                return;
            }
        };
        join(partial, offset, text);
    }

    /// The latest contribution of each agent: what the answer is woven from.
    pub fn latest_contributions(&self) -> impl Iterator<Item = &Contribution> {
        self.agents
            .iter()
            .filter_map(|card| card.contribution.as_ref())
    }

    fn end(&mut self, status: RunStatus, ending: Ending) {
        self.status = status;
        self.phase = Phase::Ended;
        self.ending = Some(ending);
    }

    fn card(&mut self, id: &AgentId) -> Option<&mut AgentCard> {
        self.agents.iter_mut().find(|card| card.id == *id)
    }
}

impl AgentCard {
    fn waiting(agent: &AgentSummary) -> Self {
        Self {
            id: agent.id.clone(),
            name: agent.name.clone(),
            model: agent.model.clone(),
            state: AgentState::Waiting,
            started_at: None,
            contribution: None,
            partial: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(offset: usize, text: &str) -> Delta {
        Delta::AnswerDelta {
            step: "1/draft".to_owned(),
            offset,
            text: text.to_owned(),
        }
    }

    #[test]
    fn text_that_is_being_written_is_shown_as_far_as_it_is_known() {
        for (pieces, shown) in [
            (vec![piece(0, "on"), piece(2, "e")], "one"),
            // Seen twice.
            (vec![piece(0, "one"), piece(1, "n")], "one"),
            (vec![piece(0, "one"), piece(1, "ne two")], "one two"),
            // One was lost: its place is filled by the whole text, when that is asked for.
            (vec![piece(0, "one"), piece(5, "three")], "one"),
            (
                vec![piece(0, "one"), piece(5, "x"), piece(0, "one two")],
                "one two",
            ),
            // Written anew by another attempt.
            (vec![piece(0, "one two"), piece(0, "uno")], "uno"),
            (
                vec![piece(0, "one two"), piece(0, "one"), piece(3, " bis")],
                "one bis",
            ),
            // Not in the middle of a character.
            (vec![piece(0, "é"), piece(1, "x")], "é"),
        ] {
            let mut transcript = Transcript::default();
            for piece in &pieces {
                transcript.apply_delta(piece);
            }
            assert_eq!(transcript.partial, shown, "{pieces:?}");
            transcript.set_partial(&[piece(0, "anew")]);
            assert_eq!(transcript.partial, "anew");
            transcript.set_partial(&[]);
            assert_eq!(transcript.partial, "");
        }
    }
}
