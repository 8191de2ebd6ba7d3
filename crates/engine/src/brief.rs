//! The frozen input of a run: a resumed run uses the brief, never today's settings.

use crate::llm::{Llm, ModelTraits};
use domain::event::{AgentSummary, EventData, HistorySummary, WorkflowSummary};
use domain::{AgentConfig, ModelName, Question, RunId, SynthesisMode, Workflow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    pub run_id: RunId,
    pub request_id: Option<String>,
    pub question: Question,
    pub history: History,
    pub workflow: Workflow,
    pub agents: Vec<BriefAgent>,
    /// Goes on from what a stopped run had: what its agents had not said they are not asked now.
    #[serde(default)]
    pub concluding: bool,
    /// Never empty; the first is preferred.
    pub synthesizer: Vec<ModelName>,
    /// Never empty; the first is preferred.
    pub judge: Vec<ModelName>,
    /// Of every model named above.
    pub traits: Vec<(ModelName, ModelTraits)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BriefAgent {
    pub config: AgentConfig,
    /// Never empty; the first is preferred.
    pub models: Vec<ModelName>,
}

/// The conversation so far: the person's turns and the final answers,
/// never an agent's private text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub turns: Vec<Turn>,
    /// Made by an earlier run; stands for the oldest turns.
    pub summary: Option<HistorySummary>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub speaker: Speaker,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    User,
    Assistant,
}

/// The settings that decide which model does what, the strongest first.
#[derive(Clone, Debug, Default)]
pub struct ModelChoice {
    /// Named with this request.
    pub request: Option<ModelName>,
    pub user: Option<ModelName>,
    pub organization: Option<ModelName>,
    /// OVERMIND_DEFAULT_MODEL.
    pub process: Option<ModelName>,
    /// The recommended model of each configured provider, in order of preference.
    pub configured: Vec<ModelName>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BriefError {
    #[error("no model is configured")]
    NoModel,
    #[error("workflow {workflow} names the agent {agent}, which does not exist")]
    UnknownAgent { workflow: String, agent: String },
    #[error("workflow {0} has no agents")]
    NoAgents(String),
}

impl ModelChoice {
    /// The model that every role without one of its own uses; `None` spreads the roles.
    fn common<'a>(&'a self, workflow: &'a Workflow) -> Option<&'a ModelName> {
        self.request
            .as_ref()
            .or(self.user.as_ref())
            .or(workflow.model.as_ref())
            .or(self.organization.as_ref())
            .or(self.process.as_ref())
    }

    /// A chain for the role at `place`: `own`, else the common model, else the configured ones
    /// starting at `place`, so that roles spread over providers and fall back to each other.
    fn chain(&self, own: &[ModelName], workflow: &Workflow, place: usize) -> Vec<ModelName> {
        if !own.is_empty() {
            return own.to_vec();
        }
        if let Some(common) = self.common(workflow) {
            return vec![common.clone()];
        }
        let count = self.configured.len();
        (0..count)
            .map(|n| self.configured[(place + n) % count].clone())
            .collect()
    }
}

impl Brief {
    /// Decides who works with which model. Where only small models are at hand,
    /// the workflow runs combined with at most two iterations.
    pub fn new(
        run_id: RunId,
        question: Question,
        mut workflow: Workflow,
        agents: &[AgentConfig],
        choice: &ModelChoice,
        llm: &dyn Llm,
    ) -> Result<Self, BriefError> {
        if workflow.agent_ids.is_empty() {
            return Err(BriefError::NoAgents(workflow.name));
        }
        let synthesizer = choice.chain(&workflow.synthesizer_models, &workflow, 0);
        // One place further than the synthesizer: another provider, where there is one.
        let judge = choice.chain(&workflow.judge_models, &workflow, 1);
        let agents = workflow
            .agent_ids
            .iter()
            .enumerate()
            .map(|(place, id)| {
                let config = agents
                    .iter()
                    .find(|agent| agent.id == *id)
                    .cloned()
                    .ok_or_else(|| BriefError::UnknownAgent {
                        workflow: workflow.name.clone(),
                        agent: id.to_string(),
                    })?;
                let own = match &config.llm_config.model {
                    Some(model) => [model]
                        .into_iter()
                        .chain(&config.llm_config.fallbacks)
                        .cloned()
                        .collect(),
                    None => Vec::new(),
                };
                let mut models = choice.chain(&own, &workflow, place);
                if own.is_empty() {
                    models.extend(config.llm_config.fallbacks.iter().cloned());
                }
                Ok(BriefAgent { config, models })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let roles = || {
            agents
                .iter()
                .map(|agent| &agent.models)
                .chain([&synthesizer, &judge])
        };
        if roles().any(Vec::is_empty) {
            return Err(BriefError::NoModel);
        }
        let traits: BTreeMap<_, _> = roles()
            .flatten()
            .map(|model| (model.clone(), llm.traits(model)))
            .collect();
        if traits.values().all(|traits| traits.small) {
            workflow.synthesis_mode = SynthesisMode::Combined;
            workflow.max_n2_iterations = workflow.max_n2_iterations.min(2);
        }
        Ok(Self {
            run_id,
            request_id: None,
            question,
            history: History::default(),
            workflow,
            agents,
            concluding: false,
            synthesizer,
            judge,
            traits: traits.into_iter().collect(),
        })
    }

    /// An answer from what this run had finished when it was stopped: no agent is asked anew and
    /// no further round begins. `told` is all that it said; `None` when no agent had contributed.
    pub fn concluding<'a>(mut self, told: impl IntoIterator<Item = &'a EventData>) -> Option<Self> {
        let (mut contributed, mut rounds_judged) = (false, 1);
        for event in told {
            match event {
                EventData::AgentCompleted(_) => contributed = true,
                EventData::QualityScored { iteration, .. } => {
                    rounds_judged = rounds_judged.max(*iteration);
                }
                _ => {}
            }
        }
        self.concluding = true;
        self.workflow.max_n2_iterations = rounds_judged;
        contributed.then_some(self)
    }

    /// How many agents must contribute.
    pub fn quorum(&self) -> usize {
        if self.concluding {
            1
        } else {
            Workflow::quorum(self.agents.len())
        }
    }

    pub fn workflow_summary(&self) -> WorkflowSummary {
        WorkflowSummary {
            id: self.workflow.id.clone(),
            name: self.workflow.name.clone(),
            quality_threshold: self.workflow.quality_threshold,
            max_n2_iterations: self.workflow.max_n2_iterations,
            version: self.workflow.version,
        }
    }

    pub fn agent_summaries(&self) -> Vec<AgentSummary> {
        self.agents
            .iter()
            .map(|agent| AgentSummary {
                id: agent.config.id.clone(),
                name: agent.config.name.clone(),
                model: agent.models[0].clone(),
                version: agent.config.version,
            })
            .collect()
    }

    pub fn traits(&self, model: &ModelName) -> ModelTraits {
        self.traits.iter().find(|(name, _)| name == model).map_or(
            ModelTraits {
                context_tokens: 8_192,
                small: false,
            },
            |(_, traits)| *traits,
        )
    }

    /// Whether a chain has a small model in it: then its prompts must suit that one too.
    pub fn is_small(&self, models: &[ModelName]) -> bool {
        models.iter().any(|model| self.traits(model).small)
    }

    /// Flagged when the judge would be the very model that writes.
    pub fn self_judged(&self) -> bool {
        self.judge[0] == self.synthesizer[0]
    }
}
