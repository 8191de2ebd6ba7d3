//! Connections of the organization to providers of models. Keys go in and never come out.

use super::conversations::given;
use super::request::{Answer, Body, Caller, Id};
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{
    ApiError, Connection, ConnectionForm, ConnectionId, EnvironmentConnection, ModelPrice,
    ProviderKind, Tested,
};
use serde::{Deserialize, Serialize};
use services::{Admin, ConnectionChange};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "provider": "compatible", "name": "lab", "base_url": "https://llm.example.org/v1",
    "default_model": "llama-3.3-70b", "api_key": "sk-0123456789abcdef",
}))]
pub struct NewConnection {
    provider: ProviderKind,
    /// The first part of its models' names, as in `lab/llama-3.3-70b`; without it, the provider's.
    name: Option<String>,
    /// Of `ollama` and `compatible`, which have no address of their own.
    base_url: Option<String>,
    /// Asked where nobody names another; `compatible` needs one.
    default_model: Option<String>,
    /// Kept encrypted, and never shown again.
    api_key: Option<String>,
}

/// What is left out stays as it is; an empty text takes it away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "default_model": "llama-3.3-70b", "concurrent_calls": 8,
    "prices": [{ "model": "llama-3.3-70b", "input": 600000, "output": 2400000 }],
}))]
pub struct ConnectionPatch {
    /// Whoever names its models by the old name has to be changed too.
    name: Option<String>,
    /// A key that is kept has to be written again beside a new address.
    base_url: Option<String>,
    default_model: Option<String>,
    api_key: Option<String>,
    /// In micro-dollars for a million tokens, in place of those that were there and of list prices.
    prices: Option<Vec<ModelPrice>>,
    /// Calls that begin within a minute, of each process of the server; `null` is no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    requests_per_minute: Option<Option<u32>>,
    /// Calls under way at the same time, of each process of the server; `null` is no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    concurrent_calls: Option<Option<u32>>,
}

#[derive(Serialize, ToSchema)]
pub struct ConnectionList {
    /// In the order in which they were made.
    items: Vec<Connection>,
    /// What whoever runs the server connected for everybody.
    environment: Vec<EnvironmentConnection>,
}

/// List connections to providers
///
/// Admins only.
#[utoipa::path(
    get, path = "/connections", tag = "organization",
    operation_id = "list_connections",
    responses(
        (status = OK, body = ConnectionList),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
    ),
)]
pub async fn list(
    State(state): State<AppState>,
    Caller(member): Caller,
) -> Answer<Json<ConnectionList>> {
    let admin = Admin::try_from(member)?;
    let connections = &state.services.connections;
    Ok(Json(ConnectionList {
        items: connections.list(&admin).await?,
        environment: connections.environment(&admin),
    }))
}

/// Connect a provider
///
/// Admins only, logged in with the password. From then on the organization's questions go there.
#[utoipa::path(
    post, path = "/connections", tag = "organization",
    operation_id = "create_connection",
    request_body = NewConnection,
    responses(
        (status = CREATED, body = Connection),
        (status = FORBIDDEN, description = "Only admins do this, and no API key", body = ApiError),
        (status = CONFLICT, description = "There are 20 already, or the server keeps no keys", body = ApiError),
    ),
)]
pub async fn create(
    State(state): State<AppState>,
    Caller(member): Caller,
    Body(new): Body<NewConnection>,
) -> Answer<(StatusCode, Json<Connection>)> {
    let admin = Admin::try_from(member)?;
    let form = ConnectionForm {
        name: new.name.unwrap_or_default(),
        base_url: new.base_url.unwrap_or_default(),
        default_model: new.default_model.unwrap_or_default(),
        api_key: new.api_key.unwrap_or_default(),
    };
    let connections = &state.services.connections;
    let made = connections.create(&admin, new.provider, form).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Change a connection
///
/// Admins only, logged in with the password. Its name, address and key, prices and limits.
#[utoipa::path(
    patch, path = "/connections/{id}", tag = "organization",
    operation_id = "change_connection",
    params(("id" = ConnectionId, Path)),
    request_body = ConnectionPatch,
    responses(
        (status = OK, body = Connection),
        (status = FORBIDDEN, description = "Only admins do this, and no API key", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "The server keeps no keys", body = ApiError),
        (status = PRECONDITION_FAILED, description = "Somebody changed it meanwhile", body = ApiError),
    ),
)]
pub async fn change(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConnectionId>,
    Body(patch): Body<ConnectionPatch>,
) -> Answer<Json<Connection>> {
    let admin = Admin::try_from(member)?;
    let change = ConnectionChange {
        name: patch.name,
        base_url: patch.base_url,
        default_model: patch.default_model,
        api_key: patch.api_key,
        prices: patch.prices,
        requests_per_minute: patch.requests_per_minute,
        concurrent_calls: patch.concurrent_calls,
    };
    let connections = &state.services.connections;
    Ok(Json(connections.change(&admin, id, change).await?))
}

/// Remove a connection
///
/// Admins only, logged in with the password. Runs that begin or go on afterwards do without it.
#[utoipa::path(
    delete, path = "/connections/{id}", tag = "organization",
    operation_id = "delete_connection",
    params(("id" = ConnectionId, Path)),
    responses(
        (status = NO_CONTENT, description = "It is gone, and its key with it"),
        (status = FORBIDDEN, description = "Only admins do this, and no API key", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn delete(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConnectionId>,
) -> Answer<StatusCode> {
    let admin = Admin::try_from(member)?;
    state.services.connections.delete(&admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Test a connection
///
/// Admins only. Asks the default model something small and reads the provider's list of models;
/// where that fails, the error has the provider's own words.
#[utoipa::path(
    post, path = "/connections/{id}/test", tag = "organization",
    operation_id = "test_connection",
    params(("id" = ConnectionId, Path)),
    responses(
        (status = OK, body = Tested),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "Its key cannot be opened", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "The provider did not answer as it should", body = ApiError),
    ),
)]
pub async fn test(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConnectionId>,
) -> Answer<Json<Tested>> {
    let admin = Admin::try_from(member)?;
    Ok(Json(state.services.connections.test(&admin, id).await?))
}
