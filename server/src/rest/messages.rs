//! Messages: asking a question, and reading what was written.

use super::Process;
use super::conversations::Whose;
use super::repeat::{Unfinished, request_id};
use super::request::{Answer, Body, Caller, Id, Params, named};
use app::ssr::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::wire::{Query, QueryOptions};
use domain::{
    ApiError, ConversationId, Feedback, Message, MessageId, Page, Rating, Run, Source, WorkflowId,
};
use serde::{Deserialize, Serialize};
use services::{Admin, Member, Part, Services};
use std::sync::Arc;
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
    pub wait: bool,
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

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessageQuery {
    /// `organization`: anybody's, for admins; it is put on record.
    #[serde(default)]
    scope: Whose,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100, 50 if left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// What the services name otherwise.
const FIELDS: [(&str, &str); 3] = [
    ("message", "content"),
    ("max_iterations", "options.max_iterations"),
    ("quality_threshold", "options.quality_threshold"),
];

/// List the messages of a conversation
///
/// Every branch, in the order in which they were written.
#[utoipa::path(
    get, path = "/conversations/{id}/messages", tag = "messages",
    operation_id = "list_messages",
    params(("id" = ConversationId, Path), MessageQuery),
    responses(
        (status = OK, body = Page<Message>),
        (status = FORBIDDEN, description = "Only admins read what is not theirs", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn of_conversation(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConversationId>,
    Params(query): Params<MessageQuery>,
) -> Answer<Json<Page<Message>>> {
    let part = Part {
        cursor: query.cursor,
        limit: query.limit,
    };
    let conversations = &state.services.conversations;
    Ok(Json(match query.scope {
        Whose::Own => conversations.messages(&member, id, &part).await?,
        Whose::Organization => {
            let admin = Admin::try_from(member)?;
            conversations.messages_of_any(&admin, id, &part).await?
        }
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
) -> Answer<Response> {
    let query = Query {
        request_id: request_id(new.request_id, &id, &headers),
        conversation_id: Some(id),
        message: new.content,
        workflow_id: new.workflow_id,
        options: new.options,
    };
    let run = state
        .services
        .runs
        .start(&member, query, Source::Api)
        .await
        .map_err(named(&FIELDS))?;
    answer(&state.services, &member, run, wait, process).await
}

/// What is said of a run that was started: at once, or when it has ended.
pub async fn answer(
    services: &Arc<Services>,
    member: &Member,
    run: Run,
    wait: bool,
    process: Process,
) -> Answer<Response> {
    let conversations = &services.conversations;
    let message = conversations.message(member, run.question_id).await?;
    if !wait {
        let answer = None;
        let asked = Asked {
            run,
            message,
            answer,
        };
        return Ok((StatusCode::ACCEPTED, Json(asked)).into_response());
    }
    let (run, answer) = services.ended(member, run.id, process.closing).await?;
    let ended = run.status.is_final();
    let asked = Asked {
        run,
        message,
        answer,
    };
    Ok(if ended {
        Json(asked).into_response()
    } else {
        // The process stops. Whoever asks again with the same key waits for the same run.
        (StatusCode::ACCEPTED, Extension(Unfinished), Json(asked)).into_response()
    })
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "content": "How do I improve the productivity of a remote team?" }))]
pub struct MessageEdit {
    /// The question in other words.
    content: String,
    /// Without it, the caller's default.
    workflow_id: Option<WorkflowId>,
    /// Sent twice, it starts one run only.
    request_id: Option<String>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "workflow_id": "overmind" }))]
pub struct AnotherAnswer {
    /// Without it, the caller's default.
    workflow_id: Option<WorkflowId>,
    /// Sent twice, it starts one run only.
    request_id: Option<String>,
    options: QueryOptions,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "rating": "up", "comment": "Exactly what I needed." }))]
pub struct NewFeedback {
    /// `null` takes it back.
    rating: Option<Rating>,
    /// At most 2,000 characters.
    comment: Option<String>,
}

/// Edit a question
///
/// A branch beside the old one, with a run of its own; the old question and its answers stay.
#[utoipa::path(
    patch, path = "/messages/{id}", tag = "messages",
    operation_id = "edit_message",
    params(("id" = MessageId, Path)),
    request_body = MessageEdit,
    responses(
        (status = ACCEPTED, description = "The run was started", body = Asked),
        (status = FORBIDDEN, description = "Viewers and reading keys ask nothing", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "It is an answer, or a question is being answered there", body = ApiError),
    ),
)]
pub async fn edit(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<MessageId>,
    Extension(process): Extension<Process>,
    headers: HeaderMap,
    Body(edit): Body<MessageEdit>,
) -> Answer<Response> {
    let key = request_id(edit.request_id, &format_args!("edit/{id}"), &headers);
    let runs = &state.services.runs;
    let run = runs
        .edit(&member, id, edit.content, edit.workflow_id, key)
        .await
        .map_err(named(&FIELDS))?;
    answer(&state.services, &member, run, false, process).await
}

/// Ask for another answer
///
/// To that question, or to the one that this answers. The other answers stay.
#[utoipa::path(
    post, path = "/messages/{id}/regenerate", tag = "messages",
    operation_id = "regenerate_message",
    params(("id" = MessageId, Path), Waiting),
    request_body = AnotherAnswer,
    responses(
        (status = ACCEPTED, description = "The run was started", body = Asked),
        (status = OK, description = "The run has ended", body = Asked),
        (status = FORBIDDEN, description = "Viewers and reading keys ask nothing", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "A question is being answered there", body = ApiError),
    ),
)]
pub async fn regenerate(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<MessageId>,
    Params(Waiting { wait }): Params<Waiting>,
    Extension(process): Extension<Process>,
    headers: HeaderMap,
    Body(new): Body<AnotherAnswer>,
) -> Answer<Response> {
    let key = request_id(new.request_id, &id, &headers);
    let runs = &state.services.runs;
    let run = runs
        .regenerate(&member, id, new.workflow_id, new.options, key)
        .await
        .map_err(named(&FIELDS))?;
    answer(&state.services, &member, run, wait, process).await
}

/// Rate an answer
#[utoipa::path(
    put, path = "/messages/{id}/feedback", tag = "messages",
    operation_id = "rate_message",
    params(("id" = MessageId, Path)),
    request_body = NewFeedback,
    responses(
        (status = OK, body = Message),
        (status = FORBIDDEN, description = "The API key only reads", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "It is a question", body = ApiError),
    ),
)]
pub async fn rate(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<MessageId>,
    Body(NewFeedback { rating, comment }): Body<NewFeedback>,
) -> Answer<Json<Message>> {
    let feedback = rating.map(|rating| Feedback { rating, comment });
    let conversations = &state.services.conversations;
    Ok(Json(conversations.rate(&member, id, feedback).await?))
}
