//! One `Llm` over all providers: finds the provider by the model's name, retries, and goes on
//! to the next model of the request when one fails for good.

use crate::catalog::{how_to_connect, traits};
use crate::health::Health;
use crate::retry::{Retry, millis};
use crate::tokens;
use async_stream::try_stream;
use domain::ModelName;
use engine::llm::{Llm, LlmChunk, LlmError, LlmErrorKind, LlmRequest, ModelTraits};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

#[derive(Clone)]
pub struct Router {
    providers: Arc<BTreeMap<String, Arc<dyn Llm>>>,
    retry: Retry,
    health: Arc<Health>,
}

impl Router {
    /// Over providers by their name: the part before the slash in a model's name.
    pub fn new(providers: BTreeMap<String, Arc<dyn Llm>>) -> Self {
        Self {
            providers: Arc::new(providers),
            retry: Retry::default(),
            health: Arc::default(),
        }
    }

    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// The same router with one more provider, or with another one under this name.
    pub fn with_provider(mut self, name: impl Into<String>, provider: Arc<dyn Llm>) -> Self {
        Arc::make_mut(&mut self.providers).insert(name.into(), provider);
        self
    }

    /// The same providers, of which nothing is known yet: what one organization's keys are refused
    /// says nothing of another's.
    pub fn apart(self) -> Self {
        Self {
            health: Arc::default(),
            ..self
        }
    }

    /// The names of the providers that can be asked.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.providers.keys().map(String::as_str)
    }

    fn provider(&self, model: &ModelName) -> Option<&Arc<dyn Llm>> {
        self.providers.get(model.provider())
    }

    /// Where one of the `next` models stands ready, this one is not waited for as long.
    fn retry_before(&self, next: &[ModelName]) -> Retry {
        let now = Instant::now();
        let ready =
            |model: &ModelName| self.provider(model).is_some() && self.health.ready(model, now);
        let mut retry = self.retry;
        if next.iter().any(ready) {
            retry.patience = retry.patience.min(retry.patience_with_fallback);
        }
        retry
    }

    fn ask(
        &self,
        model: &ModelName,
        next: &[ModelName],
        request: &LlmRequest,
    ) -> Result<BoxStream<'static, Result<LlmChunk, LlmError>>, LlmError> {
        let provider = self.provider(model).ok_or_else(|| {
            LlmError::new(
                LlmErrorKind::NotConfigured,
                how_to_connect(model.provider()),
            )
        })?;
        let request = LlmRequest {
            models: vec![model.clone()],
            ..request.clone()
        };
        let (provider, health) = (Arc::clone(provider), Arc::clone(&self.health));
        let retry = self.retry_before(next);
        Ok(retry.stream(provider, model.clone(), health, request))
    }
}

impl Llm for Router {
    fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        let router = self.clone();
        Box::pin(try_stream! {
            let started = Instant::now();
            let mut chain = Chain::default();
            let mut next = request.models.as_slice();
            while let [model, rest @ ..] = next {
                next = rest;
                let failure = match router.ask(model, next, &request) {
                    Err(failure) => failure,
                    Ok(mut chunks) => loop {
                        match chunks.next().await {
                            Some(Ok(LlmChunk::Reply(mut reply))) => {
                                reply.attempts += chain.attempts;
                                reply.latency_ms = millis(started.elapsed());
                                yield LlmChunk::Reply(reply);
                                return;
                            }
                            Some(Ok(chunk)) => yield chunk,
                            Some(Err(failure)) => break failure,
                            None => break LlmError::new(
                                LlmErrorKind::Connection,
                                "the provider's stream ended without a reply",
                            ),
                        }
                    },
                };
                if chain.ends_with(model, failure) {
                    break;
                }
            }
            Err(chain.failure(millis(started.elapsed())))?;
        })
    }

    fn count_tokens(&self, model: &ModelName, text: &str) -> u32 {
        match self.provider(model) {
            Some(provider) => provider.count_tokens(model, text),
            None => tokens::count(model, text),
        }
    }

    fn traits(&self, model: &ModelName) -> ModelTraits {
        match self.provider(model) {
            Some(provider) => provider.traits(model),
            None => traits(model),
        }
    }
}

/// What failed so far.
#[derive(Default)]
struct Chain {
    failures: Vec<(ModelName, LlmError)>,
    attempts: u32,
}

impl Chain {
    /// Records a failure; true when no other model may be asked. A used-up budget stops every
    /// model, and says less than the failure that came before it.
    fn ends_with(&mut self, model: &ModelName, failure: LlmError) -> bool {
        self.attempts += failure.attempts;
        let over = failure.kind == LlmErrorKind::Budget;
        if !over || self.failures.is_empty() {
            self.failures.push((model.clone(), failure));
        }
        over
    }

    /// The last failure, told together with those before it.
    fn failure(self, latency_ms: u64) -> LlmError {
        let Self { failures, attempts } = self;
        let told = match failures.as_slice() {
            [] => "no model was named".to_owned(),
            [(_, only)] => only.message.clone(),
            several => several
                .iter()
                .map(|(model, failure)| format!("{model}: {}", failure.message))
                .collect::<Vec<_>>()
                .join(" "),
        };
        let last = failures.into_iter().next_back().map(|(_, failure)| failure);
        LlmError {
            message: told,
            attempts,
            latency_ms,
            ..last.unwrap_or_else(|| LlmError::new(LlmErrorKind::NotConfigured, ""))
        }
    }
}
