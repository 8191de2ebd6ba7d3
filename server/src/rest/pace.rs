//! The limit on requests, and the headers that tell how much of it is left.

use super::request::Refusal;
use app::ssr::{AppState, Visit};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use services::{Allowance, Error};

pub const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
pub const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
pub const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Counts the requests of those who proved who they are; the others reach only what has a limit
/// of its own.
pub async fn limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Visit>();
    let Some(member) = visit.and_then(|visit| visit.member.as_ref()) else {
        return next.run(request).await;
    };
    let allowance = match state.services.limits.request(member).await {
        Ok(allowance) => allowance,
        Err(Error::RateLimited { limit, retry_after }) => {
            let left = Allowance {
                limit,
                remaining: 0,
                reset: retry_after,
            };
            let error = Error::RateLimited { limit, retry_after };
            return told(left, Refusal::from(error).into_response());
        }
        Err(error) => return Refusal::from(error).into_response(),
    };
    told(allowance, next.run(request).await)
}

fn told(allowance: Allowance, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(allowance.limit));
    headers.insert(REMAINING, HeaderValue::from(allowance.remaining));
    headers.insert(RESET, HeaderValue::from(allowance.reset));
    response
}
