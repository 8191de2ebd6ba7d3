//! Agents: everybody reads them, admins change them and try them out.

use super::repeat::MadeOnce;
use super::request::{Answer, Body, Caller, Id, Params};
use super::sort::Sort;
use super::versioned::{Between, Changes, IfMatch, PartQuery, Restoring, Tagged};
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{AgentConfiguration, AgentForm, AgentId, ApiError, Contribution, Page, Version};
use serde::Deserialize;
use services::{Admin, Part};
use utoipa::{IntoParams, ToSchema};

/// What is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgentQuery {
    /// Only those that are switched on, or off.
    active: Option<bool>,
    /// In the order in which they were added, if left out.
    sort: Option<Sort>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100, 50 if left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "query": "How do I improve team productivity?" }))]
pub struct Trial {
    /// The question, at most 32,000 characters.
    query: String,
}

fn tagged(status: StatusCode, agent: AgentConfiguration) -> Tagged<AgentConfiguration> {
    Tagged {
        status,
        version: agent.config.version,
        body: agent,
    }
}

/// List agents
///
/// In the order in which they were added, unless sorted.
#[utoipa::path(
    get, path = "/agents", tag = "agents",
    operation_id = "list_agents",
    params(AgentQuery),
    responses((status = OK, body = Page<AgentConfiguration>)),
)]
pub async fn list(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(query): Params<AgentQuery>,
) -> Answer<Json<Page<AgentConfiguration>>> {
    let part = Part {
        cursor: query.cursor,
        limit: query.limit,
    };
    let agents = &state.services.agents;
    let sort = query.sort.map(Into::into);
    let page = agents.list(&member, query.active, sort, &part).await?;
    Ok(Json(page))
}

/// Add an agent
///
/// Admins only. It works once a workflow names it.
#[utoipa::path(
    post, path = "/agents", tag = "agents",
    operation_id = "create_agent",
    request_body = AgentForm,
    responses(
        (status = CREATED, body = AgentConfiguration, headers(("ETag" = String, description = "Its version"))),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = CONFLICT, description = "There are 200 of them already", body = ApiError),
    ),
)]
pub async fn create(
    State(state): State<AppState>,
    Caller(member): Caller,
    MadeOnce(once): MadeOnce,
    Body(form): Body<AgentForm>,
) -> Answer<Tagged<AgentConfiguration>> {
    let admin = Admin::try_from(member)?;
    let agent = state.services.agents.create(&admin, form, once).await?;
    Ok(tagged(StatusCode::CREATED, agent))
}

/// Read an agent
#[utoipa::path(
    get, path = "/agents/{id}", tag = "agents",
    operation_id = "get_agent",
    params(("id" = AgentId, Path)),
    responses(
        (status = OK, body = AgentConfiguration, headers(("ETag" = String, description = "Its version"))),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn get(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<AgentId>,
) -> Answer<Tagged<AgentConfiguration>> {
    let agent = state.services.agents.get(&member, &id).await?;
    Ok(tagged(StatusCode::OK, agent))
}

/// Change an agent
///
/// Admins only. Makes a new version; what is left out takes its usual value.
#[utoipa::path(
    put, path = "/agents/{id}", tag = "agents",
    operation_id = "replace_agent",
    params(
        ("id" = AgentId, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read: somebody else's change is not overwritten"),
    ),
    request_body = AgentForm,
    responses(
        (status = OK, body = AgentConfiguration, headers(("ETag" = String, description = "Its version"))),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = PRECONDITION_FAILED, description = "It was changed meanwhile", body = ApiError),
    ),
)]
pub async fn replace(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<AgentId>,
    IfMatch(seen): IfMatch,
    Body(form): Body<AgentForm>,
) -> Answer<Tagged<AgentConfiguration>> {
    let admin = Admin::try_from(member)?;
    let agents = &state.services.agents;
    let agent = agents.replace(&admin, &id, form, seen).await?;
    Ok(tagged(StatusCode::OK, agent))
}

/// Delete an agent
///
/// Admins only. Its versions go with it; what it said in runs stays.
#[utoipa::path(
    delete, path = "/agents/{id}", tag = "agents",
    operation_id = "delete_agent",
    params(
        ("id" = AgentId, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read"),
    ),
    responses(
        (status = NO_CONTENT, description = "It is gone"),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "A workflow uses it", body = ApiError),
        (status = PRECONDITION_FAILED, description = "It was changed meanwhile", body = ApiError),
    ),
)]
pub async fn delete(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<AgentId>,
    IfMatch(seen): IfMatch,
) -> Answer<StatusCode> {
    let admin = Admin::try_from(member)?;
    state.services.agents.delete(&admin, &id, seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List an agent's versions
///
/// The latest first.
#[utoipa::path(
    get, path = "/agents/{id}/versions", tag = "agents",
    operation_id = "list_agent_versions",
    params(("id" = AgentId, Path), PartQuery),
    responses((status = OK, body = Page<Version<AgentForm>>), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn versions(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<AgentId>,
    Params(part): Params<PartQuery>,
) -> Answer<Json<Page<Version<AgentForm>>>> {
    let agents = &state.services.agents;
    Ok(Json(agents.versions(&member, &id, &part.into()).await?))
}

/// Read a version of an agent
#[utoipa::path(
    get, path = "/agents/{id}/versions/{version}", tag = "agents",
    operation_id = "get_agent_version",
    params(("id" = AgentId, Path), ("version" = u32, Path)),
    responses((status = OK, body = Version<AgentForm>), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn version(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id((id, version)): Id<(AgentId, u32)>,
) -> Answer<Json<Version<AgentForm>>> {
    let agents = &state.services.agents;
    Ok(Json(agents.version(&member, &id, version).await?))
}

/// Compare two versions of an agent
#[utoipa::path(
    get, path = "/agents/{id}/diff", tag = "agents",
    operation_id = "compare_agent_versions",
    params(("id" = AgentId, Path), Between),
    responses((status = OK, body = Changes), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn diff(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<AgentId>,
    Params(Between { from, to }): Params<Between>,
) -> Answer<Json<Changes>> {
    let agents = &state.services.agents;
    let items = agents.changes(&member, &id, from, to).await?;
    Ok(Json(Changes { items }))
}

/// Go back to a version of an agent
///
/// Admins only. What it was becomes its next version.
#[utoipa::path(
    post, path = "/agents/{id}/restore", tag = "agents",
    operation_id = "restore_agent",
    params(("id" = AgentId, Path)),
    request_body = Restoring,
    responses(
        (status = OK, body = AgentConfiguration, headers(("ETag" = String, description = "Its version"))),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = PRECONDITION_FAILED, description = "It was changed meanwhile", body = ApiError),
    ),
)]
pub async fn restore(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<AgentId>,
    Body(Restoring { version }): Body<Restoring>,
) -> Answer<Tagged<AgentConfiguration>> {
    let admin = Admin::try_from(member)?;
    let agents = &state.services.agents;
    let agent = agents.restore(&admin, &id, version).await?;
    Ok(tagged(StatusCode::OK, agent))
}

/// Try an agent out
///
/// Admins only. This one agent's contribution to a question; nothing is kept. What its model's
/// provider could not do is answered with the provider's words.
#[utoipa::path(
    post, path = "/agents/{id}/test", tag = "agents",
    operation_id = "test_agent",
    params(("id" = AgentId, Path)),
    request_body = Trial,
    responses(
        (status = OK, body = Contribution),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn test(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<AgentId>,
    Body(Trial { query }): Body<Trial>,
) -> Answer<Json<Contribution>> {
    let admin = Admin::try_from(member)?;
    let agents = &state.services.agents;
    let tried = agents.test(&admin, &id, None, query).await?;
    Ok(Json(tried.contribution))
}
