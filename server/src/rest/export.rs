//! A conversation as a file.

use super::request::{Answer, Caller, Id, Params};
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::{ApiError, ConversationExport, ConversationId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Every branch, with the events and provider calls of its runs.
    #[default]
    Json,
    /// The branch that is shown, to be read.
    Markdown,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    #[serde(default)]
    format: ExportFormat,
    /// In Markdown: also what led to the answers.
    #[serde(default)]
    deliberation: bool,
}

/// Export a conversation
#[utoipa::path(
    get, path = "/conversations/{id}/export", tag = "conversations",
    operation_id = "export_conversation",
    params(("id" = ConversationId, Path), ExportQuery),
    responses(
        (
            status = OK,
            description = "A file to keep",
            content((ConversationExport = "application/json"), (String = "text/markdown"))
        ),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn export(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConversationId>,
    Params(query): Params<ExportQuery>,
) -> Answer<Response> {
    let conversations = &state.services.conversations;
    let named = |ending| {
        let name = format!("attachment; filename=\"conversation-{id}.{ending}\"");
        (CONTENT_DISPOSITION, name)
    };
    Ok(match query.format {
        ExportFormat::Json => {
            let export = conversations.export(&member, id).await?;
            ([named("json")], Json(export)).into_response()
        }
        ExportFormat::Markdown => {
            let text = conversations
                .export_markdown(&member, id, query.deliberation)
                .await?;
            let markdown = (CONTENT_TYPE, "text/markdown; charset=utf-8".to_owned());
            ([named("md"), markdown], text).into_response()
        }
    })
}
