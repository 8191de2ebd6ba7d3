//! Telling a failed call in words: from the status, the provider's own message and the
//! connection. The library's texts may print the request, so none of them is used.

use super::pacing::{retry_after, seconds};
use crate::catalog::Provider;
use crate::connections::Secret;
use engine::llm::{LlmError, LlmErrorKind};
use genai::webc::StreamTimeout;
use outbound::{Failure, HeaderMap};
use serde_json::Value;
use std::error::Error;
use std::time::Duration;

const LONGEST_MESSAGE: usize = 300;

/// What a sentence about a failed call needs to know.
pub(super) struct Teller<'a> {
    pub provider: Provider,
    pub model: &'a str,
    pub key: Option<&'a Secret>,
    pub host: &'a str,
}

/// A refused request: the error, and what the provider says it is about.
pub(super) struct Refusal {
    pub error: LlmError,
    pub parameter: Option<String>,
    pub words: String,
}

impl Teller<'_> {
    pub fn failure(&self, error: genai::Error) -> Refusal {
        use genai::Error as E;
        match error {
            E::WebStream { error, .. } => match error.downcast::<genai::Error>() {
                Ok(inner) => self.failure(*inner),
                Err(error) => self.plain(self.transport(&*error)),
            },
            E::HttpError {
                status,
                body,
                headers,
                ..
            } => self.status(status.as_u16(), &headers, &body),
            E::ChatResponse { body, .. } => self.plain(self.in_stream(&body)),
            E::StreamParse { .. }
            | E::JsonValueExt(_)
            | E::SerdeJson(_)
            | E::InvalidJsonResponseElement { .. }
            | E::NoChatResponse { .. } => self.plain(self.unreadable()),
            // What is left are mistakes in building the request.
            _ => self.plain(self.error(
                LlmErrorKind::Refused,
                format!("The request to {} could not be written.", self.host),
            )),
        }
    }

    fn plain(&self, error: LlmError) -> Refusal {
        Refusal {
            error,
            parameter: None,
            words: String::new(),
        }
    }

    fn error(&self, kind: LlmErrorKind, message: String) -> LlmError {
        LlmError::new(kind, self.without_secrets(&message))
    }

    /// The answer is not what this provider's answers look like.
    pub fn unreadable(&self) -> LlmError {
        let title = self.provider.title();
        self.error(
            LlmErrorKind::InvalidReply,
            format!(
                "{title} sent something that is not a reply: is {} its API?",
                self.host
            ),
        )
    }

    pub fn broken(&self) -> LlmError {
        let title = self.provider.title();
        self.error(
            LlmErrorKind::Connection,
            format!("{title} broke the connection before the reply was complete."),
        )
    }

    /// The connection failed before or while the answer came.
    fn transport(&self, error: &(dyn Error + 'static)) -> LlmError {
        let (title, host) = (self.provider.title(), self.host);
        if let Some(timeout) = error.downcast_ref::<StreamTimeout>() {
            let what = match timeout {
                StreamTimeout::Headers => "did not begin to answer in time",
                StreamTimeout::Read => "stopped in the middle of its answer",
            };
            return self.error(LlmErrorKind::Timeout, format!("{title} {what}."));
        }
        match Failure::of(error) {
            Some(Failure::Broken) => self.broken(),
            Some(Failure::Timeout) => self.error(
                LlmErrorKind::Timeout,
                format!("{title} did not finish its answer in time."),
            ),
            Some(failure @ Failure::Blocked) => self.error(
                LlmErrorKind::Refused,
                format!("{title} is not asked at {host}: {}.", failure.words()),
            ),
            Some(failure) => {
                let advice = match self.provider {
                    Provider::Ollama => " Is `ollama serve` running?",
                    _ => "",
                };
                self.error(
                    LlmErrorKind::Connection,
                    format!(
                        "{title} cannot be reached at {host}: {}.{advice}",
                        failure.words()
                    ),
                )
            }
            // Bytes that are no text.
            None => self.unreadable(),
        }
    }

    /// An answer with an error status.
    fn status(&self, status: u16, headers: &HeaderMap, body: &str) -> Refusal {
        let told = Told::from_body(body);
        let kind = told.kind(status);
        let (title, model) = (self.provider.title(), self.model);
        let did = match (kind, status) {
            (LlmErrorKind::Unauthorized, 403) => "denied access".to_owned(),
            (LlmErrorKind::Unauthorized, _) => "refused the key".to_owned(),
            (LlmErrorKind::UnknownModel, _) => format!("does not know the model `{model}`"),
            (LlmErrorKind::RateLimited, _) => "limits the rate of requests".to_owned(),
            (LlmErrorKind::Timeout, _) => "timed out".to_owned(),
            (LlmErrorKind::Unavailable, 529) => "is overloaded".to_owned(),
            (LlmErrorKind::Unavailable, _) => "is unavailable".to_owned(),
            (LlmErrorKind::TooLong, _) => "finds the prompt too long".to_owned(),
            (_, 300..=399) => "answered with a redirect, which is not followed".to_owned(),
            _ => "refused the request".to_owned(),
        };
        let message = match told.words.as_str() {
            "" => format!("{title} {did} ({status})."),
            words => format!("{title} {did} ({status}): {words}"),
        };
        let retry_after = kind
            .retryable()
            .then(|| retry_after(headers).or(told.retry_after))
            .flatten();
        let error = LlmError {
            status: Some(status),
            retry_after_ms: retry_after.map(crate::retry::millis),
            ..self.error(kind, message)
        };
        Refusal {
            error,
            parameter: told.parameter,
            words: told.words,
        }
    }

    /// An error that came inside an answer which had begun well.
    fn in_stream(&self, body: &Value) -> LlmError {
        let told = Told::from_json(body);
        let title = self.provider.title();
        let status = body
            .pointer("/error/code")
            .or_else(|| body.get("code"))
            .and_then(Value::as_u64)
            .and_then(|code| u16::try_from(code).ok())
            .filter(|code| (400..600).contains(code));
        let kind = match (status, told.code.as_str()) {
            (Some(status), _) => told.kind(status),
            (None, code) if code.contains("rate_limit") => LlmErrorKind::RateLimited,
            (None, code) if code.contains("invalid_request") => told.kind(400),
            (None, _) if told.words.is_empty() => LlmErrorKind::Refused,
            (None, _) => LlmErrorKind::Unavailable,
        };
        let message = match told.words.as_str() {
            "" => format!("{title} gave no answer to this prompt."),
            words => format!("{title} stopped answering: {words}"),
        };
        LlmError {
            status,
            ..self.error(kind, message)
        }
    }

    /// Providers like to repeat the key, or the ends of it, in what they say about it.
    fn without_secrets(&self, text: &str) -> String {
        let text = match self.key.map(Secret::expose) {
            Some(key) if !key.is_empty() => text.replace(key, "[key]"),
            _ => text.to_owned(),
        };
        text.split_inclusive(' ')
            .map(|word| match word.trim_start_matches(['\'', '"', '`']) {
                bare if bare.starts_with("sk-") || bare.contains("****") => {
                    let end = if word.ends_with(' ') { " " } else { "" };
                    format!("[key]{end}")
                }
                _ => word.to_owned(),
            })
            .collect()
    }
}

/// What a provider says in the body of an error.
#[derive(Default)]
struct Told {
    words: String,
    /// Its codes for it, in lower case.
    code: String,
    parameter: Option<String>,
    retry_after: Option<Duration>,
}

impl Told {
    fn from_body(body: &str) -> Self {
        match serde_json::from_str::<Value>(body) {
            // Some servers wrap the error in a list.
            Ok(Value::Array(list)) => list.first().map(Self::from_json).unwrap_or_default(),
            Ok(json) => Self::from_json(&json),
            // A page of a proxy: its tags help nobody.
            Err(_) if body.trim_start().starts_with('<') => Self::default(),
            Err(_) => Self {
                words: shorten(body.lines().next().unwrap_or_default()),
                ..Self::default()
            },
        }
    }

    fn from_json(json: &Value) -> Self {
        let error = json.get("error").unwrap_or(json);
        let text = |value: &Value, names: &[&str]| {
            names
                .iter()
                .find_map(|name| value.get(name).and_then(Value::as_str))
                .map(str::to_owned)
        };
        let words = error
            .as_str()
            .map(str::to_owned)
            .or_else(|| text(error, &["message", "detail"]))
            .or_else(|| text(json, &["message", "detail"]));
        let details = || {
            error
                .get("details")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        let mut codes: Vec<_> = ["code", "type", "status"]
            .iter()
            .filter_map(|name| error.get(name).and_then(Value::as_str))
            .collect();
        codes.extend(details().filter_map(|detail| detail.get("reason").and_then(Value::as_str)));
        Self {
            words: shorten(&words.unwrap_or_default()),
            code: codes.join(" ").to_lowercase(),
            parameter: text(error, &["param"]),
            retry_after: details()
                .filter_map(|detail| detail.get("retryDelay").and_then(Value::as_str))
                .find_map(|delay| seconds(delay.trim_end_matches('s'))),
        }
    }

    fn kind(&self, status: u16) -> LlmErrorKind {
        let words = self.words.to_lowercase();
        let code = |code: &str| self.code.contains(code);
        let says = |part: &str| words.contains(part);
        if code("context_length_exceeded")
            || says("maximum context length")
            || says("prompt is too long")
            || (says("token count") && says("exceeds"))
        {
            return LlmErrorKind::TooLong;
        }
        match status {
            401 | 403 => LlmErrorKind::Unauthorized,
            400 if code("api_key_invalid") || says("api key not valid") => {
                LlmErrorKind::Unauthorized
            }
            404 => LlmErrorKind::UnknownModel,
            400 if code("model_not_found") => LlmErrorKind::UnknownModel,
            408 => LlmErrorKind::Timeout,
            413 => LlmErrorKind::TooLong,
            // An empty account does not fill up by waiting.
            429 if code("insufficient_quota") => LlmErrorKind::Refused,
            429 => LlmErrorKind::RateLimited,
            500..=599 => LlmErrorKind::Unavailable,
            _ => LlmErrorKind::Refused,
        }
    }
}

fn shorten(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
