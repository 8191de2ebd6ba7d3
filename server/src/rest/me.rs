//! The caller's own account.

use super::request::{Answer, Body, Caller, named, object};
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use domain::{ApiError, Preferences, User};
use serde::Deserialize;
use utoipa::ToSchema;

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Ada", "preferences": { "quality_threshold": 8.5 } }))]
pub struct ProfileChange {
    name: Option<String>,
    /// Takes the place of all preferences.
    #[serde(default, deserialize_with = "object")]
    preferences: Option<Preferences>,
}

/// What the services name otherwise.
const FIELDS: [(&str, &str); 3] = [
    ("default_model", "preferences.default_model"),
    ("default_workflow", "preferences.default_workflow"),
    ("quality_threshold", "preferences.quality_threshold"),
];

/// Who am I
#[utoipa::path(get, path = "/me", tag = "account", responses((status = OK, body = User)))]
pub async fn me(Caller(member): Caller) -> Json<User> {
    Json(member.user().clone())
}

/// Change name or preferences
#[utoipa::path(
    patch, path = "/me", tag = "account",
    request_body = ProfileChange,
    responses(
        (status = OK, body = User),
        (status = FORBIDDEN, description = "Asked with an API key", body = ApiError),
    ),
)]
pub async fn change_me(
    State(state): State<AppState>,
    Caller(member): Caller,
    Body(change): Body<ProfileChange>,
) -> Answer<Json<User>> {
    let accounts = &state.services.accounts;
    let user = accounts
        .change_profile(&member, change.name, change.preferences)
        .await
        .map_err(named(&FIELDS))?;
    Ok(Json(user))
}
