//! API keys of the caller.

use super::repeat::MadeOnce;
use super::request::{Answer, Body, Caller, Id, Params};
use super::versioned::PartQuery;
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{ApiError, ApiKey, ApiKeyId, KeyScope, Page};
use serde::{Deserialize, Serialize};
use services::ApiKeyForm;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Nightly report", "scope": "write", "expires_in_days": 90 }))]
pub struct NewApiKey {
    name: String,
    /// `write` reads too.
    scope: KeyScope,
    /// 1 to 3650; without it the key lives until it is revoked.
    expires_in_days: Option<u32>,
    /// Its share of its owner's requests; without it, it may use them all.
    requests_per_minute: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct CreatedApiKey {
    #[serde(flatten)]
    api_key: ApiKey,
    /// The key itself. It is not shown again.
    #[schema(example = "ovm_3q2-7wEBAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs")]
    key: String,
}

/// List API keys
#[utoipa::path(
    get, path = "/api-keys", tag = "account",
    operation_id = "list_api_keys",
    params(PartQuery),
    responses((status = OK, body = Page<ApiKey>)),
)]
pub async fn list(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(part): Params<PartQuery>,
) -> Answer<Json<Page<ApiKey>>> {
    let accounts = &state.services.accounts;
    Ok(Json(accounts.api_keys_page(&member, &part.into()).await?))
}

/// Make an API key
///
/// Needs a log-in: an API key cannot make another one.
#[utoipa::path(
    post, path = "/api-keys", tag = "account",
    operation_id = "create_api_key",
    request_body = NewApiKey,
    responses(
        (status = CREATED, body = CreatedApiKey),
        (status = FORBIDDEN, description = "Asked with an API key", body = ApiError),
        (status = CONFLICT, description = "There are 100 of them already", body = ApiError),
    ),
)]
pub async fn create(
    State(state): State<AppState>,
    Caller(member): Caller,
    MadeOnce(once): MadeOnce,
    Body(new): Body<NewApiKey>,
) -> Answer<(StatusCode, Json<CreatedApiKey>)> {
    let accounts = &state.services.accounts;
    let form = ApiKeyForm {
        name: new.name,
        scope: new.scope,
        expires_in_days: new.expires_in_days,
        requests_per_minute: new.requests_per_minute,
    };
    let (api_key, token) = accounts.create_api_key(&member, form, once).await?;
    let key = token.expose().to_owned();
    Ok((StatusCode::CREATED, Json(CreatedApiKey { api_key, key })))
}

/// Revoke an API key
#[utoipa::path(
    delete, path = "/api-keys/{id}", tag = "account",
    operation_id = "revoke_api_key",
    params(("id" = ApiKeyId, Path)),
    responses(
        (status = NO_CONTENT, description = "It stopped working"),
        (status = FORBIDDEN, description = "Asked with an API key", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn revoke(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ApiKeyId>,
) -> Answer<StatusCode> {
    state.services.accounts.revoke_api_key(&member, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
