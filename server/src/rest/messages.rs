//! Messages: asking a question, and reading what was written.

use super::Process;
use super::repeat::IDEMPOTENCY_KEY;
use super::request::{Answer, Body, Caller, Id, Params};
use super::stream;
use app::ssr::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use domain::wire::{Query, QueryOptions};
use domain::{ApiError, ConversationId, Message, MessageId, Page, Run, WorkflowId};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "content": "How do I improve team productivity?", "workflow_id": "quick" }))]
pub struct NewMessage {
    /// The question, at most 32,000 characters.
    content: String,
    /// Without it, the caller's default.
    workflow_id: Option<WorkflowId>,
    /// Sent twice, it starts one run only.
    request_id: Option<String>,
    #[serde(default)]
    options: QueryOptions,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Waiting {
    /// Answer when the run has ended, with the answer.
    #[serde(default)]
    wait: bool,
}

/// A question and the run that answers it.
#[derive(Serialize, ToSchema)]
pub struct Asked {
    run: Run,
    message: Message,
    /// With `wait=true`, unless the run was cancelled or failed, or the server stops: see `run`.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Message>,
}

/// List the messages of a conversation
///
/// Every branch, in the order in which they were written.
#[utoipa::path(
    get, path = "/conversations/{id}/messages", tag = "messages",
    operation_id = "list_messages",
    params(("id" = ConversationId, Path)),
    responses((status = OK, body = Page<Message>), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn of_conversation(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConversationId>,
) -> Answer<Json<Page<Message>>> {
    let items = state.services.conversations.messages(&member, id).await?;
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}

/// Ask a question
///
/// Answers at once with the run that was started, or with `wait=true` when it has ended.
#[utoipa::path(
    post, path = "/conversations/{id}/messages", tag = "messages",
    operation_id = "ask",
    params(("id" = ConversationId, Path), Waiting),
    request_body = NewMessage,
    responses(
        (status = ACCEPTED, description = "The run was started", body = Asked),
        (status = OK, description = "The run has ended", body = Asked),
        (status = FORBIDDEN, description = "Viewers and reading keys ask nothing", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "A question is being answered there", body = ApiError),
    ),
)]
pub async fn ask(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConversationId>,
    Params(Waiting { wait }): Params<Waiting>,
    Extension(process): Extension<Process>,
    headers: HeaderMap,
    Body(new): Body<NewMessage>,
) -> Answer<(StatusCode, Json<Asked>)> {
    // Should this server die before it has answered, the same key still starts one run only.
    let key = headers
        .get(IDEMPOTENCY_KEY)
        .and_then(|key| key.to_str().ok());
    let query = Query {
        request_id: new.request_id.or_else(|| Some(format!("{id}/{}", key?))),
        conversation_id: Some(id),
        message: new.content,
        workflow_id: new.workflow_id,
        options: new.options,
    };
    let run = state.services.runs.start(&member, query, "api").await?;
    let conversations = &state.services.conversations;
    let message = conversations.message(&member, run.question_id).await?;
    if !wait {
        let answer = None;
        let asked = Asked {
            run,
            message,
            answer,
        };
        return Ok((StatusCode::ACCEPTED, Json(asked)));
    }
    let services = state.services.clone();
    let seen = stream::watch(services, member.clone(), run.id, 0, process.closing).await?;
    seen.for_each(async |_| {}).await;
    // They may have lost the right to know while they waited.
    let member = state.services.accounts.again(&member).await?;
    let run = state.services.runs.get(&member, run.id).await?;
    let answer = match run.outcome {
        Some(_) => Some(conversations.message(&member, run.answer_id).await?),
        None => None,
    };
    let asked = Asked {
        run,
        message,
        answer,
    };
    Ok((StatusCode::OK, Json(asked)))
}

/// Read a message
#[utoipa::path(
    get, path = "/messages/{id}", tag = "messages",
    operation_id = "get_message",
    params(("id" = MessageId, Path)),
    responses((status = OK, body = Message), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn get(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<MessageId>,
) -> Answer<Json<Message>> {
    let message = state.services.conversations.message(&member, id).await?;
    Ok(Json(message))
}
