//! An agent: one sub-personality of the lower layer, with a job of its own.

use crate::id::{AgentId, OrganizationId};
use crate::model::LlmConfig;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The form an agent's contribution takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum OutputFormat {
    /// Exactly four numbered lines, enforced.
    #[default]
    #[serde(rename = "sim_4_lines")]
    Sim4Lines,
    Json,
    Markdown,
}

/// The specification's AgentConfig (section 3.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentConfig {
    pub id: AgentId,
    /// What people call it: "Analytical Clarity".
    pub name: String,
    /// Its job in a few words: "finds errors, checks facts and numbers".
    pub role: String,
    pub goal: String,
    pub backstory: String,
    #[serde(default)]
    pub output_format: OutputFormat,
    #[serde(default)]
    pub llm_config: LlmConfig,
    /// It may ask one other agent one sub-question before it answers.
    #[serde(default)]
    pub allow_delegation: bool,
    /// It is asked for its whole reasoning in `detail`, not only for a summary.
    #[serde(default)]
    pub verbose: bool,
}

/// The specification's AgentConfiguration: an agent as an organization keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentConfiguration {
    #[serde(flatten)]
    pub config: AgentConfig,
    pub organization_id: OrganizationId,
    /// Workflows skip an agent that is switched off.
    pub is_active: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
