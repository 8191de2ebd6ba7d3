//! Writing an answer at its pace: whole or in pieces, complete, broken or stalled.

use crate::call::OpenCall;
use crate::sample;
use crate::script::{Answer, Pace, Status, Then};
use crate::wire::{Reply, Request, Streamed};
use async_stream::stream;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use std::io;
use std::time::Duration;

/// Answers the call as told.
pub(crate) async fn answer(
    request: &Request,
    then: &Then,
    pace: Pace,
    call: OpenCall,
) -> Response<Body> {
    let first = pace.first.of_call(call.number() as u64);
    if !first.is_zero() {
        tokio::time::sleep(first).await;
    }
    let text = match &then.answer {
        Answer::Never {} => return std::future::pending().await,
        Answer::Status(status) => return error(request, status, &call),
        Answer::InvalidJson {} => return send(request, garbage(request), then, pace, call),
        Answer::Text(text) => text.clone(),
        Answer::Json(json) => json.to_string(),
        Answer::Huge { bytes } => "x".repeat(*bytes),
        Answer::Generated {} => match &request.schema {
            Some(schema) => sample::json(schema).to_string(),
            None => sample::text(&format!("{}\n{}", request.system, request.prompt)),
        },
    };
    let tokens = |text: &str| (text.chars().count() as u64).div_ceil(4);
    let input = tokens(&request.system) + tokens(&request.prompt);
    let reply = Reply {
        model: request.model.clone(),
        cut: then.cut,
        usage: (!then.no_usage).then(|| (input, tokens(&text))),
        no_end: then.no_end,
        text,
    };
    let parts = if request.stream {
        request
            .wire
            .streamed(&reply, &pieces(&reply.text, pace.chunk_chars))
    } else {
        Streamed {
            before: String::new(),
            pieces: pieces(&request.wire.whole(&reply).to_string(), pace.chunk_chars),
            after: String::new(),
        }
    };
    send(request, parts, then, pace, call)
}

/// An error in the provider's own form.
pub(crate) fn error(request: &Request, status: &Status, call: &OpenCall) -> Response<Body> {
    let body = match &status.body {
        Some(body) => body.clone(),
        None => request.wire.error(status).to_string(),
    };
    call.finish();
    let kind = if body.starts_with('<') {
        "text/html"
    } else {
        "application/json"
    };
    let mut response = respond(status.status, kind, Body::from(body));
    for (name, value) in &status.headers {
        let name = HeaderName::try_from(name.as_str());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value.as_str())) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn respond(status: u16, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Sends the parts one by one. The call is open until the last one went out, so a caller who
/// goes away is noticed.
fn send(
    request: &Request,
    parts: Streamed,
    then: &Then,
    pace: Pace,
    mut call: OpenCall,
) -> Response<Body> {
    let (break_after, stall_after) = (then.break_after, then.stall_after);
    let wait = Duration::from_millis(pace.chunk_ms);
    let mut pieces = parts.pieces;
    pieces.extend(Some(parts.after).filter(|after| !after.is_empty()));
    let body = stream! {
        if !parts.before.is_empty() {
            yield Ok(parts.before);
        }
        let last = pieces.len().saturating_sub(1);
        for (sent, piece) in pieces.into_iter().enumerate() {
            if break_after == Some(sent) {
                call.break_off();
                // The server writes out what it has only when the body has nothing more.
                tokio::task::yield_now().await;
                yield Err(io::Error::from(io::ErrorKind::ConnectionReset));
                return;
            }
            if stall_after == Some(sent) {
                std::future::pending::<()>().await;
            }
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            // Before it goes out: a caller who has read it all may leave at once.
            if sent == last {
                call.finish();
            }
            yield Ok(piece);
        }
        call.finish();
    };
    let kind = if request.stream {
        "text/event-stream"
    } else {
        "application/json"
    };
    respond(200, kind, Body::from_stream(body))
}

/// Half of a reply, cut in the middle of a word.
fn garbage(request: &Request) -> Streamed {
    let half = r#"{"choices":[{"index":0,"delta":{"conte"#;
    let event = match request.stream {
        true => format!("event: content_block_delta\ndata: {half}\n\n"),
        false => half.to_owned(),
    };
    Streamed {
        before: event,
        pieces: Vec::new(),
        after: String::new(),
    }
}

/// Cut after every so many letters.
fn pieces(text: &str, size: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(size.max(1))
        .map(|piece| piece.iter().collect())
        .collect()
}
