//! An agent's form.

use super::{Fields, Typed, Writing};
use crate::agent::AgentForm;
use crate::model::LlmConfig;
use crate::user::Invalid;

const NUMBER: &str = "write a number, or nothing";
const WHOLE: &str = "write a whole number, or nothing";

impl AgentForm {
    pub fn to_fields(&self) -> Fields {
        let mut fields = Writing::default();
        fields.set("name", &self.name);
        fields.set("role", &self.role);
        fields.set("goal", &self.goal);
        fields.set("backstory", &self.backstory);
        fields.choice("output_format", self.output_format);
        let config = &self.llm_config;
        fields.some("llm_config.model", config.model.as_ref());
        fields.models("llm_config.fallbacks", &config.fallbacks);
        fields.some("llm_config.temperature", config.temperature);
        fields.some("llm_config.max_tokens", config.max_tokens);
        fields.some("llm_config.top_p", config.top_p);
        fields.some("llm_config.frequency_penalty", config.frequency_penalty);
        fields.some("llm_config.presence_penalty", config.presence_penalty);
        fields.check("allow_delegation", self.allow_delegation);
        fields.check("verbose", self.verbose);
        fields.check("is_active", self.is_active);
        fields.0
    }

    /// Whether numbers and texts lie within their bounds is [`Self::check`]'s business.
    pub fn from_fields(fields: &Fields) -> Result<Self, Invalid> {
        let typed = Typed(fields);
        Ok(Self {
            name: typed.line("name"),
            role: typed.line("role"),
            goal: typed.text("goal"),
            backstory: typed.text("backstory"),
            output_format: typed.choice("output_format", "this output format is not known")?,
            llm_config: LlmConfig {
                model: typed.model("llm_config.model")?,
                fallbacks: typed.models("llm_config.fallbacks")?,
                temperature: typed.number("llm_config.temperature", NUMBER)?,
                max_tokens: typed.number("llm_config.max_tokens", WHOLE)?,
                top_p: typed.number("llm_config.top_p", NUMBER)?,
                frequency_penalty: typed.number("llm_config.frequency_penalty", NUMBER)?,
                presence_penalty: typed.number("llm_config.presence_penalty", NUMBER)?,
            },
            allow_delegation: typed.is_checked("allow_delegation"),
            verbose: typed.is_checked("verbose"),
            is_active: typed.is_checked("is_active"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::OutputFormat;

    fn form() -> AgentForm {
        AgentForm {
            name: "Legal Clarity".to_owned(),
            role: "checks what the law says".to_owned(),
            goal: "Name the rules.\nSay what they forbid.".to_owned(),
            backstory: String::new(),
            output_format: OutputFormat::Markdown,
            llm_config: LlmConfig {
                model: "openai/gpt-5.1".parse().ok(),
                fallbacks: vec!["ollama/a".parse().unwrap(), "ollama/b".parse().unwrap()],
                temperature: Some(0.2),
                max_tokens: Some(800),
                frequency_penalty: Some(-1.5),
                ..LlmConfig::default()
            },
            allow_delegation: true,
            verbose: false,
            is_active: true,
        }
    }

    #[test]
    fn what_a_form_holds_is_the_agent() {
        let fields = form().to_fields();
        assert_eq!(fields["llm_config.fallbacks"], "ollama/a\nollama/b");
        assert_eq!(fields["output_format"], "markdown");
        assert!(!fields.contains_key("verbose") && !fields.contains_key("llm_config.top_p"));
        assert_eq!(AgentForm::from_fields(&fields), Ok(form()));
        for agent in crate::shipped::agents() {
            let form = AgentForm {
                name: agent.name,
                role: agent.role,
                goal: agent.goal,
                llm_config: agent.llm_config,
                ..form()
            };
            assert_eq!(AgentForm::from_fields(&form.to_fields()), Ok(form));
        }
    }

    #[test]
    fn what_browsers_send_is_read() {
        let mut fields = form().to_fields();
        for (name, text) in [
            ("name", " Legal Clarity "),
            ("goal", "Name the rules.\r\nSay what they forbid.\r\n"),
            ("llm_config.fallbacks", "ollama/a\r\n\r\n ollama/b \r\n"),
            ("llm_config.top_p", " "),
            ("llm_config.temperature", " 0.2 "),
        ] {
            fields.insert(name.to_owned(), text.to_owned());
        }
        assert_eq!(AgentForm::from_fields(&fields), Ok(form()));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (name, text) in [
            ("output_format", "poem"),
            ("llm_config.model", "gpt"),
            ("llm_config.fallbacks", "openai/a\nb"),
            ("llm_config.temperature", "warm"),
            ("llm_config.max_tokens", "1.5"),
            ("llm_config.presence_penalty", "-"),
        ] {
            let mut fields = form().to_fields();
            fields.insert(name.to_owned(), text.to_owned());
            let invalid = AgentForm::from_fields(&fields).unwrap_err();
            assert_eq!(invalid.field, name, "{text}");
        }
    }
}
