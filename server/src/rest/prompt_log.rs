//! The log of prompts, for admins of organizations that keep one.

use super::request::{Answer, Caller, Params};
use super::versioned::PartQuery;
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use domain::{ApiError, LoggedCall, Page};
use services::Admin;

/// Read the log of prompts
///
/// Admins only; that it was read is put on record. What was sent to models and what came back, the
/// latest first, without mail addresses, phone numbers, card numbers and keys. Empty unless the
/// organization keeps one.
#[utoipa::path(
    get, path = "/organization/prompts", tag = "organization",
    operation_id = "list_logged_prompts",
    params(PartQuery),
    responses(
        (status = OK, body = Page<LoggedCall>),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
    ),
)]
pub async fn page(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(part): Params<PartQuery>,
) -> Answer<Json<Page<LoggedCall>>> {
    let admin = Admin::try_from(member)?;
    let log = &state.services.prompt_log;
    Ok(Json(log.page(&admin, &part.into()).await?))
}
