//! A workflow's form. Which agents take part, and in which order, is a number for each of them.

use super::{Fields, Typed, Writing};
use crate::id::AgentId;
use crate::user::Invalid;
use crate::workflow::{BudgetLimits, WorkflowForm};

/// Before an agent's id, in the name of its field.
const PLACE: &str = "agent.";
const WHOLE: &str = "write a whole number, or nothing";
const MICROS: f64 = 1e6;

impl WorkflowForm {
    pub fn to_fields(&self) -> Fields {
        let mut fields = Writing::default();
        fields.set("name", &self.name);
        fields.set("description", &self.description);
        for (index, agent) in self.agent_ids.iter().enumerate() {
            fields.set(&format!("{PLACE}{agent}"), index + 1);
        }
        fields.choice("execution_mode", self.execution_mode);
        fields.choice("synthesis_mode", self.synthesis_mode);
        fields.set("quality_threshold", self.quality_threshold);
        fields.set("max_n2_iterations", self.max_n2_iterations);
        fields.some("model", self.model.as_ref());
        fields.models("synthesizer_models", &self.synthesizer_models);
        fields.models("judge_models", &self.judge_models);
        fields.some("budget.calls", self.budget.calls);
        fields.some("budget.tokens", self.budget.tokens);
        let dollars = self.budget.cost_micros.map(|micros| micros as f64 / MICROS);
        fields.some("budget.cost", dollars);
        fields.some("deadline_s", self.deadline_s);
        fields.some("soft_deadline_s", self.soft_deadline_s);
        fields.check("is_public", self.is_public);
        fields.0
    }

    /// Whether numbers and texts lie within their bounds is [`Self::check`]'s business.
    pub fn from_fields(fields: &Fields) -> Result<Self, Invalid> {
        let typed = Typed(fields);
        let usual = Self::usual();
        Ok(Self {
            name: typed.line("name"),
            description: typed.text("description"),
            agent_ids: agents(fields)?,
            execution_mode: typed.choice("execution_mode", "this order is not known")?,
            synthesis_mode: typed.choice("synthesis_mode", "this way to weave is not known")?,
            quality_threshold: typed
                .number(
                    "quality_threshold",
                    "the quality threshold is a number between 0 and 10",
                )?
                .unwrap_or(usual.quality_threshold),
            max_n2_iterations: typed
                .number(
                    "max_n2_iterations",
                    "the rounds are a whole number between 1 and 20",
                )?
                .unwrap_or(usual.max_n2_iterations),
            model: typed.model("model")?,
            synthesizer_models: typed.models("synthesizer_models")?,
            judge_models: typed.models("judge_models")?,
            budget: BudgetLimits {
                calls: typed.number("budget.calls", WHOLE)?,
                tokens: typed.number("budget.tokens", WHOLE)?,
                cost_micros: cost(&typed)?,
            },
            deadline_s: typed.number("deadline_s", WHOLE)?,
            soft_deadline_s: typed.number("soft_deadline_s", WHOLE)?,
            is_public: typed.is_checked("is_public"),
        })
    }
}

fn cost(typed: &Typed<'_>) -> Result<Option<u64>, Invalid> {
    let dollars: Option<f64> = typed.number("budget.cost", "write an amount in US dollars")?;
    let Some(dollars) = dollars else {
        return Ok(None);
    };
    if !(0.000_001..=1e6).contains(&dollars) {
        return Err(Invalid::new(
            "budget.cost",
            "a budget has 0.000001 to 1,000,000 US dollars",
        ));
    }
    Ok(Some((dollars * MICROS).round() as u64))
}

/// By their numbers; equal ones as their ids are written.
fn agents(fields: &Fields) -> Result<Vec<AgentId>, Invalid> {
    let mut placed = Vec::new();
    for (name, text) in fields {
        let Some(id) = name.strip_prefix(PLACE) else {
            continue;
        };
        if text.trim().is_empty() {
            continue;
        }
        let place: u32 = text.trim().parse().map_err(|_| {
            Invalid::new(
                "agent_ids",
                "number the agents that take part: 1, 2, 3; leave the others empty",
            )
        })?;
        placed.push((place, AgentId::from(id)));
    }
    placed.sort();
    Ok(placed.into_iter().map(|(_, id)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{ExecutionMode, SynthesisMode};

    fn form() -> WorkflowForm {
        WorkflowForm {
            name: "Two views".to_owned(),
            description: "A plan and a second look.".to_owned(),
            agent_ids: vec![AgentId::from("strategic"), AgentId::from("analytical")],
            execution_mode: ExecutionMode::Sequential,
            synthesis_mode: SynthesisMode::Combined,
            quality_threshold: 8.5,
            max_n2_iterations: 3,
            model: None,
            synthesizer_models: vec!["openai/a".parse().unwrap(), "openai/b".parse().unwrap()],
            judge_models: Vec::new(),
            budget: BudgetLimits {
                calls: Some(40),
                tokens: None,
                cost_micros: Some(250_000),
            },
            deadline_s: Some(600),
            soft_deadline_s: None,
            is_public: true,
        }
    }

    #[test]
    fn what_a_form_holds_is_the_workflow() {
        let fields = form().to_fields();
        assert_eq!(fields["agent.strategic"], "1");
        assert_eq!(fields["budget.cost"], "0.25");
        assert!(!fields.contains_key("soft_deadline_s"));
        assert_eq!(WorkflowForm::from_fields(&fields), Ok(form()));
    }

    #[test]
    fn numbers_order_the_agents() {
        let ordered = |places: &[(&str, &str)]| {
            let mut fields = Fields::new();
            for (agent, place) in places {
                fields.insert(format!("agent.{agent}"), (*place).to_owned());
            }
            let ids = WorkflowForm::from_fields(&fields)?.agent_ids;
            Ok(ids.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(
            ordered(&[("a", "10"), ("b", "2"), ("c", ""), ("d", "2")]),
            Ok(vec!["b".to_owned(), "d".to_owned(), "a".to_owned()])
        );
        let refused: Result<Vec<String>, Invalid> = ordered(&[("a", "first")]);
        assert_eq!(refused.unwrap_err().field, "agent_ids");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (name, text) in [
            ("execution_mode", "backwards"),
            ("quality_threshold", "high"),
            ("max_n2_iterations", "2.5"),
            ("judge_models", "nobody"),
            ("budget.calls", "many"),
            ("budget.cost", "-1"),
            ("budget.cost", "NaN"),
            ("deadline_s", "1 h"),
        ] {
            let mut fields = form().to_fields();
            fields.insert(name.to_owned(), text.to_owned());
            let invalid = WorkflowForm::from_fields(&fields).unwrap_err();
            assert_eq!(invalid.field, name, "{text}");
        }
    }
}
