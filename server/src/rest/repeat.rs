//! `Idempotency-Key`: a request that comes again with the same key is answered as the first time.

use super::request::{Answer, Refusal};
use super::versioned;
use super::{Process, RUN_ID};
use app::ssr::{AppState, Visit};
use axum::Extension;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{ApiError, ErrorCode};
use services::idempotency::{Begun, Reply, RequestKey, SHOWN_ONCE};
use services::{Error, Member, Once, Services};
use std::convert::Infallible;
use std::fmt::Display;
use tracing::Instrument;

pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Longer answers than this are not kept.
const LONGEST_REPLY: usize = 4 * 1024 * 1024;
/// Their answers have a secret in them that is not kept, not even here.
const SECRET: [&str; 3] = ["/api-keys", "/organization/invitations", "/shares"];

/// They are streamed, so that their answers are not kept; they find the run of their key again.
const COMPLETIONS: &str = "/chat/completions";

/// What creates or starts something. Not what only hands out secrets, of which another one does
/// no harm, nor what makes no difference when it is done twice.
pub fn may_be_repeated(method: &Method, path: &str) -> bool {
    match *method {
        Method::POST => !path.starts_with("/auth/") && path != "/ws-tickets",
        // A question that is edited starts a run.
        Method::PATCH => path
            .strip_prefix("/messages/")
            .is_some_and(|id| !id.contains('/')),
        _ => false,
    }
}

/// Marks an answer that says less than it will: it is not kept, so that the same key gets the rest.
#[derive(Clone, Copy)]
pub struct Unfinished;

/// The key of a run that `subject` is about. Should this server die before it has answered, the
/// same `Idempotency-Key` still starts one run only.
pub fn request_id(
    given: Option<String>,
    subject: &impl Display,
    headers: &HeaderMap,
) -> Option<String> {
    let key = || headers.get(IDEMPOTENCY_KEY)?.to_str().ok();
    given.or_else(|| Some(format!("{subject}/{}", key()?)))
}

/// The id of what the request makes, where it came with a key.
pub struct MadeOnce(pub Option<Once>);

impl<S: Sync> FromRequestParts<S> for MadeOnce {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Once>().copied()))
    }
}

/// Lets everything else pass: other methods, requests without the header, and those who did not
/// say who they are.
pub async fn answer_once(
    State(state): State<AppState>,
    Extension(process): Extension<Process>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let member = request.extensions().get::<Visit>();
    let member = member.and_then(|visit| visit.member.clone());
    let key = request.headers().get(IDEMPOTENCY_KEY).cloned();
    match (member, key) {
        (Some(member), Some(key)) if may_be_repeated(request.method(), request.uri().path()) => {
            once(state, process, member, key, request, next).await
        }
        _ => Ok(next.run(request).await),
    }
}

async fn once(
    state: AppState,
    process: Process,
    member: Member,
    key: HeaderValue,
    request: Request,
    next: Next,
) -> Answer<Response> {
    let key = key.to_str().unwrap_or_default().to_owned();
    let path = request.uri().path().to_owned();
    let route = format!("{} {path}", request.method());
    let (mut head, body) = request.into_parts();
    let body = to_bytes(body, super::MOST_BYTES).await.map_err(|_| {
        ApiError::from_code(
            ErrorCode::Malformed,
            "The body is too long, or did not come whole.",
        )
    })?;
    // Whoever comes in another way does not get what this one was told.
    let query = head.uri.query().unwrap_or_default();
    let entry = member.entry_id();
    let content = [entry.as_bytes(), query.as_bytes(), b"\n", &body].concat();
    let requests = &state.services.idempotency;
    if path == COMPLETIONS {
        let first = requests.same(&member, &route, &key, &content).await?;
        let response = next.run(Request::from_parts(head, Body::from(body))).await;
        // What started a run names it, also when the run failed.
        let started = response.headers().contains_key(RUN_ID);
        if let Some(first) = first.filter(|_| !started) {
            requests.refused(&first).await?;
        }
        return Ok(response);
    }
    let (request, made) = match requests.begin(&member, &route, &key, &content).await? {
        Begun::New(request, made) => (request, made),
        Begun::Done(reply) => return again(&path, reply),
    };
    head.extensions.insert(made);
    // To its end, also when the client hangs up: it will ask again with the same key.
    let services = state.services.clone();
    let (done, kept) = (request.clone(), !SECRET.contains(&path.as_str()));
    let answering = async move {
        let response = next.run(Request::from_parts(head, Body::from(body))).await;
        finish(&services, &done, kept, response).await
    };
    let answering = process.tasks.spawn(answering.in_current_span());
    match answering.await {
        Ok(response) => response,
        Err(error) => {
            requests.refused(&request).await?;
            Err(Error::Internal(format!("a request ended before its time: {error}")).into())
        }
    }
}

async fn finish(
    services: &Services,
    request: &RequestKey,
    kept: bool,
    response: Response,
) -> Answer<Response> {
    let requests = &services.idempotency;
    let unfinished = response.extensions().get::<Unfinished>().is_some();
    if unfinished || !response.status().is_success() {
        requests.refused(request).await?;
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body: Bytes = to_bytes(body, LONGEST_REPLY)
        .await
        .map_err(|error| Error::Internal(format!("a reply cannot be kept: {error}")))?;
    let reply = Reply {
        status: head.status.as_u16(),
        body: kept.then(|| String::from_utf8_lossy(&body).into_owned()),
    };
    requests.answered(request, &reply).await?;
    Ok(Response::from_parts(head, Body::from(body)))
}

fn again(path: &str, reply: Reply) -> Answer<Response> {
    let Some(body) = reply.body else {
        return Err(SHOWN_ONCE.into());
    };
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let tag = versioned::tag_of(path, &body);
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(tag) = tag {
        headers.insert(ETAG, tag);
    }
    Ok(response)
}
