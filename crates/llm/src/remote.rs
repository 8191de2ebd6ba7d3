//! The remote providers, spoken to through `genai`: one attempt for each request. Retries and
//! fallbacks are in `retry` and `router`.

mod ask;
mod failure;
mod frames;
mod offer;
mod pacing;

use crate::catalog::{Provider, traits_at};
use crate::connections::{Connection, ConnectionError, Secret, endpoint};
use crate::retry::{mark_adapted, millis};
use crate::{price, tokens};
use ask::{Ask, Parameter};
use async_stream::try_stream;
use domain::{ModelName, Tokens};
use engine::llm::{Llm, LlmChunk, LlmError, LlmErrorKind, LlmReply, LlmRequest, ModelTraits};
use failure::Teller;
use frames::{Frames, Verdict};
use futures::StreamExt;
use futures::stream::BoxStream;
use genai::adapter::AdapterKind;
use genai::chat::{ChatStreamEvent, StopReason, StreamEnd, Usage};
use genai::resolver::{AuthData, Endpoint};
use genai::{Headers, ModelIden, ServiceTarget};
use outbound::Timeouts;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// More text than any model writes: what comes after it is not a reply.
const LONGEST_REPLY: usize = 4 << 20;

/// One remote provider.
#[derive(Clone)]
pub struct Remote(Arc<Inner>);

struct Inner {
    provider: Provider,
    /// Ends with a slash.
    endpoint: String,
    /// For messages: the endpoint without its path.
    host: String,
    key: Option<Secret>,
    client: genai::Client,
    /// The same, for what is no chat.
    http: outbound::Client,
    timeouts: Timeouts,
    /// What each model has refused since this process started.
    refused: Mutex<HashMap<String, BTreeSet<Parameter>>>,
}

impl Remote {
    /// `client` is one for addresses of the connection's origin.
    pub fn new(
        provider: Provider,
        connection: &Connection,
        client: outbound::Client,
        timeouts: Timeouts,
    ) -> Result<Self, ConnectionError> {
        let needs_key = !matches!(provider, Provider::Ollama | Provider::Compatible);
        if needs_key && connection.api_key.is_none() {
            return Err(ConnectionError::NoKey(
                provider.title(),
                provider.variable(),
            ));
        }
        let endpoint = endpoint(provider, connection)?;
        let host = outbound::Url::parse(&endpoint)
            .ok()
            .and_then(|url| {
                let host = url.host_str()?;
                Some(match url.port() {
                    Some(port) => format!("{host}:{port}"),
                    None => host.to_owned(),
                })
            })
            .unwrap_or_default();
        let http = client.clone();
        let client = genai::Client::builder()
            .with_reqwest(client)
            .build()
            .map_err(Box::new)?;
        Ok(Self(Arc::new(Inner {
            provider,
            endpoint,
            host,
            key: connection.api_key.clone(),
            client,
            http,
            timeouts,
            refused: Mutex::default(),
        })))
    }
}

impl Llm for Remote {
    fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        Arc::clone(&self.0).attempt(request)
    }

    fn count_tokens(&self, model: &ModelName, text: &str) -> u32 {
        tokens::count(model, text)
    }

    fn traits(&self, model: &ModelName) -> ModelTraits {
        traits_at(self.0.provider, model)
    }
}

/// Gemini is asked at an address with the model's name in it, which must not lead elsewhere.
fn stays_in_its_place(model: &str) -> bool {
    model
        .split('/')
        .all(|step| !matches!(step, "" | "." | ".."))
        && !model.contains(['?', '#', '%', '\\', '&', ':'])
}

impl Inner {
    fn attempt(
        self: Arc<Self>,
        request: LlmRequest,
    ) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        Box::pin(try_stream! {
            let started = Instant::now();
            let model = request.models.first().cloned().ok_or_else(|| {
                LlmError::new(LlmErrorKind::NotConfigured, "no model was named")
            })?;
            if self.provider == Provider::Gemini && !stays_in_its_place(model.model()) {
                Err(LlmError::new(
                    LlmErrorKind::UnknownModel,
                    "this is not a name of one of Gemini's models",
                ))?;
            }
            let sent = |error| LlmError {
                attempts: 1,
                latency_ms: millis(started.elapsed()),
                ..error
            };
            let ask = Ask::new(self.provider, &request, &self.refused_by(&model));
            let frames = Arc::new(Frames::default());
            let options = ask.options
                .with_raw_frame_sink_arc(frames.clone())
                .with_stream_header_timeout(self.timeouts.first_byte)
                .with_stream_read_timeout(self.timeouts.between_chunks);
            let mut events = self.client
                .exec_chat_stream(self.target(&model), ask.chat, Some(&options))
                .await
                .map_err(|error| sent(self.failed(&model, &ask.sent, error)))?
                .stream;

            let mut text = String::new();
            let end = loop {
                match events.next().await {
                    Some(Ok(ChatStreamEvent::Chunk(chunk))) => {
                        text.push_str(&chunk.content);
                        if text.len() > LONGEST_REPLY {
                            Err(sent(self.teller(&model).unreadable()))?;
                        }
                        yield LlmChunk::Delta(chunk.content);
                    }
                    Some(Ok(ChatStreamEvent::End(end))) => break Some(end),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => Err(sent(self.failed(&model, &ask.sent, error)))?,
                    None => break None,
                }
            };
            let end = self.end(&model, end, &frames).map_err(sent)?;
            let stop = end.captured_stop_reason;
            if text.trim().is_empty() {
                Err(sent(self.wordless(stop.as_ref())))?;
            }
            let tokens = self.tokens(&model, &request, &text, end.captured_usage);
            yield LlmChunk::Reply(LlmReply {
                cost: price::cost(&self.listed(&model), tokens),
                text,
                model,
                tokens,
                latency_ms: millis(started.elapsed()),
                attempts: 1,
                truncated: stop.is_some_and(|stop| stop.is_max_tokens()),
                dropped: ask.dropped,
            });
        })
    }

    /// Endpoint, key and adapter for one call. The adapter is always named: left to itself the
    /// library sends models that it does not know to Ollama.
    fn target(&self, model: &ModelName) -> ServiceTarget {
        let adapter = match self.provider {
            Provider::Anthropic => AdapterKind::Anthropic,
            Provider::Gemini => AdapterKind::Gemini,
            // Ollama too: its own adapter ignores JSON schemas.
            Provider::OpenAi | Provider::Ollama | Provider::Compatible => AdapterKind::OpenAI,
        };
        let auth = match &self.key {
            Some(key) => AuthData::from_single(key.expose()),
            // The adapter insists on a key; this is its way to send none.
            None => AuthData::RequestOverride {
                url: format!("{}chat/completions", self.endpoint),
                headers: Headers::default(),
            },
        };
        ServiceTarget {
            endpoint: Endpoint::from_owned(self.endpoint.as_str()),
            auth,
            model: ModelIden::new(adapter, model.model()),
        }
    }

    /// As the price lists name it, whatever the connection is called.
    fn listed(&self, model: &ModelName) -> ModelName {
        let listed = format!("{}/{}", self.provider.name(), model.model());
        listed.parse().unwrap_or_else(|_| model.clone())
    }

    fn teller<'a>(&'a self, model: &'a ModelName) -> Teller<'a> {
        Teller {
            provider: self.provider,
            model: model.model(),
            key: self.key.as_ref(),
            host: &self.host,
        }
    }

    /// Tells the failure, and remembers a parameter that the model refused.
    fn failed(
        &self,
        model: &ModelName,
        sent: &BTreeSet<Parameter>,
        error: genai::Error,
    ) -> LlmError {
        let refusal = self.teller(model).failure(error);
        let bad_request = matches!(refusal.error.status, Some(400 | 422));
        if !bad_request || refusal.error.kind != LlmErrorKind::Refused {
            return refusal.error;
        }
        match Parameter::refused(sent, refusal.parameter.as_deref(), &refusal.words) {
            Some(parameter) => {
                tracing::info!(%model, parameter = parameter.name(), "refused, left out from now on");
                self.lock()
                    .entry(model.model().to_owned())
                    .or_default()
                    .insert(parameter);
                mark_adapted(refusal.error)
            }
            None => refusal.error,
        }
    }

    /// The end of a complete stream.
    fn end(
        &self,
        model: &ModelName,
        end: Option<StreamEnd>,
        frames: &Frames,
    ) -> Result<StreamEnd, LlmError> {
        // Gemini's adapter makes up an end for a stream that breaks off.
        let made_up = |end: &StreamEnd| {
            self.provider == Provider::Gemini && end.captured_stop_reason.is_none()
        };
        match end.filter(|end| !made_up(end)) {
            Some(end) => Ok(end),
            None => match frames.verdict() {
                Verdict::Complete(end) => Ok(*end),
                Verdict::NotAStream => Err(self.teller(model).unreadable()),
                Verdict::Broken => Err(self.teller(model).broken()),
            },
        }
    }

    /// A reply without a word in it.
    fn wordless(&self, stop: Option<&StopReason>) -> LlmError {
        let title = self.provider.title();
        let (kind, what) = match stop {
            Some(StopReason::ContentFilter(_)) => (
                LlmErrorKind::Refused,
                "'s content filter stopped the reply.",
            ),
            Some(StopReason::MaxTokens(_)) => (
                LlmErrorKind::InvalidReply,
                " used up `max_tokens` before its first word: allow more.",
            ),
            _ => (LlmErrorKind::InvalidReply, " sent an empty reply."),
        };
        LlmError::new(kind, format!("{title}{what}"))
    }

    /// The provider's own count, otherwise ours.
    fn tokens(
        &self,
        model: &ModelName,
        request: &LlmRequest,
        text: &str,
        usage: Option<Usage>,
    ) -> Tokens {
        let usage = usage.unwrap_or_default();
        let given = |count: Option<i32>| count.and_then(|count| u64::try_from(count).ok());
        let counted = |text: &str| u64::from(tokens::count(model, text));
        Tokens::new(
            given(usage.prompt_tokens)
                .unwrap_or_else(|| counted(&request.system) + counted(&request.prompt)),
            given(usage.completion_tokens).unwrap_or_else(|| counted(text)),
        )
    }

    fn refused_by(&self, model: &ModelName) -> BTreeSet<Parameter> {
        self.lock().get(model.model()).cloned().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, BTreeSet<Parameter>>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_an_address_leads_nowhere_else() {
        for fine in [
            "gemini-2.5-pro",
            "models/gemini-2.5-pro",
            "tunedModels/mine",
        ] {
            assert!(stays_in_its_place(fine), "{fine}");
        }
        for wrong in [
            "../../internal/x",
            "a//b",
            "a/./b",
            "a?key=b",
            "a#b",
            "%2e%2e",
            "a\\b",
            "a:delete",
        ] {
            assert!(!stays_in_its_place(wrong), "{wrong}");
        }
    }
}
