//! Requests are read to their end before anybody answers them. Whoever is refused without being
//! read would find the connection closed under the next request.

use crate::visit::refuse;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::Next;
use axum::response::Response;
use domain::{ApiError, ErrorCode};
use std::time::Duration;
use tokio::time::timeout;

/// In bytes: more than any route takes, so that each says for itself what is too long.
const LONGEST: usize = 512 * 1024;
/// Nobody needs longer for that, and what came so far is held in memory.
const PATIENCE: Duration = Duration::from_secs(30);

/// Marks a request whose body did not come, or not whole.
#[derive(Clone, Copy)]
struct Unread;

/// For all routes. What cannot be read goes on without its body, for [`refuse_unread`] to answer:
/// what else holds for an answer, as for which sites may read it, is decided further inside.
pub async fn read(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (mut head, body) = request.into_parts();
    if let Ok(Ok(body)) = timeout(PATIENCE, to_bytes(body, LONGEST)).await {
        return next.run(Request::from_parts(head, Body::from(body))).await;
    }
    head.extensions.insert(Unread);
    let request = Request::from_parts(head, Body::empty());
    let mut response = next.run(request).await;
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

/// Around whatever reads bodies.
pub async fn refuse_unread(request: Request, next: Next) -> Response {
    if request.extensions().get::<Unread>().is_some() {
        return refuse(ApiError::from_code(
            ErrorCode::Malformed,
            "The body is too long, or did not come whole.",
        ));
    }
    next.run(request).await
}
