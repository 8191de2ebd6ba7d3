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

pub async fn read(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    match timeout(PATIENCE, to_bytes(body, LONGEST)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Body::from(body))).await,
        Ok(Err(_)) | Err(_) => {
            let mut response = refuse(ApiError::from_code(
                ErrorCode::Malformed,
                "The body is too long, or did not come whole.",
            ));
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            response
        }
    }
}
