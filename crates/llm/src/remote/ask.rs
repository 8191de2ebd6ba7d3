//! Turning a request into what is sent: parameters, those that a model refused, the schema.

use crate::catalog::Provider;
use engine::llm::{LlmRequest, ReplyFormat, Schema};
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, JsonSpec, ReasoningEffort};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a model may refuse; the first one that a refusal names is left out first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Parameter {
    JsonSchema,
    FrequencyPenalty,
    PresencePenalty,
    TopP,
    Temperature,
    MaxTokens,
}

impl Parameter {
    const ALL: [Self; 6] = [
        Self::JsonSchema,
        Self::FrequencyPenalty,
        Self::PresencePenalty,
        Self::TopP,
        Self::Temperature,
        Self::MaxTokens,
    ];

    /// The name under which a reply reports it as left out.
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonSchema => "json_schema",
            Self::FrequencyPenalty => "frequency_penalty",
            Self::PresencePenalty => "presence_penalty",
            Self::TopP => "top_p",
            Self::Temperature => "temperature",
            Self::MaxTokens => "max_tokens",
        }
    }

    /// What providers call it when they refuse it, in lower case.
    fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::JsonSchema => &[
                "json_schema",
                "response_format",
                "response format",
                "output_config",
                "output_format",
                "responsejsonschema",
                "response_json_schema",
                "responseschema",
                "response_schema",
                "responsemimetype",
                "response_mime_type",
                "structured output",
                "json mode",
                "invalid schema",
            ],
            Self::FrequencyPenalty => &["frequency_penalty", "frequency penalty"],
            Self::PresencePenalty => &["presence_penalty", "presence penalty"],
            Self::TopP => &["top_p", "topp"],
            Self::Temperature => &["temperature"],
            Self::MaxTokens => &["max_tokens", "max_completion_tokens", "maxoutputtokens"],
        }
    }

    /// The sent parameter that a refusal is about: `named` is the provider's own field for it,
    /// where it has one, `words` its message.
    pub fn refused(sent: &BTreeSet<Self>, named: Option<&str>, words: &str) -> Option<Self> {
        [named.unwrap_or_default(), words].iter().find_map(|text| {
            let text = text.to_lowercase();
            Self::ALL.into_iter().find(|parameter| {
                sent.contains(parameter)
                    && parameter
                        .spellings()
                        .iter()
                        .any(|spelling| text.contains(spelling))
            })
        })
    }
}

/// A request in the form that is sent.
pub(super) struct Ask {
    pub chat: ChatRequest,
    pub options: ChatOptions,
    pub sent: BTreeSet<Parameter>,
    /// Asked for, but left out: refused before, or unknown to this provider.
    pub dropped: Vec<String>,
}

impl Ask {
    pub fn new(provider: Provider, request: &LlmRequest, refused: &BTreeSet<Parameter>) -> Self {
        let config = &request.config;
        let openai_shaped = !matches!(provider, Provider::Anthropic | Provider::Gemini);
        let mut ask = Self {
            chat: ChatRequest::default(),
            options: ChatOptions::default().with_capture_usage(true),
            sent: BTreeSet::new(),
            dropped: Vec::new(),
        };
        let mut penalties = Map::new();
        let mut keep = |parameter: Parameter, wanted: bool, known: bool| {
            let kept = wanted && known && !refused.contains(&parameter);
            if kept {
                ask.sent.insert(parameter);
            } else if wanted {
                ask.dropped.push(parameter.name().to_owned());
            }
            kept
        };

        let temperature = config.temperature;
        if keep(Parameter::Temperature, temperature.is_some(), true) {
            ask.options.temperature = temperature;
        }
        if keep(Parameter::TopP, config.top_p.is_some(), true) {
            ask.options.top_p = config.top_p;
        }
        if keep(Parameter::MaxTokens, config.max_tokens.is_some(), true) {
            ask.options.max_tokens = config.max_tokens;
        }
        for (parameter, value) in [
            (Parameter::FrequencyPenalty, config.frequency_penalty),
            (Parameter::PresencePenalty, config.presence_penalty),
        ] {
            if keep(parameter, value.is_some(), openai_shaped) {
                penalties.insert(parameter.name().to_owned(), json!(value));
            }
        }
        let schema = match &request.format {
            ReplyFormat::Json(schema) => Some(schema),
            ReplyFormat::Text | ReplyFormat::Sim => None,
        };
        let as_mode = keep(Parameter::JsonSchema, schema.is_some(), true);

        let mut prompt = request.prompt.clone();
        match schema {
            Some(schema) if as_mode => {
                let spec = JsonSpec::new(schema.name, titled(schema));
                ask.options = ask.options.with_response_format(spec);
            }
            Some(schema) => prompt.push_str(&as_instruction(schema)),
            None => {}
        }
        if openai_shaped {
            // A budget is the one effort that is not sent. Without any, the library would take
            // it from the end of the model's name and ask `qwen-max` as `qwen`.
            ask.options = ask
                .options
                .with_reasoning_effort(ReasoningEffort::Budget(0));
            if !penalties.is_empty() {
                ask.options = ask.options.with_extra_body(Value::Object(penalties));
            }
        }
        ask.chat = ChatRequest::new(vec![ChatMessage::user(prompt)]);
        if !request.system.is_empty() {
            ask.chat = ask.chat.with_system(request.system.clone());
        }
        ask
    }
}

/// The schema with its fixed name as its title: some providers have no other place for it.
fn titled(schema: &Schema) -> Value {
    let mut value = Value::clone(&schema.schema);
    if let Some(object) = value.as_object_mut() {
        object
            .entry("title")
            .or_insert_with(|| Value::from(schema.name));
    }
    value
}

fn as_instruction(schema: &Schema) -> String {
    format!(
        "\n\nReply with one JSON object and nothing else, no code fence. \
        It must match this JSON schema, `{}`:\n{}",
        schema.name,
        titled(schema)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_their_parameter() {
        let all = BTreeSet::from(Parameter::ALL);
        for (named, words, refused) in [
            (
                Some("temperature"),
                "Unsupported value: 'temperature' does not support 0.2 with this model.",
                Some(Parameter::Temperature),
            ),
            (
                Some("max_tokens"),
                "Unsupported parameter: 'max_tokens' is not supported with this model.",
                Some(Parameter::MaxTokens),
            ),
            (
                None,
                "`temperature` and `top_p` cannot both be specified for this model.",
                Some(Parameter::TopP),
            ),
            (
                Some("response_format"),
                "Invalid parameter: 'response_format' of type 'json_schema' is not supported.",
                Some(Parameter::JsonSchema),
            ),
            (
                None,
                "output_config.format: Structured outputs are not supported by this model",
                Some(Parameter::JsonSchema),
            ),
            (
                None,
                "Invalid JSON payload: Unknown name \"topP\"",
                Some(Parameter::TopP),
            ),
            (Some("messages"), "messages must not be empty", None),
        ] {
            assert_eq!(Parameter::refused(&all, named, words), refused, "{words}");
        }
        let nothing = BTreeSet::new();
        assert_eq!(Parameter::refused(&nothing, None, "temperature"), None);
    }
}
