//! What the mock answers, and how fast: rules that tests build and the binary reads from a file.

use crate::wire::{Request, Wire};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// The only key that is accepted; any, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Calls are answered and not recorded, for loads of many thousands.
    pub forgetful: bool,
    /// Where a rule has no pace of its own.
    pub pace: Pace,
    /// The first one that fits and is not used up decides. When none does, the answer is
    /// generated.
    pub rules: Vec<Rule>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    pub when: When,
    pub then: Then,
    /// Used up after this many answers; never, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// Which calls a rule is for. Every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<Wire>,
    /// The name of the JSON schema that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Somewhere in the system text or the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_contains: Option<String>,
    /// A place in the request's body, as a JSON pointer: `/temperature`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has: Option<String>,
    /// Only the n-th call, from 1, of those that fit otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Then {
    #[serde(flatten)]
    pub answer: Answer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// Break the connection after this many pieces of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_after: Option<usize>,
    /// Say nothing more after this many pieces of text, without closing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stall_after: Option<usize>,
    /// Report that the reply was cut at the token limit.
    #[serde(default)]
    pub cut: bool,
    /// Leave out the token counts.
    #[serde(default)]
    pub no_usage: bool,
    /// End a stream without its closing mark, as some servers do.
    #[serde(default)]
    pub no_end: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Text(String),
    Json(Value),
    /// From the schema that was sent, or a few sentences.
    Generated {},
    Status(Status),
    /// Something in place of the reply that does not parse.
    InvalidJson {},
    /// The request is read, and that is all.
    Never {},
    /// A reply of this size.
    Huge {
        bytes: usize,
    },
}

impl Default for Answer {
    fn default() -> Self {
        Self::Generated {}
    }
}

/// An answer with a status, as a rule an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Status {
    pub status: u16,
    /// In the provider's own form of an error.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    pub headers: BTreeMap<String, String>,
    /// In place of the provider's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// How fast an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pace {
    /// Before the first byte.
    pub first: Latency,
    /// Before every further piece of text.
    pub chunk_ms: u64,
    /// The size of a piece of text.
    pub chunk_chars: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Latency::None {},
            chunk_ms: 0,
            chunk_chars: 24,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    None {},
    FixedMs(u64),
    /// What real providers show: a long tail, and now and then a stall. The n-th call of every
    /// run waits the same.
    LogNormal {
        median_ms: f64,
        sigma: f64,
        /// Every how many calls one stalls; 0 for never.
        #[serde(default)]
        stall_every: u64,
        #[serde(default)]
        stall_ms: u64,
    },
}

impl Latency {
    /// The wait of the call with this number, from 0.
    pub fn of_call(&self, number: u64) -> Duration {
        match *self {
            Self::None {} => Duration::ZERO,
            Self::FixedMs(millis) => Duration::from_millis(millis),
            Self::LogNormal {
                median_ms,
                sigma,
                stall_every,
                stall_ms,
            } => {
                let mut random = fastrand::Rng::with_seed(number);
                // Box-Muller: two even numbers make one normal one.
                let (a, b) = (1.0 - random.f64(), random.f64());
                let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
                let stalls = stall_every > 0 && number % stall_every == stall_every - 1;
                let stall = if stalls { stall_ms as f64 } else { 0.0 };
                let millis = median_ms * (sigma * normal).exp() + stall;
                Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default()
            }
        }
    }
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts this key only.
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub fn forgetful(mut self) -> Self {
        self.forgetful = true;
        self
    }

    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Answers every such call like this.
    pub fn on(mut self, when: When, then: Then) -> Self {
        self.rules.push(Rule {
            when,
            then,
            times: None,
        });
        self
    }

    /// Answers the first such calls like this, the others by the rules that follow.
    pub fn times(mut self, times: u32, when: When, then: Then) -> Self {
        self.rules.push(Rule {
            when,
            then,
            times: Some(times),
        });
        self
    }
}

impl When {
    pub fn any() -> Self {
        Self::default()
    }

    pub fn wire(mut self, wire: Wire) -> Self {
        self.wire = Some(wire);
        self
    }

    pub fn schema(mut self, name: &str) -> Self {
        self.schema = Some(name.to_owned());
        self
    }

    pub fn model(mut self, model: &str) -> Self {
        self.model = Some(model.to_owned());
        self
    }

    pub fn prompt_contains(mut self, text: &str) -> Self {
        self.prompt_contains = Some(text.to_owned());
        self
    }

    pub fn has(mut self, pointer: &str) -> Self {
        self.has = Some(pointer.to_owned());
        self
    }

    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = Some(nth);
        self
    }

    /// Whether this call fits, `nth` aside.
    pub(crate) fn fits(&self, request: &Request) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        self.wire.is_none_or(|wire| wire == request.wire)
            && is(&self.schema, request.schema_name.as_deref())
            && is(&self.model, Some(&request.model))
            && self
                .prompt_contains
                .as_deref()
                .is_none_or(|text| request.prompt.contains(text) || request.system.contains(text))
            && self
                .has
                .as_deref()
                .is_none_or(|pointer| request.body.pointer(pointer).is_some())
    }
}

impl From<Answer> for Then {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            ..Self::default()
        }
    }
}

impl Then {
    pub fn text(text: &str) -> Self {
        Answer::Text(text.to_owned()).into()
    }

    pub fn json(json: Value) -> Self {
        Answer::Json(json).into()
    }

    pub fn generated() -> Self {
        Self::default()
    }

    pub fn status(status: u16, message: &str) -> Self {
        Answer::Status(Status {
            status,
            message: message.to_owned(),
            ..Status::default()
        })
        .into()
    }

    pub fn invalid_json() -> Self {
        Answer::InvalidJson {}.into()
    }

    pub fn never() -> Self {
        Answer::Never {}.into()
    }

    pub fn huge(bytes: usize) -> Self {
        Answer::Huge { bytes }.into()
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        self.map_status(|status| {
            status.headers.insert(name.to_owned(), value.to_owned());
        })
    }

    pub fn code(self, code: &str) -> Self {
        self.map_status(|status| status.code = Some(code.to_owned()))
    }

    pub fn param(self, param: &str) -> Self {
        self.map_status(|status| status.param = Some(param.to_owned()))
    }

    pub fn body(self, body: &str) -> Self {
        self.map_status(|status| status.body = Some(body.to_owned()))
    }

    fn map_status(mut self, change: impl FnOnce(&mut Status)) -> Self {
        if let Answer::Status(status) = &mut self.answer {
            change(status);
        }
        self
    }

    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    pub fn break_after(mut self, pieces: usize) -> Self {
        self.break_after = Some(pieces);
        self
    }

    pub fn stall_after(mut self, pieces: usize) -> Self {
        self.stall_after = Some(pieces);
        self
    }

    pub fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    pub fn no_usage(mut self) -> Self {
        self.no_usage = true;
        self
    }

    pub fn no_end(mut self) -> Self {
        self.no_end = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scripts_are_read_from_json() {
        let script: Script = serde_json::from_value(json!({
            "key": "k",
            "pace": {"first": {"log_normal": {"median_ms": 20, "sigma": 0.5}}, "chunk_ms": 2},
            "rules": [
                {"when": {"schema": "judgement", "nth": 2}, "then": {"json": {"a": 1}}, "times": 1},
                {"when": {"wire": "gemini"}, "then": {"text": "hi", "break_after": 3}},
                {"then": {"status": {"status": 429, "message": "slow down",
                                     "headers": {"retry-after": "1"}}}},
                {"then": {"never": {}}},
                {}
            ]
        }))
        .unwrap();
        assert_eq!(script.rules[0].when, When::any().schema("judgement").nth(2));
        assert_eq!(script.rules[0].then, Then::json(json!({"a": 1})));
        assert_eq!(script.rules[1].then, Then::text("hi").break_after(3));
        let status = Then::status(429, "slow down").header("retry-after", "1");
        assert_eq!(script.rules[2].then, status);
        assert_eq!(script.rules[3].then, Then::never());
        assert_eq!(script.rules[4].then, Then::generated());
        let again: Script = serde_json::from_value(serde_json::to_value(&script).unwrap()).unwrap();
        assert_eq!(again, script);
        assert!(serde_json::from_value::<Script>(json!({"rule": []})).is_err());
    }

    #[test]
    fn latencies_are_spread_around_their_median_and_repeatable() {
        let latency = Latency::LogNormal {
            median_ms: 100.0,
            sigma: 0.5,
            stall_every: 10,
            stall_ms: 60_000,
        };
        let mut waits: Vec<_> = (0..1000).map(|call| latency.of_call(call)).collect();
        assert_eq!(waits[7], latency.of_call(7));
        waits.sort();
        let stalled = waits.iter().filter(|wait| wait.as_secs() >= 60).count();
        assert_eq!(stalled, 100);
        let median = waits[450].as_millis();
        assert!((85..118).contains(&median), "{median}");
    }
}
