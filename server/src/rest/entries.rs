//! What members come in with, for admins: their log-ins and API keys, to be ended and revoked.

use super::organization::SeenMember;
use super::request::{Answer, Caller, Id};
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{ApiError, ApiKey, ApiKeyId, Session, SessionId, UserId};
use serde::Serialize;
use services::Admin;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct MemberEntries {
    #[serde(flatten)]
    member: SeenMember,
    /// Log-ins that have not ended.
    sessions: Vec<Session>,
    api_keys: Vec<ApiKey>,
}

/// Read a member
///
/// Admins only. With the log-ins and API keys that they come in with.
#[utoipa::path(
    get, path = "/organization/members/{id}", tag = "organization",
    operation_id = "get_member",
    params(("id" = UserId, Path)),
    responses(
        (status = OK, body = MemberEntries),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn member(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<UserId>,
) -> Answer<Json<MemberEntries>> {
    let admin = Admin::try_from(member)?;
    let accounts = &state.services.accounts;
    let (user, last_seen_at, sessions, api_keys) = accounts.entries(&admin, id).await?;
    Ok(Json(MemberEntries {
        member: SeenMember { user, last_seen_at },
        sessions,
        api_keys,
    }))
}

/// Log a member out
///
/// Admins only, logged in with the password. Ends one log-in of anybody in the organization, on open
/// sockets within a second.
#[utoipa::path(
    delete, path = "/organization/sessions/{id}", tag = "organization",
    operation_id = "end_member_session",
    params(("id" = SessionId, Path)),
    responses(
        (status = NO_CONTENT, description = "It has ended"),
        (status = FORBIDDEN, description = "Only admins do this, and no API key", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn end_session(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<SessionId>,
) -> Answer<StatusCode> {
    let admin = Admin::try_from(member)?;
    let accounts = &state.services.accounts;
    accounts.end_session_of_member(&admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revoke a member's API key
///
/// Admins only, logged in with the password.
#[utoipa::path(
    delete, path = "/organization/api-keys/{id}", tag = "organization",
    operation_id = "revoke_member_key",
    params(("id" = ApiKeyId, Path)),
    responses(
        (status = NO_CONTENT, description = "It does not work any more"),
        (status = FORBIDDEN, description = "Only admins do this, and no API key", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn revoke_key(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ApiKeyId>,
) -> Answer<StatusCode> {
    let admin = Admin::try_from(member)?;
    let accounts = &state.services.accounts;
    accounts.revoke_key_of_member(&admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
