//! While PostgreSQL does not answer, what needs it is refused at once, instead of after the wait for
//! a connection.

use crate::visit::refuse;
use app::ssr::AppState;
use axum::extract::{Request, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

/// It needs nothing that the database would have to say.
fn page(method: &Method) -> String {
    let (refresh, words) = if matches!(*method, Method::GET | Method::HEAD) {
        let refresh = "<meta http-equiv=\"refresh\" content=\"3\">";
        (refresh, "This page looks again every three seconds.")
    } else {
        // Read again, it would be an address without a page.
        (
            "",
            "Nothing was changed: go back, and send it again in a moment.",
        )
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\">{refresh}\
         <title>One moment - Overmind</title></head><body><h1>One moment</h1>\
         <p>The database does not answer. {words}</p></body></html>"
    )
}

pub async fn answer_without_database(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if state.services.database_answers() {
        return next.run(request).await;
    }
    if wants_page(request.headers()) {
        let retry = [(header::RETRY_AFTER, "3")];
        let page = Html(page(request.method()));
        return (StatusCode::SERVICE_UNAVAILABLE, retry, page).into_response();
    }
    refuse(services::no_database())
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
