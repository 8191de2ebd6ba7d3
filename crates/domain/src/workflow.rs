//! A workflow: which agents work, how their work is woven, and when to stop.

use crate::id::{AgentId, OrganizationId, UserId, WorkflowId};
use crate::model::ModelName;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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
}

impl Workflow {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorum() {
        let quorums: Vec<_> = (1..=9).map(Workflow::quorum).collect();
        assert_eq!(quorums, [1, 2, 2, 3, 4, 4, 5, 6, 6]);
    }
}
