//! The one table of list prices. A model that is not in it has an unknown price, never 0.

use crate::catalog::{LOCAL, Provider};
use domain::{Cost, ModelName, Tokens};

/// The day the table was compared with the providers' price lists.
pub const PRICES_AS_OF: &str = "2026-10-07";

/// Micro-dollars for a million tokens, at the standard rate for short prompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub input: u64,
    pub output: u64,
}

/// In dollars, as the lists print them.
const PRICES: &[(Provider, &str, f64, f64)] = &[
    (Provider::OpenAi, "gpt-6-astra", 10.0, 50.0),
    (Provider::OpenAi, "gpt-6-sol", 2.0, 10.0),
    (Provider::OpenAi, "gpt-6-luna", 0.10, 0.50),
    (Provider::OpenAi, "gpt-5.6", 4.0, 20.0),
    (Provider::OpenAi, "gpt-5.6-sol", 4.0, 20.0),
    (Provider::OpenAi, "gpt-5.6-terra", 2.0, 12.0),
    (Provider::OpenAi, "gpt-5.6-luna", 0.20, 1.20),
    (Provider::OpenAi, "gpt-5.5", 5.0, 30.0),
    (Provider::OpenAi, "gpt-5.4", 2.5, 15.0),
    (Provider::OpenAi, "gpt-5.4-mini", 0.75, 4.5),
    (Provider::OpenAi, "gpt-5.2", 1.75, 14.0),
    (Provider::OpenAi, "gpt-5.1", 1.25, 10.0),
    (Provider::OpenAi, "gpt-5", 1.25, 10.0),
    (Provider::OpenAi, "gpt-5-mini", 0.25, 2.0),
    (Provider::OpenAi, "gpt-5-nano", 0.05, 0.40),
    (Provider::OpenAi, "gpt-4.1", 2.0, 8.0),
    (Provider::OpenAi, "gpt-4.1-mini", 0.40, 1.60),
    (Provider::OpenAi, "gpt-4.1-nano", 0.10, 0.40),
    (Provider::OpenAi, "gpt-4o", 2.5, 10.0),
    (Provider::OpenAi, "gpt-4o-mini", 0.15, 0.60),
    (Provider::OpenAi, "o3", 2.0, 8.0),
    (Provider::OpenAi, "o4-mini", 1.10, 4.40),
    (Provider::Anthropic, "claude-fable-5-2", 8.0, 40.0),
    (Provider::Anthropic, "claude-fable-5-1", 10.0, 50.0),
    (Provider::Anthropic, "claude-fable-5", 10.0, 50.0),
    (Provider::Anthropic, "claude-opus-5-5", 4.0, 20.0),
    (Provider::Anthropic, "claude-opus-5", 5.0, 25.0),
    (Provider::Anthropic, "claude-sonnet-5-5", 2.0, 10.0),
    (Provider::Anthropic, "claude-sonnet-5", 2.0, 10.0),
    (Provider::Anthropic, "claude-haiku-5-5", 0.10, 0.50),
    (Provider::Anthropic, "claude-opus-4-6", 5.0, 25.0),
    (Provider::Anthropic, "claude-opus-4-5", 5.0, 25.0),
    (Provider::Anthropic, "claude-opus-4-1", 15.0, 75.0),
    (Provider::Anthropic, "claude-sonnet-4-6", 3.0, 15.0),
    (Provider::Anthropic, "claude-sonnet-4-5", 3.0, 15.0),
    (Provider::Anthropic, "claude-sonnet-4", 3.0, 15.0),
    (Provider::Anthropic, "claude-haiku-4-5", 1.0, 5.0),
    (Provider::Gemini, "gemini-3.8-flash", 0.75, 3.75),
    (Provider::Gemini, "gemini-3.5-flash", 1.5, 9.0),
    (Provider::Gemini, "gemini-3.5-flash-lite", 0.30, 2.5),
    (Provider::Gemini, "gemini-3.1-pro", 2.0, 12.0),
    (Provider::Gemini, "gemini-3-flash", 0.50, 3.0),
    (Provider::Gemini, "gemini-2.5-pro", 1.25, 10.0),
    (Provider::Gemini, "gemini-2.5-flash", 0.30, 2.5),
    (Provider::Gemini, "gemini-2.5-flash-lite", 0.10, 0.40),
];

/// The list price of a model. A compatible server may sell a known model at any price, so its
/// models have none.
pub fn price(model: &ModelName) -> Option<Price> {
    if model.provider() == LOCAL || model.provider() == Provider::Ollama.name() {
        return Some(Price {
            input: 0,
            output: 0,
        });
    }
    let (_, _, input, output) = PRICES.iter().find(|(provider, name, ..)| {
        provider.name() == model.provider() && is_version_of(model.model(), name)
    })?;
    let micros = |dollars: f64| (dollars * 1e6).round() as u64;
    Some(Price {
        input: micros(*input),
        output: micros(*output),
    })
}

/// `gpt-4o-2024-08-06` and `gemini-3.1-pro-preview` are versions of the listed name;
/// `gpt-4o-audio` and `gpt-5.4` of `gpt-5` are other models at other prices.
fn is_version_of(model: &str, name: &str) -> bool {
    let Some(rest) = model.strip_prefix(name) else {
        return false;
    };
    let dated = |part: &str| {
        matches!(part, "latest" | "preview")
            || (part.len() != 1 && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    rest.is_empty()
        || rest
            .strip_prefix('-')
            .is_some_and(|rest| rest.split('-').all(dated))
}

/// What a call cost, rounded up to whole micro-dollars.
pub fn cost(model: &ModelName, tokens: Tokens) -> Cost {
    price(model).map_or(Cost::UNKNOWN, |price| price.of(tokens))
}

impl Price {
    /// Whatever numbers a provider counts and somebody writes as its price.
    pub fn of(self, tokens: Tokens) -> Cost {
        let each = |count: u64, price: u64| u128::from(count) * u128::from(price);
        let total = each(tokens.input, self.input) + each(tokens.output, self.output);
        Cost::micros(u64::try_from(total.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices() {
        let million = Tokens::new(1_000_000, 1_000_000);
        for (model, dollars) in [
            ("openai/gpt-5.1", Some(11.25)),
            ("openai/gpt-5.1-2025-11-13", Some(11.25)),
            ("openai/gpt-5-mini", Some(2.25)),
            ("openai/gpt-5-pro", None),
            ("openai/gpt-5.9", None),
            ("openai/gpt-4o-audio-preview", None),
            ("anthropic/claude-sonnet-4-5-20250929", Some(18.0)),
            ("anthropic/claude-sonnet-5-9", None),
            ("anthropic/claude-sonnet-5-5", Some(12.0)),
            ("gemini/gemini-3.1-pro-preview", Some(14.0)),
            ("gemini/gemini-2.5-flash-preview-09-2025", Some(2.8)),
            ("compatible/gpt-5.1", None),
            ("ollama/llama3.2", Some(0.0)),
            ("local/smollm2-135m-instruct", Some(0.0)),
        ] {
            assert_eq!(
                cost(&model.parse().unwrap(), million).usd(),
                dollars,
                "{model}"
            );
        }
    }

    #[test]
    fn fractions_of_a_micro_dollar_round_up() {
        let model = "openai/gpt-5-nano".parse().unwrap();
        assert_eq!(cost(&model, Tokens::new(1, 0)), Cost::micros(1));
        assert_eq!(cost(&model, Tokens::new(0, 0)), Cost::micros(0));
    }
}
