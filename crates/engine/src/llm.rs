//! The port to language models: what the engine asks, what it gets back, how a call fails.
//! The providers behind it live in crate `llm`.

use crate::budget::Budget;
use domain::usage::{Cost, Tokens};
use domain::{LlmConfig, ModelName};
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// A source of replies: one provider, or several behind a router that retries and falls back.
pub trait Llm: Send + Sync {
    /// Sends one request. The stream yields any number of deltas and ends with exactly one
    /// `LlmChunk::Reply` or one `Err`. Dropping it closes the connection to the provider.
    fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>>;

    /// How many tokens of the model's context this text takes; an estimate where the model's
    /// tokenizer is not known.
    fn count_tokens(&self, model: &ModelName, text: &str) -> u32;

    fn traits(&self, model: &ModelName) -> ModelTraits;
}

/// What the engine must know about a model to write a prompt for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelTraits {
    /// Prompt and reply together.
    pub context_tokens: u32,
    /// A small model: short prompts, tight schemas, no `detail`, few tokens.
    pub small: bool,
}

#[derive(Clone, Debug)]
pub struct LlmRequest {
    /// The first is preferred, the others are fallbacks. Never empty.
    pub models: Vec<ModelName>,
    /// Sampling parameters; its `model` and `fallbacks` are not read.
    pub config: LlmConfig,
    pub system: String,
    pub prompt: String,
    pub format: ReplyFormat,
    /// Asked for leave before every attempt, retries and fallbacks included.
    pub budget: Arc<Budget>,
}

#[derive(Clone, Debug)]
pub enum ReplyFormat {
    Text,
    /// Exactly four numbered lines; a provider that can constrain its output does.
    Sim,
    Json(Schema),
}

/// A JSON schema under a fixed name, which mocks and providers see.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    pub name: &'static str,
    pub schema: Arc<Value>,
}

#[derive(Clone, Debug)]
pub enum LlmChunk {
    /// The next piece of the reply's text.
    Delta(String),
    /// The stream broke and starts again: forget the deltas so far.
    Reset,
    /// The whole reply; the last chunk.
    Reply(LlmReply),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LlmReply {
    pub text: String,
    /// The one of the request's models that answered.
    pub model: ModelName,
    pub tokens: Tokens,
    pub cost: Cost,
    /// From the first attempt to the last chunk, waiting between attempts included.
    pub latency_ms: u64,
    /// Provider calls made for it, at least 1.
    pub attempts: u32,
    /// The reply was cut at the token limit.
    pub truncated: bool,
    /// Parameters the model refused and that were left out, for example `temperature`.
    pub dropped: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LlmErrorKind {
    /// The provider refused the key.
    Unauthorized,
    UnknownModel,
    RateLimited,
    /// 5xx and 529.
    Unavailable,
    /// The connection could not be made or broke.
    Connection,
    Timeout,
    /// The provider refused the request as such.
    Refused,
    /// The prompt does not fit the model's context.
    TooLong,
    /// The reply is not in the form that was asked for.
    InvalidReply,
    /// No provider of that name is configured.
    NotConfigured,
    /// The run's budget is used up; nothing was sent.
    Budget,
    /// The local model failed.
    Local,
    /// The run went on without waiting any longer.
    LeftOut,
}

impl LlmErrorKind {
    /// Whether the same request may succeed a little later.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Unavailable | Self::Connection | Self::Timeout
        )
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Unauthorized => "provider_unauthorized",
            Self::UnknownModel => "unknown_model",
            Self::RateLimited => "provider_rate_limited",
            Self::Unavailable => "provider_unavailable",
            Self::Connection => "provider_unreachable",
            Self::Timeout => "provider_timeout",
            Self::Refused => "provider_refused",
            Self::TooLong => "context_exceeded",
            Self::InvalidReply => "invalid_reply",
            Self::NotConfigured => "provider_not_configured",
            Self::Budget => "budget_exhausted",
            Self::Local => "local_model_failed",
            Self::LeftOut => "left_out",
        }
    }
}

/// A call that failed for good. `message` carries the provider's own words, never a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct LlmError {
    pub kind: LlmErrorKind,
    pub message: String,
    /// The provider's HTTP status, where there was one.
    pub status: Option<u16>,
    /// What the provider asked to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Provider calls made, 0 when nothing was sent.
    pub attempts: u32,
    pub latency_ms: u64,
}

impl LlmError {
    pub fn new(kind: LlmErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            retry_after_ms: None,
            attempts: 0,
            latency_ms: 0,
        }
    }

    /// Unknown for a call that was given up while it may have been under way: the provider bills
    /// what it has written.
    pub fn cost(&self) -> Cost {
        if self.kind == LlmErrorKind::LeftOut && self.attempts > 0 {
            Cost::UNKNOWN
        } else {
            Cost::default()
        }
    }
}
