//! On what terms an organization asks a provider: what its models cost there, and how much it is
//! asked at a time.

use crate::model::ModelName;
use crate::user::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

const MOST_PRICES: usize = 200;
/// In micro-dollars for a million tokens: a million dollars.
const HIGHEST_PRICE: u64 = 1_000_000_000_000;
const MOST_REQUESTS: u32 = 1_000_000;
const MOST_CALLS: u32 = 10_000;

/// What is not said is unlimited, or costs what the list of prices says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Terms {
    /// For its models, in place of what is known of list prices.
    pub prices: Vec<ModelPrice>,
    /// Calls that begin within a minute, at most; of each process of the server.
    pub requests_per_minute: Option<u32>,
    /// Calls under way at the same time, at most; of each process of the server.
    pub concurrent_calls: Option<u32>,
}

/// In micro-dollars for a million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelPrice {
    /// Without the connection's name: `llama-3.3-70b`.
    pub model: String,
    pub input: u64,
    pub output: u64,
}

impl Terms {
    pub fn check(&self) -> Result<(), Invalid> {
        if self.prices.len() > MOST_PRICES {
            return Err(Invalid::new("prices", "there are at most 200 prices"));
        }
        for (place, price) in self.prices.iter().enumerate() {
            if self.prices[..place]
                .iter()
                .any(|it| it.model == price.model)
            {
                return Err(Invalid::new(
                    "prices",
                    "a model has one price: one is there twice",
                ));
            }
            if price.input > HIGHEST_PRICE || price.output > HIGHEST_PRICE {
                return Err(no_price());
            }
            if price.model.len() > 200 || format!("x/{}", price.model).parse::<ModelName>().is_err()
            {
                return Err(no_price());
            }
        }
        let within = |number: Option<u32>, most| number.is_none_or(|it| (1..=most).contains(&it));
        if !within(self.requests_per_minute, MOST_REQUESTS) {
            return Err(no_rate());
        }
        if !within(self.concurrent_calls, MOST_CALLS) {
            return Err(no_calls());
        }
        Ok(())
    }

    pub fn price(&self, model: &str) -> Option<&ModelPrice> {
        self.prices.iter().find(|price| price.model == model)
    }

    pub fn is_limited(&self) -> bool {
        self.requests_per_minute.is_some() || self.concurrent_calls.is_some()
    }

    /// As a page sends it. People copy whole names of models: `name` is the connection's.
    pub fn read(
        prices: &str,
        name: &str,
        requests_per_minute: &str,
        concurrent_calls: &str,
    ) -> Result<Self, Invalid> {
        let lines = prices.lines().map(str::trim).filter(|it| !it.is_empty());
        let read: Option<Vec<_>> = lines.map(|line| ModelPrice::read(line, name)).collect();
        let number = |text: &str, invalid: fn() -> Invalid| match text.trim() {
            "" => Ok(None),
            number => number.parse().map(Some).map_err(|_| invalid()),
        };
        let terms = Self {
            prices: read.ok_or_else(no_price)?,
            requests_per_minute: number(requests_per_minute, no_rate)?,
            concurrent_calls: number(concurrent_calls, no_calls)?,
        };
        terms.check()?;
        Ok(terms)
    }

    /// The prices as they are typed.
    pub fn prices_as_text(&self) -> String {
        let mut text = String::new();
        for ModelPrice {
            model,
            input,
            output,
        } in &self.prices
        {
            let _ = writeln!(text, "{model} {} {}", dollars(*input), dollars(*output));
        }
        text.truncate(text.trim_end().len());
        text
    }
}

impl ModelPrice {
    /// `llama-3.3-70b 0.60 2.40`, in dollars.
    fn read(line: &str, name: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let model = words.next()?;
        let bare = model.strip_prefix(name).and_then(|it| it.strip_prefix('/'));
        let price = Self {
            model: bare.unwrap_or(model).to_owned(),
            input: micros(words.next()?)?,
            output: micros(words.next()?)?,
        };
        words.next().is_none().then_some(price)
    }
}

/// Without floating point: what is typed is what is kept.
fn micros(dollars: &str) -> Option<u64> {
    let text = dollars.strip_prefix('$').unwrap_or(dollars);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 6 || !digits(whole) || !digits(part) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = format!("{part:0<6}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(part)
}

fn dollars(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn no_price() -> Invalid {
    Invalid::new(
        "prices",
        "write a model and what a million tokens cost in dollars, in and out, on each line: \
         llama-3.3-70b 0.60 2.40",
    )
}

fn no_rate() -> Invalid {
    Invalid::new(
        "requests_per_minute",
        "requests per minute lie between 1 and 1,000,000; empty is no limit",
    )
}

fn no_calls() -> Invalid {
    Invalid::new(
        "concurrent_calls",
        "calls at the same time lie between 1 and 10,000; empty is no limit",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_kept_as_they_are_typed() {
        let typed = "llama-3.3-70b 0.60 2.4\n\n lab/qwen/qwen3  $1 0.000001 \nfree 0 0";
        let terms = Terms::read(typed, "lab", " 60 ", "").unwrap();
        assert_eq!(
            terms.prices_as_text(),
            "llama-3.3-70b 0.6 2.4\nqwen/qwen3 1 0.000001\nfree 0 0"
        );
        let price = terms.price("llama-3.3-70b").unwrap();
        assert_eq!((price.input, price.output), (600_000, 2_400_000));
        assert_eq!(
            (terms.requests_per_minute, terms.concurrent_calls),
            (Some(60), None)
        );
        let again = Terms::read(&terms.prices_as_text(), "lab", "60", "").unwrap();
        assert_eq!(again, terms);
    }

    #[test]
    fn what_cannot_be_meant_says_which_field() {
        for (prices, rate, calls, field) in [
            ("model", "", "", "prices"),
            ("model 1", "", "", "prices"),
            ("model 1 2 3", "", "", "prices"),
            ("model 1,5 2", "", "", "prices"),
            ("model -1 2", "", "", "prices"),
            ("model 0.0000001 2", "", "", "prices"),
            ("model 1000001 2", "", "", "prices"),
            ("model 99999999999999999999 2", "", "", "prices"),
            ("model 1 2\nmodel 1 2", "", "", "prices"),
            ("", "0", "", "requests_per_minute"),
            ("", "many", "", "requests_per_minute"),
            ("", "", "0", "concurrent_calls"),
            ("", "", "-1", "concurrent_calls"),
        ] {
            let refused = Terms::read(prices, "lab", rate, calls).unwrap_err();
            assert_eq!(refused.field, field, "{prices:?} {rate:?} {calls:?}");
        }
    }
}
