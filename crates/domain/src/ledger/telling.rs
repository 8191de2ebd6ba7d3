//! The events of a run, sorted by what its account asks of them.

use super::account::Story;
use super::{crew, judge_label};
use crate::event::{EventData, OutputMetadata, Verdict};
use crate::id::AgentId;
use crate::synthesis::Distillation;
use std::collections::BTreeMap;

/// One round's draft as the judge saw it.
pub(super) struct Judging<'a> {
    pub iteration: u32,
    pub score: Option<f64>,
    pub self_judged: bool,
    pub items: u64,
    pub void: u64,
    pub judge: Option<&'a str>,
}

/// The events, sorted by what is asked of them.
pub(super) struct Telling<'a> {
    pub agents: String,
    pub threshold: Option<f64>,
    pub drafts: Vec<Judging<'a>>,
    /// By iteration: the judge's model and the prompts' version.
    pub judges: BTreeMap<u32, (&'a str, u32)>,
    /// By iteration, whether the order decided.
    pub comparisons: Vec<(u32, bool)>,
    /// Whom each repair asked to mend something.
    pub repairs: Vec<Vec<&'a AgentId>>,
    pub distilled: BTreeMap<u32, &'a Distillation>,
    pub completed: Vec<(&'a AgentId, String)>,
    pub failed: Vec<&'a AgentId>,
    /// The model of each agent that began.
    pub models: BTreeMap<&'a AgentId, String>,
    pub answer: Option<&'a str>,
    pub metadata: Option<&'a OutputMetadata>,
}

impl<'a> Telling<'a> {
    pub fn of(story: &'a Story) -> Self {
        let mut it = Self {
            agents: String::new(),
            threshold: None,
            drafts: Vec::new(),
            judges: BTreeMap::new(),
            comparisons: Vec::new(),
            repairs: Vec::new(),
            distilled: BTreeMap::new(),
            completed: Vec::new(),
            failed: Vec::new(),
            models: BTreeMap::new(),
            answer: None,
            metadata: None,
        };
        for call in &story.calls {
            if call.kind == "judgement" && !call.failed {
                it.judges
                    .insert(call.iteration, (call.model.as_str(), call.prompts));
            }
        }
        for (iteration, event) in &story.events {
            it.hear(*iteration, event);
        }
        it
    }

    fn hear(&mut self, iteration: u32, event: &'a EventData) {
        match event {
            EventData::TaskStarted {
                workflow, agents, ..
            } => {
                self.threshold = Some(workflow.quality_threshold);
                self.agents = crew(agents.iter().map(|agent| agent.id.as_str()));
            }
            EventData::AgentStarted {
                agent_id, model, ..
            } => {
                self.models.insert(agent_id, model.to_string());
            }
            EventData::AgentCompleted(contribution) => {
                let (agent, model) = (&contribution.agent_id, contribution.model.to_string());
                self.models.insert(agent, model.clone());
                self.completed.push((agent, model));
            }
            EventData::AgentFailed { agent_id, .. } => self.failed.push(agent_id),
            EventData::Distilled(distillation) => {
                self.distilled.insert(iteration, distillation);
            }
            EventData::QualityScored {
                score,
                iteration,
                items,
                self_judged,
                ..
            } => self.drafts.push(Judging {
                iteration: *iteration,
                score: *score,
                self_judged: *self_judged,
                items: items.len() as u64,
                void: items.iter().filter(|item| item.points.is_none()).count() as u64,
                judge: self.judges.get(iteration).map(|(model, _)| *model),
            }),
            EventData::Comparison { verdicts, .. } => {
                let reversed = matches!(
                    verdicts,
                    [Verdict::Incumbent, Verdict::Challenger]
                        | [Verdict::Challenger, Verdict::Incumbent]
                );
                self.comparisons.push((iteration, reversed));
            }
            EventData::N2Triggered { directives, .. } => {
                self.repairs.push(directives.keys().collect());
            }
            EventData::FinalOutput {
                content, metadata, ..
            } => {
                self.answer = Some(content);
                self.metadata = Some(metadata);
            }
            _ => {}
        }
    }

    pub fn writer(&self) -> String {
        let models = self.metadata.map(|metadata| &metadata.models);
        let writer = models.and_then(|models| models.get("synthesizer"));
        writer.map(ToString::to_string).unwrap_or_default()
    }

    pub fn returned_iteration(&self) -> u32 {
        self.metadata.map_or(0, |metadata| metadata.best_iteration)
    }

    pub fn judge_of(&self, iteration: u32) -> Option<String> {
        let (model, prompts) = self.judges.get(&iteration)?;
        Some(judge_label(model, *prompts))
    }

    /// Of the draft that was returned; of the last one where none was.
    pub fn distillation(&self) -> Option<&'a Distillation> {
        let returned = self.distilled.get(&self.returned_iteration());
        returned.or_else(|| self.distilled.values().last()).copied()
    }
}
