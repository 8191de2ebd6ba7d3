//! While PostgreSQL does not answer, what needs it is refused at once, instead of after the wait for
//! a connection.

use crate::plain_page::{answer, answer_for_now, wants_page};
use crate::visit::refuse;
use app::ssr::AppState;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

/// In seconds.
const AGAIN: u64 = 3;

pub async fn answer_without_database(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if state.services.database_answers() {
        return next.run(request).await;
    }
    if !wants_page(request.headers()) {
        return refuse(services::no_database());
    }
    let status = StatusCode::SERVICE_UNAVAILABLE;
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let words = "The database does not answer. This page looks again every three seconds.";
        answer_for_now(status, "One moment", words, AGAIN)
    } else {
        // Read again, it would be an address without a page.
        let words = "The database does not answer. Nothing was changed: go back, and send it again in a moment.";
        answer(status, "One moment", words, AGAIN)
    }
}
