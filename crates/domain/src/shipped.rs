//! The six agents and three workflows that Overmind ships with.

use crate::agent::{AgentConfig, OutputFormat};
use crate::id::{AgentId, WorkflowId};
use crate::model::LlmConfig;
use crate::workflow::{BudgetLimits, ExecutionMode, SynthesisMode, Workflow};

/// The workflow that is used when none is named.
pub const DEFAULT_WORKFLOW: &str = "overmind";

/// Each has a distinct job rather than an adjective: personas alone gain nothing.
pub fn agents() -> Vec<AgentConfig> {
    let agent =
        |id: &str, name: &str, role: &str, goal: &str, backstory: &str, temperature: f64| {
            AgentConfig {
                id: AgentId::from(id),
                name: name.to_owned(),
                role: role.to_owned(),
                goal: goal.to_owned(),
                backstory: backstory.to_owned(),
                output_format: OutputFormat::Sim4Lines,
                llm_config: LlmConfig {
                    temperature: Some(temperature),
                    ..LlmConfig::default()
                },
                allow_delegation: false,
                verbose: false,
                version: 1,
            }
        };
    vec![
        agent(
            "creative",
            "Creative Clarity",
            "finds options",
            "Widen the field: find options that the obvious answer misses, and say what each would look like.",
            "You look for the alternative that nobody has named yet, and you drop it when it does not serve the question.",
            0.9,
        ),
        agent(
            "structural",
            "Structural Clarity",
            "brings order",
            "Put the problem in order: its parts, how they depend on each other, and in which sequence to take them.",
            "You relieve overload. You name the few parts that matter and leave the rest out.",
            0.3,
        ),
        agent(
            "analytical",
            "Analytical Clarity",
            "checks facts and numbers",
            "Find what is wrong or unproven: check facts, figures, definitions and reasoning, and say what is uncertain.",
            "You would rather say that something is not known than repeat it. You give numbers with their units and their source.",
            0.2,
        ),
        agent(
            "empathic",
            "Empathic Clarity",
            "sees the person",
            "See the person who asks: their situation, what they need but did not say, and what would put them off.",
            "You read between the lines without inventing a story, and you care whether the answer can be lived with.",
            0.6,
        ),
        agent(
            "strategic",
            "Strategic Clarity",
            "weighs consequences",
            "Weigh the trade-offs: what follows from each choice, what it costs, and what deserves priority.",
            "You think two steps ahead and you say plainly which option you would take and when you would not.",
            0.4,
        ),
        agent(
            "practical",
            "Practical Clarity",
            "finds the next step",
            "Find the shortest way to act: concrete first steps, what is needed for them, and how to tell that they worked.",
            "You have done it before. You name the step that can be taken today.",
            0.3,
        ),
    ]
}

pub fn workflows() -> Vec<Workflow> {
    let ids = |ids: &[&str]| ids.iter().copied().map(AgentId::from).collect();
    let workflow =
        |id: &str, name: &str, description: &str, agent_ids, synthesis_mode, rounds, calls| {
            Workflow {
                id: WorkflowId::from(id),
                name: name.to_owned(),
                description: description.to_owned(),
                agent_ids,
                execution_mode: ExecutionMode::Parallel,
                synthesis_mode,
                quality_threshold: 9.0,
                max_n2_iterations: rounds,
                model: None,
                synthesizer_models: Vec::new(),
                judge_models: Vec::new(),
                budget: BudgetLimits {
                    calls: Some(calls),
                    ..BudgetLimits::default()
                },
                deadline_s: Some(600),
                soft_deadline_s: None,
                version: 1,
            }
        };
    vec![
        workflow(
            "quick",
            "Quick",
            "One agent, one round, one judgement: for everyday questions.",
            ids(&["practical"]),
            SynthesisMode::Combined,
            1,
            10,
        ),
        workflow(
            "balanced",
            "Balanced",
            "Three agents, woven in one step, one repair if it is needed.",
            ids(&["structural", "analytical", "practical"]),
            SynthesisMode::Combined,
            2,
            24,
        ),
        workflow(
            DEFAULT_WORKFLOW,
            "Overmind",
            "All six agents, every phase on its own, up to four rounds: for questions that matter.",
            ids(&[
                "creative",
                "structural",
                "analytical",
                "empathic",
                "strategic",
                "practical",
            ]),
            SynthesisMode::Staged,
            4,
            80,
        ),
    ]
}

/// For trying one agent out.
pub fn alone(agent: AgentId) -> Workflow {
    Workflow {
        agent_ids: vec![agent],
        ..workflows().remove(0)
    }
}

/// The shipped workflow of that id.
pub fn workflow(id: &str) -> Option<Workflow> {
    workflows()
        .into_iter()
        .find(|workflow| workflow.id.as_str() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflows_name_shipped_agents_and_jobs_differ() {
        let agents = agents();
        for workflow in workflows() {
            for id in &workflow.agent_ids {
                assert!(
                    agents.iter().any(|agent| agent.id == *id),
                    "{} names {id}",
                    workflow.id
                );
            }
        }
        let mut roles: Vec<_> = agents.iter().map(|agent| &agent.role).collect();
        roles.sort();
        roles.dedup();
        assert_eq!(roles.len(), 6);
        assert!(workflow(DEFAULT_WORKFLOW).is_some());
    }
}
