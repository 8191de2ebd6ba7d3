//! An agent: one sub-personality of the lower layer, with a job of its own.

use crate::id::{AgentId, OrganizationId};
use crate::line::{check_all, is_line, is_text};
use crate::model::LlmConfig;
use crate::user::Invalid;
use crate::version;
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
    /// Counted up by every change.
    #[serde(default = "version::first")]
    pub version: u32,
}

/// What people write of an agent; each of its versions is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "name": "Legal Clarity",
    "role": "checks what the law says",
    "goal": "Name the rules that apply and what they forbid.",
    "backstory": "You would rather ask for a lawyer than guess.",
    "llm_config": { "temperature": 0.2 }
})))]
pub struct AgentForm {
    pub name: String,
    pub role: String,
    pub goal: String,
    #[serde(default)]
    pub backstory: String,
    #[serde(default)]
    pub output_format: OutputFormat,
    #[serde(default)]
    pub llm_config: LlmConfig,
    #[serde(default)]
    pub allow_delegation: bool,
    #[serde(default)]
    pub verbose: bool,
    /// Workflows skip an agent that is switched off.
    #[serde(default = "yes")]
    pub is_active: bool,
}

fn yes() -> bool {
    true
}

impl AgentForm {
    pub fn check(&self) -> Result<(), Invalid> {
        let fields = [
            (
                is_line(&self.name, 100),
                "name",
                "the name has 1 to 100 characters on one line",
            ),
            (
                is_line(&self.role, 200),
                "role",
                "the role has 1 to 200 characters on one line",
            ),
            (
                is_text(&self.goal, 2_000) && !self.goal.trim().is_empty(),
                "goal",
                "the goal has 1 to 2,000 characters",
            ),
            (
                is_text(&self.backstory, 8_000),
                "backstory",
                "the backstory has at most 8,000 characters",
            ),
        ];
        check_all(&fields)?;
        self.llm_config.check()
    }

    pub fn into_config(self, id: AgentId, version: u32) -> AgentConfig {
        AgentConfig {
            id,
            name: self.name,
            role: self.role,
            goal: self.goal,
            backstory: self.backstory,
            output_format: self.output_format,
            llm_config: self.llm_config,
            allow_delegation: self.allow_delegation,
            verbose: self.verbose,
            version,
        }
    }
}

impl From<AgentConfiguration> for AgentForm {
    fn from(agent: AgentConfiguration) -> Self {
        let AgentConfiguration {
            config, is_active, ..
        } = agent;
        Self {
            name: config.name,
            role: config.role,
            goal: config.goal,
            backstory: config.backstory,
            output_format: config.output_format,
            llm_config: config.llm_config,
            allow_delegation: config.allow_delegation,
            verbose: config.verbose,
            is_active,
        }
    }
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
