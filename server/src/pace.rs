//! The limit on requests: who is counted, and how a refusal looks to programs and in a browser.

use crate::plain_page::{self, wants_page};
use crate::typed::FUNCTIONS;
use crate::visit::refuse;
use app::ssr::{AppState, Visit};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use services::{Allowance, Error};
use std::time::Instant;

/// Parts of addresses that are answered when a model has answered: how long that takes says nothing
/// of this server.
const WAITING: [&str; 4] = [
    "/chat/completions",
    "/test",
    "/try_agent",
    "/test_connection",
];

pub const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
pub const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
pub const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Counts the requests of those who proved who they are; the others reach only what has a limit
/// of its own.
pub async fn limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    count(&state, request, next, refused).await
}

/// The same for what pages ask of the server. The pages themselves are not counted.
pub async fn limit_functions(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if !request.uri().path().starts_with(FUNCTIONS) {
        next.run(request).await
    } else if wants_page(request.headers()) {
        count(&state, request, next, refused_in_words).await
    } else {
        count(&state, request, next, refused).await
    }
}

async fn count(
    state: &AppState,
    request: Request,
    next: Next,
    refused: impl FnOnce(usize, u64) -> Response,
) -> Response {
    let visit = request.extensions().get::<Visit>();
    let Some(member) = visit.and_then(|visit| visit.member.as_ref()) else {
        return next.run(request).await;
    };
    let (member, begun) = (member.clone(), Instant::now());
    let is_timed = !WAITING.iter().any(|it| request.uri().path().contains(it));
    let response = match state.services.limits.request(&member).await {
        Ok(allowance) => told(allowance, next.run(request).await),
        Err(Error::RateLimited { limit, retry_after }) => {
            let none = Allowance {
                limit,
                remaining: 0,
                reset: retry_after,
            };
            told(none, refused(limit, retry_after))
        }
        Err(error) => refuse(error),
    };
    let took = is_timed.then(|| begun.elapsed());
    let status = response.status().as_u16();
    state.services.requests.count(&member, status, took);
    response
}

fn refused(limit: usize, retry_after: u64) -> Response {
    refuse(Error::RateLimited { limit, retry_after })
}

fn refused_in_words(limit: usize, retry_after: u64) -> Response {
    let words = format!(
        "You have sent {limit} requests within a minute, which is the limit. \
         Nothing was changed: go back, and send it again in {retry_after} s."
    );
    let status = StatusCode::TOO_MANY_REQUESTS;
    plain_page::answer(status, "One moment", &words, retry_after)
}

fn told(allowance: Allowance, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(allowance.limit));
    headers.insert(REMAINING, HeaderValue::from(allowance.remaining));
    headers.insert(RESET, HeaderValue::from(allowance.reset));
    response
}
