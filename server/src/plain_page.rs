//! A page for when the real ones cannot be: it needs neither database nor scripts, and says one thing.

use axum::http::header::{ACCEPT, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};

/// Whether a browser asks, without scripts or for the page itself.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// `retry_after` in seconds.
pub fn answer(status: StatusCode, title: &str, words: &str, retry_after: u64) -> Response {
    page(status, title, words, retry_after, "")
}

/// The same, looking again by itself: only for what was read.
pub fn answer_for_now(status: StatusCode, title: &str, words: &str, retry_after: u64) -> Response {
    let refresh = format!("<meta http-equiv=\"refresh\" content=\"{retry_after}\">");
    page(status, title, words, retry_after, &refresh)
}

fn page(status: StatusCode, title: &str, words: &str, retry_after: u64, head: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\">{head}\
         <title>{title} - Overmind</title></head><body><h1>{title}</h1>\
         <p>{words}</p></body></html>"
    );
    let retry = [(RETRY_AFTER, retry_after.to_string())];
    (status, retry, Html(html)).into_response()
}
