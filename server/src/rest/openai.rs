//! What OpenAI's clients speak to: workflows as models, questions as chat completions. Reading,
//! running, answering and refusing in OpenAI's shapes is in the files below this one.

mod answer;
mod asked;
mod fault;
mod waiting;

pub use fault::openai_errors;

use super::Process;
use super::repeat::request_id;
use super::request::{Answer, Body, Caller, Id, Refusal};
use answer::{ChatCompletion, Form};
use app::ssr::AppState;
use asked::ChatRequest;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::wire::Query;
use domain::{Source, WorkflowId, WorkflowTemplate};
use fault::{Fault, OpenAiError};
use serde::Serialize;
use services::Error;
use utoipa::ToSchema;
use waiting::Waiting;

/// Names the run behind a completion, for /v1/runs/{id}.
pub const RUN_ID: HeaderName = HeaderName::from_static("x-overmind-run-id");

/// A workflow, as OpenAI's clients see it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "overmind", "object": "model", "created": 1767225600, "owned_by": "overmind"
}))]
pub struct ModelCard {
    /// The workflow's id.
    id: WorkflowId,
    object: &'static str,
    /// In seconds since 1970.
    created: i64,
    owned_by: &'static str,
}

impl From<WorkflowTemplate> for ModelCard {
    fn from(template: WorkflowTemplate) -> Self {
        Self {
            id: template.workflow.id,
            object: "model",
            created: template.created_at.timestamp(),
            owned_by: "overmind",
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct ModelList {
    object: &'static str,
    data: Vec<ModelCard>,
}

/// List models
///
/// Every workflow that the caller may use is a model; the caller's default comes first. Models of
/// providers are chosen with `overmind.model` of a completion, not here.
#[utoipa::path(
    get, path = "/models", tag = "openai",
    operation_id = "openai_list_models",
    responses(
        (status = OK, body = ModelList),
        (status = UNAUTHORIZED, body = OpenAiError),
        (status = TOO_MANY_REQUESTS, body = OpenAiError),
        (status = INTERNAL_SERVER_ERROR, body = OpenAiError),
        (status = SERVICE_UNAVAILABLE, body = OpenAiError),
    ),
)]
pub async fn list_models(
    State(state): State<AppState>,
    Caller(member): Caller,
) -> Answer<Json<ModelList>> {
    let offered = state.services.workflows.offered(&member).await?;
    Ok(Json(ModelList {
        object: "list",
        data: offered.into_iter().map(ModelCard::from).collect(),
    }))
}

/// Read a model
#[utoipa::path(
    get, path = "/models/{model}", tag = "openai",
    operation_id = "openai_get_model",
    params(("model" = String, Path, description = "A workflow's id", example = "overmind")),
    responses(
        (status = OK, body = ModelCard),
        (status = UNAUTHORIZED, body = OpenAiError),
        (status = NOT_FOUND, body = OpenAiError),
        (status = UNPROCESSABLE_ENTITY, body = OpenAiError),
        (status = TOO_MANY_REQUESTS, body = OpenAiError),
        (status = INTERNAL_SERVER_ERROR, body = OpenAiError),
        (status = SERVICE_UNAVAILABLE, body = OpenAiError),
    ),
)]
pub async fn get_model(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(model): Id<String>,
) -> axum::response::Result<Json<ModelCard>> {
    let offered = state.services.workflows.offered(&member).await;
    let found = offered
        .map_err(Refusal::from)?
        .into_iter()
        .find(|template| template.workflow.id.as_str() == model);
    let found = found.ok_or_else(|| Fault::no_such_model(&model))?;
    Ok(Json(ModelCard::from(found)))
}

/// Create a chat completion
///
/// `model` is a workflow, the last message is the question, and what stands before it is the
/// conversation so far. Agents, their models and the judge are the workflow's, so `temperature`,
/// `top_p`, `max_tokens`, `max_completion_tokens`, `stop`, `seed`, `user`, `logit_bias`,
/// `logprobs`, the penalties and whatever else a client sends are accepted and ignored. Refused is
/// what would have to change the answer and cannot: more than one choice, tools, functions, forms
/// other than text, images and sounds.
///
/// The content of a stream is the final answer alone, because a draft may still be replaced when
/// it has been judged: until then there are comments that keep the connection and, where it is
/// asked for, the progress as `reasoning_content`. A failure in the middle is a last line with
/// `error`. A client that hangs up cancels its run, unless it sent an `Idempotency-Key`: then it
/// gets the same run when it asks again.
#[utoipa::path(
    post, path = "/chat/completions", tag = "openai",
    operation_id = "openai_create_chat_completion",
    request_body = ChatRequest,
    responses(
        (
            status = OK,
            description = "The answer; with `stream` its chunks, and `[DONE]` at the end",
            headers(("x-overmind-run-id" = String, description = "The run that answered")),
            content(
                (ChatCompletion = "application/json"),
                (String = "text/event-stream"),
            ),
        ),
        (
            status = BAD_REQUEST,
            description = "`error.param` names what cannot be accepted",
            body = OpenAiError,
        ),
        (status = UNAUTHORIZED, body = OpenAiError),
        (
            status = FORBIDDEN,
            description = "Viewers and reading keys ask nothing",
            body = OpenAiError,
        ),
        (status = NOT_FOUND, description = "There is no such model", body = OpenAiError),
        (
            status = CONFLICT,
            description = "The run was cancelled, or the key came with another question",
            body = OpenAiError,
        ),
        (
            status = UNPROCESSABLE_ENTITY,
            description = "`error.param` names what cannot be accepted",
            body = OpenAiError,
        ),
        (status = TOO_MANY_REQUESTS, body = OpenAiError),
        (status = INTERNAL_SERVER_ERROR, body = OpenAiError),
        (
            status = BAD_GATEWAY,
            description = "A provider failed, and so did the run",
            body = OpenAiError,
        ),
        (
            status = SERVICE_UNAVAILABLE,
            description = "The run failed here, or the server stops",
            body = OpenAiError,
        ),
    ),
)]
pub async fn create_chat_completion(
    State(state): State<AppState>,
    Caller(member): Caller,
    Extension(process): Extension<Process>,
    headers: HeaderMap,
    Body(request): Body<ChatRequest>,
) -> axum::response::Result<Response> {
    let asked = request.read()?;
    let request_id = request_id(None, &"openai", &headers);
    // Whoever sent a key comes back for the answer; without one they ask anew.
    let cancels = request_id.is_none();
    let query = Query {
        request_id,
        conversation_id: None,
        message: asked.question,
        workflow_id: Some(WorkflowId::new(asked.model.as_str())),
        options: asked.options,
    };
    let services = state.services;
    let started = services
        .runs
        .start_after(&member, query, Source::OpenAi, asked.earlier)
        .await;
    let run = match started {
        Ok(run) => run,
        // Nothing else is looked up: the question begins a conversation of its own.
        Err(Error::NotFound(_)) => return Err(Fault::no_such_model(&asked.model).into()),
        Err(error) => return Err(Refusal::from(error).into()),
    };

    let named = [(RUN_ID, run.id.to_string())];
    let form = Form::new(&run, asked.reasoning, asked.include_usage);
    let told = Waiting {
        services,
        member,
        run: run.id,
        process,
        cancels,
    }
    .told();
    if asked.stream {
        return Ok((named, form.stream(told)).into_response());
    }
    Ok(match form.whole(told).await {
        Ok(completion) => (named, Json(completion)).into_response(),
        Err(fault) => (named, fault).into_response(),
    })
}
