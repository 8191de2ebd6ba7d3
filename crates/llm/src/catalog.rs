//! What is known of providers and their models: names, the variables that connect them,
//! well-known models and how much context they have. Prices are in `price`.

use domain::ModelName;
use engine::llm::ModelTraits;

/// The remote providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    OpenAi,
    Anthropic,
    Gemini,
    Ollama,
    /// Any server that speaks OpenAI's chat completions.
    Compatible,
}

/// The name under which the built-in model is registered.
pub const LOCAL: &str = "local";

impl Provider {
    pub const ALL: [Self; 5] = [
        Self::OpenAi,
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::Compatible,
    ];

    /// The part before the slash in a model's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::Compatible => "compatible",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.name() == name)
    }

    /// What people call it, at the start of a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI",
            Self::Anthropic => "Anthropic",
            Self::Gemini => "Gemini",
            Self::Ollama => "Ollama",
            Self::Compatible => "The OpenAI-compatible provider",
        }
    }

    /// The variable that connects it.
    pub fn variable(self) -> &'static str {
        match self {
            Self::OpenAi => "OPENAI_API_KEY",
            Self::Anthropic => "ANTHROPIC_API_KEY",
            Self::Gemini => "GEMINI_API_KEY",
            Self::Ollama => "OLLAMA_HOST",
            Self::Compatible => "OVERMIND_OPENAI_COMPATIBLE_URL",
        }
    }

    /// Well-known models, the recommended one first. Empty where only the operator knows.
    pub fn well_known(self) -> &'static [&'static str] {
        match self {
            Self::OpenAi => &[
                "gpt-5.1",
                "gpt-5.6-terra",
                "gpt-6-sol",
                "gpt-6-luna",
                "gpt-5-mini",
            ],
            Self::Anthropic => &["claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"],
            Self::Gemini => &[
                "gemini-3.5-flash",
                "gemini-3.1-pro-preview",
                "gemini-2.5-pro",
            ],
            Self::Ollama => &["llama3.2", "qwen3", "gemma3"],
            Self::Compatible => &[],
        }
    }

    /// The model to use when nobody named one.
    pub fn recommended(self) -> Option<ModelName> {
        let model = self.well_known().first()?;
        format!("{}/{model}", self.name()).parse().ok()
    }
}

/// How to connect a provider of this name, as a sentence.
pub fn how_to_connect(name: &str) -> String {
    match Provider::from_name(name) {
        Some(provider) => format!(
            "{} is not configured: set {}.",
            provider.title(),
            provider.variable()
        ),
        None if name == LOCAL => "The built-in model is not available here: fetch it with \
            `make setup`, or name a GGUF file in OVERMIND_LOCAL_MODEL."
            .to_owned(),
        None => {
            let known = Provider::ALL.map(Provider::name).join(", ");
            format!("There is no provider `{name}`: use one of {known}, {LOCAL}.")
        }
    }
}

/// Context windows by the start of a model's name, longer beginnings first. Families that are
/// not listed get `UNLISTED`: what every current hosted model has.
const CONTEXTS: &[(&str, u32)] = &[
    ("gpt-6", 1_050_000),
    ("gpt-5.6", 1_050_000),
    ("gpt-5", 400_000),
    ("gpt-4.1", 1_047_576),
    ("gpt-4o", 128_000),
    ("gpt-4-turbo", 128_000),
    ("gpt-4", 8_192),
    ("gpt-3.5", 16_385),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o4", 200_000),
    ("claude-fable-5", 1_000_000),
    ("claude-opus-5", 1_000_000),
    ("claude-sonnet-5", 1_000_000),
    ("claude-haiku-5", 1_000_000),
    ("claude", 200_000),
    ("gemini", 1_048_576),
];

const UNLISTED: u32 = 32_768;

/// Ollama cuts prompts off without a word at the context it was started with.
const OLLAMA_CONTEXT: u32 = 8_192;

pub fn traits(model: &ModelName) -> ModelTraits {
    let provider = Provider::from_name(model.provider()).unwrap_or(Provider::Compatible);
    traits_at(provider, model)
}

/// The same where the first part of the name is a connection's own.
pub(crate) fn traits_at(provider: Provider, model: &ModelName) -> ModelTraits {
    let context_tokens = if provider == Provider::Ollama {
        OLLAMA_CONTEXT
    } else {
        let base = bare_name(model);
        CONTEXTS
            .iter()
            .find(|(start, _)| base.starts_with(start))
            .map_or(UNLISTED, |(_, context)| *context)
    };
    ModelTraits {
        context_tokens,
        small: false,
    }
}

/// The model's own name: `gpt-4o` in `compatible/openai/gpt-4o`.
pub(crate) fn bare_name(model: &ModelName) -> &str {
    model.model().rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recommended_models_are_priced_and_have_names() {
        for provider in Provider::ALL {
            assert_eq!(Provider::from_name(provider.name()), Some(provider));
            for model in provider.well_known() {
                let name: ModelName = format!("{}/{model}", provider.name()).parse().unwrap();
                assert!(crate::price::price(&name).is_some(), "{name} has a price");
            }
        }
        assert_eq!(
            Provider::OpenAi.recommended().unwrap().to_string(),
            "openai/gpt-5.1"
        );
        assert_eq!(Provider::Compatible.recommended(), None);
    }

    #[test]
    fn contexts() {
        for (model, context) in [
            ("openai/gpt-5.1", 400_000),
            ("openai/gpt-4", 8_192),
            ("openai/gpt-4o-mini", 128_000),
            ("anthropic/claude-sonnet-4-5", 200_000),
            ("anthropic/claude-sonnet-5-5", 1_000_000),
            ("compatible/openai/gpt-4o", 128_000),
            ("compatible/mystery", UNLISTED),
            ("ollama/llama3.2", OLLAMA_CONTEXT),
        ] {
            assert_eq!(
                traits(&model.parse().unwrap()).context_tokens,
                context,
                "{model}"
            );
        }
    }

    #[test]
    fn advice_names_the_variable() {
        assert!(how_to_connect("gemini").contains("GEMINI_API_KEY"));
        assert!(how_to_connect("local").contains("OVERMIND_LOCAL_MODEL"));
        assert!(how_to_connect("foo").contains("openai, anthropic"));
    }
}
