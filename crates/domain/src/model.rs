//! How models are named and configured. Which models exist is the `llm` crate's business.

use crate::line::check_all;
use crate::user::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `provider/model`, for example `openai/gpt-5.1` or `local/smollm2-135m-instruct`.
/// The model part may contain slashes itself (`compatible/meta/llama-3`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName {
    provider: String,
    model: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a model name: write provider/model, for example openai/gpt-5.1 or local/smollm2-135m-instruct"
)]
pub struct InvalidModelName(String);

impl ModelName {
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The provider's own name for the model.
    pub fn model(&self) -> &str {
        &self.model
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ModelName {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        String::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ModelName {}

impl FromStr for ModelName {
    type Err = InvalidModelName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidModelName(text.chars().take(80).collect());
        let (provider, model) = text.trim().split_once('/').ok_or_else(invalid)?;
        let plain = |part: &str| {
            !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control())
        };
        if !plain(provider) || !plain(model) {
            return Err(invalid());
        }
        Ok(Self {
            provider: provider.to_owned(),
            model: model.to_owned(),
        })
    }
}

impl TryFrom<String> for ModelName {
    type Error = InvalidModelName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// The specification's LLMConfig. Every field is optional: an absent one is not sent at all,
/// because some models refuse parameters that others require.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LlmConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelName>,
    /// Tried in order when `model` fails for good.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<ModelName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
}

impl LlmConfig {
    pub fn check(&self) -> Result<(), Invalid> {
        let within = |value: Option<f64>, low: f64, high: f64| {
            value.is_none_or(|value| (low..=high).contains(&value))
        };
        check_all(&[
            (
                within(self.temperature, 0.0, 2.0),
                "llm_config.temperature",
                "the temperature lies between 0 and 2",
            ),
            (
                self.max_tokens
                    .is_none_or(|tokens| (16..=1_000_000).contains(&tokens)),
                "llm_config.max_tokens",
                "max_tokens lies between 16 and 1,000,000",
            ),
            (
                within(self.top_p, 0.0, 1.0),
                "llm_config.top_p",
                "top_p lies between 0 and 1",
            ),
            (
                within(self.frequency_penalty, -2.0, 2.0),
                "llm_config.frequency_penalty",
                "the frequency penalty lies between -2 and 2",
            ),
            (
                within(self.presence_penalty, -2.0, 2.0),
                "llm_config.presence_penalty",
                "the presence penalty lies between -2 and 2",
            ),
            (
                self.fallbacks.len() <= 5,
                "llm_config.fallbacks",
                "an agent has at most 5 fallbacks",
            ),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, provider, model) in [
            ("openai/gpt-5.1", "openai", "gpt-5.1"),
            (" ollama/llama3.2:1b ", "ollama", "llama3.2:1b"),
            ("compatible/meta/llama-3", "compatible", "meta/llama-3"),
            (
                "compatible//models/a#1.gguf",
                "compatible",
                "/models/a#1.gguf",
            ),
        ] {
            let name: ModelName = text.parse().unwrap();
            assert_eq!((name.provider(), name.model()), (provider, model));
            assert_eq!(name.to_string(), text.trim());
        }
        for text in [
            "",
            "gpt-5.1",
            "/x",
            "openai/",
            "open ai/x",
            "openai/a b",
            "openai/a\nb",
        ] {
            assert!(text.parse::<ModelName>().is_err(), "{text:?}");
        }
    }
}
