//! A workflow: which agents work, how their work is woven, and when to stop.

use crate::id::{AgentId, OrganizationId, UserId, WorkflowId};
use crate::line::{check_all, is_line, is_text};
use crate::model::ModelName;
use crate::user::{Invalid, Role, User};
use crate::version;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ExecutionMode {
    #[default]
    Parallel,
    /// In order, each agent seeing what the previous ones said.
    Sequential,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SynthesisMode {
    /// A call of its own for each phase.
    #[default]
    Staged,
    /// One call observes, distills and drafts; for small or cheap models.
    Combined,
}

/// The most that one run may use; retries count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetLimits {
    pub calls: Option<u32>,
    pub tokens: Option<u64>,
    pub cost_micros: Option<u64>,
}

/// What the loop needs to know; see [`WorkflowTemplate`] for what is kept around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workflow {
    pub id: WorkflowId,
    pub name: String,
    pub description: String,
    pub agent_ids: Vec<AgentId>,
    pub execution_mode: ExecutionMode,
    pub synthesis_mode: SynthesisMode,
    /// 0-10; a draft that reaches it is returned at once.
    pub quality_threshold: f64,
    pub max_n2_iterations: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelName>,
    /// The synthesizer's models, the first preferred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synthesizer_models: Vec<ModelName>,
    /// The judge's models, the first preferred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judge_models: Vec<ModelName>,
    #[serde(default)]
    pub budget: BudgetLimits,
    /// Seconds after which the run returns the best it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_s: Option<u32>,
    /// Seconds after which a round goes on without the agents that have not answered, once enough
    /// others have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_deadline_s: Option<u32>,
    /// Counted up by every change.
    #[serde(default = "version::first")]
    pub version: u32,
}

/// What people write of a workflow; each of its versions is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "name": "Two views",
    "description": "For decisions that need a plan and a second look.",
    "agent_ids": ["strategic", "analytical"],
    "quality_threshold": 8.5,
    "max_n2_iterations": 3
})))]
pub struct WorkflowForm {
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub agent_ids: Vec<AgentId>,
    #[serde(default)]
    pub execution_mode: ExecutionMode,
    #[serde(default)]
    pub synthesis_mode: SynthesisMode,
    /// 0-10; a draft that reaches it is returned at once.
    #[serde(default = "usual_threshold")]
    pub quality_threshold: f64,
    #[serde(default = "usual_iterations")]
    pub max_n2_iterations: u32,
    #[serde(default)]
    pub model: Option<ModelName>,
    #[serde(default)]
    pub synthesizer_models: Vec<ModelName>,
    #[serde(default)]
    pub judge_models: Vec<ModelName>,
    #[serde(default)]
    pub budget: BudgetLimits,
    #[serde(default)]
    pub deadline_s: Option<u32>,
    /// Seconds after which a round goes on without the agents that have not answered, once enough
    /// others have.
    #[serde(default)]
    pub soft_deadline_s: Option<u32>,
    /// Everybody in the organization may use it. Only admins publish.
    #[serde(default)]
    pub is_public: bool,
}

fn usual_threshold() -> f64 {
    9.0
}

fn usual_iterations() -> u32 {
    4
}

impl WorkflowForm {
    /// Where a new one begins.
    pub fn usual() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            agent_ids: Vec::new(),
            execution_mode: ExecutionMode::default(),
            synthesis_mode: SynthesisMode::default(),
            quality_threshold: usual_threshold(),
            max_n2_iterations: usual_iterations(),
            model: None,
            synthesizer_models: Vec::new(),
            judge_models: Vec::new(),
            budget: BudgetLimits::default(),
            deadline_s: Some(600),
            soft_deadline_s: None,
            is_public: false,
        }
    }

    /// Whether the agents exist is not known here.
    pub fn check(&self) -> Result<(), Invalid> {
        let unique: BTreeSet<_> = self.agent_ids.iter().collect();
        check_all(&[
            (
                is_line(&self.name, 100),
                "name",
                "the name has 1 to 100 characters on one line",
            ),
            (
                is_text(&self.description, 1_000),
                "description",
                "the description has at most 1,000 characters",
            ),
            (
                (1..=20).contains(&self.agent_ids.len()),
                "agent_ids",
                "a workflow has 1 to 20 agents",
            ),
            (
                unique.len() == self.agent_ids.len(),
                "agent_ids",
                "an agent works once in a workflow",
            ),
            (
                (0.0..=10.0).contains(&self.quality_threshold),
                "quality_threshold",
                "the quality threshold lies between 0 and 10",
            ),
            (
                (1..=Workflow::MOST_ITERATIONS).contains(&self.max_n2_iterations),
                "max_n2_iterations",
                "max_n2_iterations lies between 1 and 20",
            ),
            (
                self.synthesizer_models.len() <= 5,
                "synthesizer_models",
                "a workflow has at most 5 synthesizer models",
            ),
            (
                self.judge_models.len() <= 5,
                "judge_models",
                "a workflow has at most 5 judge models",
            ),
            (
                self.budget
                    .calls
                    .is_none_or(|calls| (1..=10_000).contains(&calls)),
                "budget.calls",
                "a budget has 1 to 10,000 calls",
            ),
            (
                [self.budget.tokens, self.budget.cost_micros]
                    .into_iter()
                    .flatten()
                    .all(|most| (1..=1_000_000_000_000).contains(&most)),
                "budget",
                "a budget lies between 1 and 1,000,000,000,000",
            ),
            (
                self.deadline_s
                    .is_none_or(|seconds| (5..=86_400).contains(&seconds)),
                "deadline_s",
                "the deadline lies between 5 and 86,400 seconds",
            ),
            (
                self.soft_deadline_s
                    .is_none_or(|seconds| (1..=3_600).contains(&seconds)),
                "soft_deadline_s",
                "the soft deadline lies between 1 and 3,600 seconds",
            ),
        ])
    }

    pub fn into_workflow(self, id: WorkflowId, version: u32) -> Workflow {
        Workflow {
            id,
            name: self.name,
            description: self.description,
            agent_ids: self.agent_ids,
            execution_mode: self.execution_mode,
            synthesis_mode: self.synthesis_mode,
            quality_threshold: self.quality_threshold,
            max_n2_iterations: self.max_n2_iterations,
            model: self.model,
            synthesizer_models: self.synthesizer_models,
            judge_models: self.judge_models,
            budget: self.budget,
            deadline_s: self.deadline_s,
            soft_deadline_s: self.soft_deadline_s,
            version,
        }
    }
}

impl From<WorkflowTemplate> for WorkflowForm {
    fn from(template: WorkflowTemplate) -> Self {
        let WorkflowTemplate {
            workflow,
            is_public,
            ..
        } = template;
        Self {
            name: workflow.name,
            description: workflow.description,
            agent_ids: workflow.agent_ids,
            execution_mode: workflow.execution_mode,
            synthesis_mode: workflow.synthesis_mode,
            quality_threshold: workflow.quality_threshold,
            max_n2_iterations: workflow.max_n2_iterations,
            model: workflow.model,
            synthesizer_models: workflow.synthesizer_models,
            judge_models: workflow.judge_models,
            budget: workflow.budget,
            deadline_s: workflow.deadline_s,
            soft_deadline_s: workflow.soft_deadline_s,
            is_public,
        }
    }
}

impl Workflow {
    /// What a workflow or a question may ask for at most.
    pub const MOST_ITERATIONS: u32 = 20;

    /// Without retries: every agent, then what observes, weaves and judges.
    pub fn first_round_calls(&self) -> usize {
        let synthesis = match self.synthesis_mode {
            SynthesisMode::Staged => 4,
            SynthesisMode::Combined => 2,
        };
        self.agent_ids.len() + synthesis
    }

    /// Without retries and comparisons, if every round is needed and asks every agent again; the
    /// budget ends it before.
    pub fn most_calls(&self) -> usize {
        let synthesis = match self.synthesis_mode {
            SynthesisMode::Staged => 3,
            SynthesisMode::Combined => 2,
        };
        let later = self.max_n2_iterations.saturating_sub(1) as usize;
        let all = self.first_round_calls() + later * (self.agent_ids.len() + synthesis);
        let budget = self.budget.calls.map_or(usize::MAX, |most| most as usize);
        all.min(budget)
    }

    /// How many agents must succeed for a synthesis: two thirds, at least two, all of fewer than three.
    pub fn quorum(agents: usize) -> usize {
        if agents < 3 {
            agents
        } else {
            (2 * agents).div_ceil(3).max(2)
        }
    }
}

/// The specification's WorkflowTemplate: a workflow as an organization keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkflowTemplate {
    #[serde(flatten)]
    pub workflow: Workflow,
    pub organization_id: OrganizationId,
    pub is_public: bool,
    /// `None` for the shipped ones.
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl WorkflowTemplate {
    /// A workflow that is not public is its creator's, and the admins'.
    pub fn is_for(&self, user: &User) -> bool {
        self.is_public || self.is_changed_by(user)
    }

    pub fn is_changed_by(&self, user: &User) -> bool {
        user.role == Role::Admin || (user.role.may_ask() && self.created_by == Some(user.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorum() {
        let quorums: Vec<_> = (1..=9).map(Workflow::quorum).collect();
        assert_eq!(quorums, [1, 2, 2, 3, 4, 4, 5, 6, 6]);
    }

    #[test]
    fn calls_end_with_the_rounds_or_the_budget() {
        let most = |id: &str| crate::shipped::workflow(id).map(|it| it.most_calls());
        assert_eq!(most("quick"), Some(3));
        assert_eq!(most("balanced"), Some(10));
        assert_eq!(most("overmind"), Some(37));
        let mut workflow = crate::shipped::workflow("overmind").unwrap();
        workflow.budget.calls = Some(20);
        assert_eq!(workflow.most_calls(), 20);
    }
}
