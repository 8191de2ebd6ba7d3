//! The results of the ODAI phases: Observation, Distillation, RepairDirective.

use crate::id::{AgentId, ItemId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What actually needs to be answered; made once per run together with the checklist, then frozen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub user_intent: String,
    pub key_requirements: Vec<String>,
    pub context_summary: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    Agreed,
    Disputed,
    /// Only one agent said it.
    Single,
}

/// One statement of the contributions and who stands behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub text: String,
    pub agents: Vec<AgentId>,
    pub agreement: Agreement,
}

/// The core of what the agents said, and where they disagree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distillation {
    pub core_insights: Vec<String>,
    pub claims: Vec<Claim>,
    /// Whether each agent's contribution fits what was asked.
    pub alignment_check: BTreeMap<AgentId, bool>,
}

/// What one agent is asked to mend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Directive {
    pub item: ItemId,
    /// The text of the draft's sentences at fault.
    pub faulty_sentences: Vec<String>,
    pub required_change: String,
}

/// Instructions for the next iteration; only the agents named in it run again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RepairDirective {
    pub issues: Vec<String>,
    pub specific_instructions: BTreeMap<AgentId, Vec<Directive>>,
    pub focus_areas: Vec<String>,
}
