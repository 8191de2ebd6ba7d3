//! The real adapters against the HTTP mock: every provider, every way to fail.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test fails the test"
)]

mod failures;
mod replies;

use domain::workflow::BudgetLimits;
use domain::{LlmConfig, ModelName};
use engine::budget::Budget;
use engine::llm::{Llm, LlmChunk, LlmError, LlmReply, LlmRequest, ReplyFormat, Schema};
use futures::StreamExt;
use llm::catalog::Provider;
use llm::connections::{Connection, Connections, Secret};
use llm::retry::Retry;
use llm::router::Router;
use outbound::Timeouts;
use provider_mock::{Mock, Script, Wire};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "test-key-123456";

/// A model of every provider.
const MODELS: [(&str, Wire); 5] = [
    ("openai/gpt-5.1", Wire::OpenAi),
    ("anthropic/claude-sonnet-4-5", Wire::Anthropic),
    ("gemini/gemini-2.5-pro", Wire::Gemini),
    ("ollama/llama3.2", Wire::OpenAi),
    ("compatible/meta/llama-3-max", Wire::OpenAi),
];

/// Quick enough that no test waits, slow enough for a busy machine.
fn timeouts() -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(5),
        first_byte: Duration::from_secs(20),
        between_chunks: Duration::from_secs(20),
        total: Duration::from_secs(30),
    }
}

fn retry() -> Retry {
    Retry {
        base: Duration::from_millis(1),
        ..Retry::default()
    }
}

/// Every provider at this address.
fn connections(base_url: &str) -> Connections {
    let keyed = || {
        let key = Some(Secret::new(KEY));
        Some(Connection::operator(key, Some(base_url.to_owned())))
    };
    let keyless = || Some(Connection::operator(None, Some(base_url.to_owned())));
    Connections {
        openai: keyed(),
        anthropic: keyed(),
        gemini: keyed(),
        ollama: keyless(),
        compatible: keyless(),
        local: None,
    }
}

async fn start(script: Script) -> (Mock, Router) {
    let mock = Mock::start(script).await.unwrap();
    let connections = connections(&mock.base_url());
    let router = connections.router_with(timeouts(), retry()).unwrap();
    (mock, router)
}

fn request(models: &[&str]) -> LlmRequest {
    LlmRequest {
        models: models.iter().map(|model| model.parse().unwrap()).collect(),
        config: LlmConfig::default(),
        system: "You are terse.".to_owned(),
        prompt: "How do I improve productivity?".to_owned(),
        format: ReplyFormat::Text,
        budget: Arc::new(Budget::unlimited()),
    }
}

fn with_calls(models: &[&str], calls: u32) -> LlmRequest {
    LlmRequest {
        budget: Arc::new(Budget::new(BudgetLimits {
            calls: Some(calls),
            ..BudgetLimits::default()
        })),
        ..request(models)
    }
}

fn with_schema(models: &[&str]) -> LlmRequest {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["user_intent"],
        "properties": {"user_intent": {"type": "string"}},
    });
    LlmRequest {
        format: ReplyFormat::Json(Schema {
            name: "observation",
            schema: Arc::new(schema),
        }),
        ..request(models)
    }
}

/// Everything a stream yields.
struct Heard {
    /// The text as a reader sees it: what is left after the last reset.
    shown: String,
    deltas: usize,
    resets: usize,
    end: Result<LlmReply, LlmError>,
}

async fn ask(llm: &dyn Llm, request: LlmRequest) -> Heard {
    let mut stream = llm.stream(request);
    let (mut shown, mut deltas, mut resets) = (String::new(), 0, 0);
    loop {
        match stream
            .next()
            .await
            .expect("a stream ends with a reply or an error")
        {
            Ok(LlmChunk::Delta(text)) => {
                deltas += 1;
                shown.push_str(&text);
            }
            Ok(LlmChunk::Reset) => {
                resets += 1;
                shown.clear();
            }
            Ok(LlmChunk::Reply(reply)) => {
                assert!(stream.next().await.is_none(), "nothing follows the reply");
                return Heard {
                    shown,
                    deltas,
                    resets,
                    end: Ok(reply),
                };
            }
            Err(error) => {
                assert!(stream.next().await.is_none(), "nothing follows an error");
                return Heard {
                    shown,
                    deltas,
                    resets,
                    end: Err(error),
                };
            }
        }
    }
}

fn name(model: &str) -> ModelName {
    model.parse().unwrap()
}

fn provider(model: &str) -> Provider {
    Provider::from_name(name(model).provider()).unwrap()
}
