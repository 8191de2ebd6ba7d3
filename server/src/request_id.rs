//! Every request has an id, its client's or a new one: the answer carries it, and so does what the
//! log says meanwhile.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use services::{Clock, SystemClock};
use tracing::{Instrument, info_span};

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 128;

pub async fn name(request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID).and_then(plain);
    let id = given.unwrap_or_else(|| SystemClock.new_id().to_string());
    let span = info_span!("request", method = %request.method(), %id);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// What would garble a log is no id.
fn plain(id: &HeaderValue) -> Option<String> {
    let id = id.to_str().ok()?;
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_.:/+=".contains(c);
    let plain = (1..=LONGEST).contains(&id.len()) && id.chars().all(fine);
    plain.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_clients_are_plain() {
        let longest = "x".repeat(LONGEST);
        let too_long = "x".repeat(LONGEST + 1);
        for (given, fine) in [
            ("0198c0de-0000-7000-8000-000000000001", true),
            ("trace:42/a+b=", true),
            (longest.as_str(), true),
            (too_long.as_str(), false),
            ("", false),
            ("two words", false),
            ("\u{1b}[31m", false),
        ] {
            let header = HeaderValue::from_bytes(given.as_bytes());
            let read = header.ok().as_ref().and_then(plain);
            assert_eq!(read.is_some(), fine, "{given}");
        }
    }
}
