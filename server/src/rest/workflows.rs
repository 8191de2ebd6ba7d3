//! Workflows: whoever may ask makes them, creators and admins change them, admins publish them.

use super::Process;
use super::messages::{Asked, Waiting, answer};
use super::repeat::{MadeOnce, request_id};
use super::request::{Answer, Body, Caller, Id, Params, named};
use super::sort::Sort;
use super::versioned::{Between, Changes, IfMatch, PartQuery, Restoring, Tagged};
use app::ssr::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use domain::wire::{Query, QueryOptions};
use domain::{
    ApiError, ConversationId, Page, Source, Version, WorkflowForm, WorkflowId, WorkflowTemplate,
};
use serde::Deserialize;
use services::Part;
use utoipa::{IntoParams, ToSchema};

/// What is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkflowQuery {
    /// Only those that everybody in the organization may use, or only the others.
    public: Option<bool>,
    /// The caller's default first, if left out.
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
pub struct Execution {
    /// The question, at most 32,000 characters.
    query: String,
    /// Without it, a new conversation is begun, archived.
    conversation_id: Option<ConversationId>,
    /// Sent twice, it starts one run only.
    request_id: Option<String>,
    #[serde(default)]
    options: QueryOptions,
}

/// What the services name otherwise.
const FIELDS: [(&str, &str); 4] = [
    ("message", "query"),
    ("workflow_id", "id"),
    ("max_iterations", "options.max_iterations"),
    ("quality_threshold", "options.quality_threshold"),
];

fn tagged(status: StatusCode, template: WorkflowTemplate) -> Tagged<WorkflowTemplate> {
    Tagged {
        status,
        version: template.workflow.version,
        body: template,
    }
}

/// List workflows
///
/// Those that the caller may use, their default first, unless sorted.
#[utoipa::path(
    get, path = "/workflows", tag = "workflows",
    operation_id = "list_workflows",
    params(WorkflowQuery),
    responses((status = OK, body = Page<WorkflowTemplate>)),
)]
pub async fn list(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(query): Params<WorkflowQuery>,
) -> Answer<Json<Page<WorkflowTemplate>>> {
    let part = Part {
        cursor: query.cursor,
        limit: query.limit,
    };
    let workflows = &state.services.workflows;
    let sort = query.sort.map(Into::into);
    let page = workflows.list(&member, query.public, sort, &part).await?;
    Ok(Json(page))
}

/// Add a workflow
#[utoipa::path(
    post, path = "/workflows", tag = "workflows",
    operation_id = "create_workflow",
    request_body = WorkflowForm,
    responses(
        (status = CREATED, body = WorkflowTemplate, headers(("ETag" = String, description = "Its version"))),
        (status = FORBIDDEN, description = "Viewers and reading keys create nothing; only admins publish", body = ApiError),
        (status = CONFLICT, description = "There are 500 of them already", body = ApiError),
    ),
)]
pub async fn create(
    State(state): State<AppState>,
    Caller(member): Caller,
    MadeOnce(once): MadeOnce,
    Body(form): Body<WorkflowForm>,
) -> Answer<Tagged<WorkflowTemplate>> {
    let template = state.services.workflows.create(&member, form, once).await?;
    Ok(tagged(StatusCode::CREATED, template))
}

/// Read a workflow
#[utoipa::path(
    get, path = "/workflows/{id}", tag = "workflows",
    operation_id = "get_workflow",
    params(("id" = WorkflowId, Path)),
    responses(
        (status = OK, body = WorkflowTemplate, headers(("ETag" = String, description = "Its version"))),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn get(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<WorkflowId>,
) -> Answer<Tagged<WorkflowTemplate>> {
    let template = state.services.workflows.get(&member, &id).await?;
    Ok(tagged(StatusCode::OK, template))
}

/// Change a workflow
///
/// Its creator and admins. Makes a new version; what is left out takes its usual value.
#[utoipa::path(
    put, path = "/workflows/{id}", tag = "workflows",
    operation_id = "replace_workflow",
    params(
        ("id" = WorkflowId, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read: somebody else's change is not overwritten"),
    ),
    request_body = WorkflowForm,
    responses(
        (status = OK, body = WorkflowTemplate, headers(("ETag" = String, description = "Its version"))),
        (status = FORBIDDEN, description = "Only its creator and admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = PRECONDITION_FAILED, description = "It was changed meanwhile", body = ApiError),
    ),
)]
pub async fn replace(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<WorkflowId>,
    IfMatch(seen): IfMatch,
    Body(form): Body<WorkflowForm>,
) -> Answer<Tagged<WorkflowTemplate>> {
    let workflows = &state.services.workflows;
    let template = workflows.replace(&member, &id, form, seen).await?;
    Ok(tagged(StatusCode::OK, template))
}

/// Delete a workflow
///
/// Its creator and admins. Its versions go with it; runs that used it stay.
#[utoipa::path(
    delete, path = "/workflows/{id}", tag = "workflows",
    operation_id = "delete_workflow",
    params(
        ("id" = WorkflowId, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read"),
    ),
    responses(
        (status = NO_CONTENT, description = "It is gone"),
        (status = FORBIDDEN, description = "Only its creator and admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = PRECONDITION_FAILED, description = "It was changed meanwhile", body = ApiError),
    ),
)]
pub async fn delete(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<WorkflowId>,
    IfMatch(seen): IfMatch,
) -> Answer<StatusCode> {
    state.services.workflows.delete(&member, &id, seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List a workflow's versions
///
/// The latest first.
#[utoipa::path(
    get, path = "/workflows/{id}/versions", tag = "workflows",
    operation_id = "list_workflow_versions",
    params(("id" = WorkflowId, Path), PartQuery),
    responses((status = OK, body = Page<Version<WorkflowForm>>), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn versions(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<WorkflowId>,
    Params(part): Params<PartQuery>,
) -> Answer<Json<Page<Version<WorkflowForm>>>> {
    let workflows = &state.services.workflows;
    Ok(Json(workflows.versions(&member, &id, &part.into()).await?))
}

/// Read a version of a workflow
#[utoipa::path(
    get, path = "/workflows/{id}/versions/{version}", tag = "workflows",
    operation_id = "get_workflow_version",
    params(("id" = WorkflowId, Path), ("version" = u32, Path)),
    responses((status = OK, body = Version<WorkflowForm>), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn version(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id((id, version)): Id<(WorkflowId, u32)>,
) -> Answer<Json<Version<WorkflowForm>>> {
    let workflows = &state.services.workflows;
    Ok(Json(workflows.version(&member, &id, version).await?))
}

/// Compare two versions of a workflow
#[utoipa::path(
    get, path = "/workflows/{id}/diff", tag = "workflows",
    operation_id = "compare_workflow_versions",
    params(("id" = WorkflowId, Path), Between),
    responses((status = OK, body = Changes), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn diff(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<WorkflowId>,
    Params(Between { from, to }): Params<Between>,
) -> Answer<Json<Changes>> {
    let workflows = &state.services.workflows;
    let items = workflows.changes(&member, &id, from, to).await?;
    Ok(Json(Changes { items }))
}

/// Go back to a version of a workflow
///
/// Its creator and admins. What it was becomes its next version; whether it is public stays.
#[utoipa::path(
    post, path = "/workflows/{id}/restore", tag = "workflows",
    operation_id = "restore_workflow",
    params(("id" = WorkflowId, Path)),
    request_body = Restoring,
    responses(
        (status = OK, body = WorkflowTemplate, headers(("ETag" = String, description = "Its version"))),
        (status = FORBIDDEN, description = "Only its creator and admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = PRECONDITION_FAILED, description = "It was changed meanwhile", body = ApiError),
    ),
)]
pub async fn restore(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<WorkflowId>,
    Body(Restoring { version }): Body<Restoring>,
) -> Answer<Tagged<WorkflowTemplate>> {
    let workflows = &state.services.workflows;
    let template = workflows.restore(&member, &id, version).await?;
    Ok(tagged(StatusCode::OK, template))
}

/// Ask with a workflow
///
/// Answers at once with the run that was started, or with `wait=true` when it has ended.
#[utoipa::path(
    post, path = "/workflows/{id}/execute", tag = "workflows",
    operation_id = "execute_workflow",
    params(("id" = WorkflowId, Path), Waiting),
    request_body = Execution,
    responses(
        (status = ACCEPTED, description = "The run was started", body = Asked),
        (status = OK, description = "The run has ended", body = Asked),
        (status = FORBIDDEN, description = "Viewers and reading keys ask nothing", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "A question is being answered there", body = ApiError),
    ),
)]
pub async fn execute(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<WorkflowId>,
    Params(Waiting { wait }): Params<Waiting>,
    Extension(process): Extension<Process>,
    headers: HeaderMap,
    Body(execution): Body<Execution>,
) -> Answer<Response> {
    let query = Query {
        request_id: request_id(execution.request_id, &id, &headers),
        conversation_id: execution.conversation_id,
        message: execution.query,
        workflow_id: Some(id),
        options: execution.options,
    };
    let run = state.services.runs.start(&member, query, Source::Api).await;
    let run = run.map_err(named(&FIELDS))?;
    answer(&state.services, &member, run, wait, process).await
}
