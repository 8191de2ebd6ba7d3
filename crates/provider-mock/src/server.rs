//! The server: routes, keys, and which rule answers.

use crate::call::{KEY_HEADERS, Log, OpenCall, RecordedCall};
use crate::reply;
use crate::script::{Script, Status, Then};
use crate::wire::{Request, Wire};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// A running mock; it stops when it is dropped.
pub struct Mock {
    address: SocketAddr,
    state: Arc<Served>,
    _stop: DropGuard,
}

struct Served {
    script: Script,
    /// For every rule: how many calls fitted, and how many it answered.
    counts: Mutex<Vec<(u32, u32)>>,
    log: Log,
}

impl Mock {
    /// On a free port of this machine.
    pub async fn start(script: Script) -> io::Result<Self> {
        Self::bind((Ipv4Addr::LOCALHOST, 0).into(), script).await
    }

    pub async fn bind(address: SocketAddr, script: Script) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let state = Arc::new(Served {
            counts: Mutex::new(vec![(0, 0); script.rules.len()]),
            log: Log::new(script.forgetful),
            script,
        });
        let stop = CancellationToken::new();
        let address = listener.local_addr()?;
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let server = axum::serve(listener, router(Arc::clone(&state)));
        TaskTracker::new().spawn(stop.clone().run_until_cancelled_owned(server.into_future()));
        Ok(Self {
            address,
            state,
            _stop: stop.drop_guard(),
        })
    }

    /// The address without a path: `http://127.0.0.1:4000`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every call so far, in the order they came.
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.state.log.calls()
    }

    /// How many calls a rule answered.
    pub fn scripted_answers(&self) -> u32 {
        let counts = self.state.counts.lock();
        let counts = counts.unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(_, answered)| answered).sum()
    }

    /// Waits until the calls are as wanted; false when they are not within 10 s.
    pub async fn wait_until(&self, wanted: impl Fn(&[RecordedCall]) -> bool) -> bool {
        let wait = self.state.log.wait_until(wanted);
        tokio::time::timeout(Duration::from_secs(10), wait)
            .await
            .is_ok()
    }
}

fn router(state: Arc<Served>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(openai))
        .route("/v1/messages", post(anthropic))
        .route("/v1/models", get(models))
        .route("/v1beta/models/{call}", post(gemini))
        // Of the mock itself, for tests in other processes: what it was asked.
        .route("/calls", get(calls))
        .with_state(state)
}

async fn calls(State(served): State<Arc<Served>>) -> Json<Vec<RecordedCall>> {
    Json(served.log.calls())
}

async fn openai(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response<Body> {
    served.answer(Request::openai(body), &headers).await
}

async fn anthropic(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response<Body> {
    if body.get("max_tokens").is_none() || !headers.contains_key("anthropic-version") {
        let status = Status {
            status: 400,
            message: "max_tokens and the header anthropic-version are required".to_owned(),
            ..Status::default()
        };
        return (
            StatusCode::BAD_REQUEST,
            Json(Wire::Anthropic.error(&status)),
        )
            .into_response();
    }
    served.answer(Request::anthropic(body), &headers).await
}

async fn gemini(
    State(served): State<Arc<Served>>,
    Path(call): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response<Body> {
    let request = match call.rsplit_once(':') {
        Some((model, "generateContent")) => Request::gemini(model, false, body),
        Some((model, "streamGenerateContent")) => Request::gemini(model, true, body),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    served.answer(request, &headers).await
}

async fn models(State(served): State<Arc<Served>>) -> Json<Value> {
    let named = served
        .script
        .rules
        .iter()
        .filter_map(|rule| rule.when.model.as_deref());
    let list: Vec<_> = ["mock"]
        .into_iter()
        .chain(named)
        .map(|model| json!({"id": model, "object": "model", "owned_by": "mock"}))
        .collect();
    Json(json!({"object": "list", "data": list}))
}

impl Served {
    async fn answer(&self, request: Request, headers: &HeaderMap) -> Response<Body> {
        let key = key(headers);
        let call = self
            .log
            .open(&request, without_keys(headers), key.is_some());
        if self
            .script
            .key
            .as_deref()
            .is_some_and(|wanted| key != Some(wanted))
        {
            return self.refuse_key(&request, key, &call);
        }
        let (rule, then) = self.decide(&request);
        let status = match &then.answer {
            crate::Answer::Status(status) => status.status,
            _ => 200,
        };
        call.answered_by(rule, status);
        let pace = then.pace.unwrap_or(self.script.pace);
        reply::answer(&request, &then, pace, call).await
    }

    /// Like the real ones: some of them repeat the key in their words.
    fn refuse_key(&self, request: &Request, key: Option<&str>, call: &OpenCall) -> Response<Body> {
        let (status, code) = match request.wire {
            Wire::OpenAi => (401, Some("invalid_api_key")),
            Wire::Anthropic => (401, None),
            Wire::Gemini => (400, None),
        };
        let message = match request.wire {
            Wire::OpenAi => format!("Incorrect API key provided: {}.", key.unwrap_or_default()),
            Wire::Anthropic => "invalid x-api-key".to_owned(),
            Wire::Gemini => "API key not valid. Please pass a valid API key.".to_owned(),
        };
        call.answered_by(None, status);
        let status = Status {
            status,
            message,
            code: code.map(str::to_owned),
            ..Status::default()
        };
        reply::error(request, &status, call)
    }

    /// The first rule that fits and is not used up, counted as used.
    fn decide(&self, request: &Request) -> (Option<usize>, Then) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut decided = None;
        for (index, (rule, (fitted, used))) in
            self.script.rules.iter().zip(counts.iter_mut()).enumerate()
        {
            if !rule.when.fits(request) {
                continue;
            }
            *fitted += 1;
            let its_turn = rule.when.nth.is_none_or(|nth| nth == *fitted)
                && rule.times.is_none_or(|times| *used < times);
            if its_turn && decided.is_none() {
                *used += 1;
                decided = Some((index, rule.then.clone()));
            }
        }
        match decided {
            Some((index, then)) => (Some(index), then),
            None => (None, Then::generated()),
        }
    }
}

fn key(headers: &HeaderMap) -> Option<&str> {
    KEY_HEADERS
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        .map(|key| key.trim_start_matches("Bearer "))
}

fn without_keys(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter(|(name, _)| !KEY_HEADERS.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}
