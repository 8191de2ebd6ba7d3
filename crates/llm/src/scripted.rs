//! A provider for the engine's tests: answers by a script and records what it was asked.
//! Never built into the product.

use async_stream::stream;
use domain::usage::{Cost, Tokens};
use domain::{LlmConfig, ModelName};
use engine::llm::{
    Llm, LlmChunk, LlmError, LlmErrorKind, LlmReply, LlmRequest, ModelTraits, ReplyFormat,
};
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the provider received.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The schema's name, `sim` or `text`.
    pub form: &'static str,
    pub schema: Option<Arc<Value>>,
    pub model: ModelName,
    pub config: LlmConfig,
    pub system: String,
    pub prompt: String,
    /// How many requests of the same form with the same system prompt came before.
    pub nth: usize,
    /// The caller went away before the reply was complete.
    pub closed: bool,
}

/// What the provider does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Streams the text in pieces, then completes.
    Text(String),
    Error(LlmError),
    /// Streams the text, then fails.
    Broken(String, LlmError),
    /// Streams the text and never goes on.
    Hanging(String),
    After(Duration, Box<Answer>),
}

impl Answer {
    pub fn json(value: Value) -> Self {
        Self::Text(value.to_string())
    }

    pub fn failure(kind: LlmErrorKind, message: &str) -> Self {
        Self::Error(LlmError::new(kind, message))
    }

    pub fn after(self, delay: Duration) -> Self {
        Self::After(delay, Box::new(self))
    }
}

/// What every call takes, so that latencies can be told from nothing.
pub const LATENCY: Duration = Duration::from_millis(100);

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

#[derive(Clone)]
pub struct Scripted {
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<Asked>>>,
    traits: ModelTraits,
}

impl Scripted {
    pub fn new(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            asked: Arc::default(),
            traits: ModelTraits {
                context_tokens: 32_000,
                small: false,
            },
        }
    }

    pub fn with_traits(self, traits: ModelTraits) -> Self {
        Self { traits, ..self }
    }

    /// Every request so far, in order of arrival.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn record(&self, request: &LlmRequest) -> (usize, Asked) {
        let (form, schema) = match &request.format {
            ReplyFormat::Json(schema) => (schema.name, Some(Arc::clone(&schema.schema))),
            ReplyFormat::Sim => ("sim", None),
            ReplyFormat::Text => ("text", None),
        };
        let mut log = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |earlier: &&Asked| earlier.form == form && earlier.system == request.system;
        let asked = Asked {
            form,
            schema,
            model: request.models[0].clone(),
            config: request.config.clone(),
            system: request.system.clone(),
            prompt: request.prompt.clone(),
            nth: log.iter().filter(same).count(),
            closed: true,
        };
        log.push(asked.clone());
        (log.len() - 1, asked)
    }

    fn completed(&self, place: usize) {
        if let Some(asked) = self
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(place)
        {
            asked.closed = false;
        }
    }
}

/// Four pieces, so that every reply streams.
fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars
        .chunks(chars.len().div_ceil(4).max(1))
        .map(|piece| piece.iter().collect())
        .collect()
}

impl Llm for Scripted {
    fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        let scripted = self.clone();
        stream! {
            let (place, asked) = scripted.record(&request);
            let mut answer = (scripted.script)(&asked);
            tokio::time::sleep(LATENCY).await;
            while let Answer::After(delay, next) = answer {
                tokio::time::sleep(delay).await;
                answer = *next;
            }
            let (text, end) = match answer {
                Answer::Text(text) => (text, None),
                Answer::Broken(text, error) => (text, Some(Some(error))),
                Answer::Error(error) => (String::new(), Some(Some(error))),
                Answer::Hanging(text) => (text, Some(None)),
                Answer::After(..) => return,
            };
            for piece in pieces(&text) {
                yield Ok(LlmChunk::Delta(piece));
            }
            if let Some(None) = end {
                std::future::pending::<()>().await;
            }
            scripted.completed(place);
            if let Some(Some(error)) = end {
                yield Err(error);
                return;
            }
            let tokens = Tokens::new(100, u64::from(scripted.count_tokens(&asked.model, &text)));
            yield Ok(LlmChunk::Reply(LlmReply {
                text,
                model: asked.model,
                tokens,
                cost: Cost::micros(tokens.total()),
                // The router measures; a lone provider makes no claim.
                latency_ms: 0,
                attempts: 1,
                truncated: false,
                dropped: Vec::new(),
            }));
        }
        .boxed()
    }

    /// One token per word: what a test expects can be counted by eye.
    fn count_tokens(&self, _model: &ModelName, text: &str) -> u32 {
        u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX)
    }

    fn traits(&self, _model: &ModelName) -> ModelTraits {
        self.traits
    }
}
