//! Links by which somebody without an account reads a conversation, or one answer of it.

use super::request::{Answer, Body, Caller, Id, Params};
use super::versioned::PartQuery;
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{ApiError, ConversationId, MessageId, Page, Share, ShareId, ShareMode};
use serde::{Deserialize, Serialize};
use services::ShareForm;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "conversation_id": "01a2210f-7eec-702d-b37b-9f64c9a1687e", "mode": "deliberation", "days": 30,
}))]
pub struct NewShare {
    conversation_id: ConversationId,
    /// Only this answer, with its question. Without it, the branch that is shown now.
    answer_id: Option<MessageId>,
    /// `answer` if left out.
    #[serde(default)]
    mode: ShareMode,
    /// How long the link works: 1 to 365, 7 if left out.
    #[serde(default = "a_week")]
    #[schema(minimum = 1, maximum = 365)]
    days: u32,
}

fn a_week() -> u32 {
    7
}

/// The link is shown this once.
#[derive(Serialize, ToSchema)]
pub struct Shared {
    link: String,
    share: Share,
}

/// Share a conversation, or one answer
///
/// Answers a link by which anybody reads it as it is now, until it expires or is taken back.
#[utoipa::path(
    post, path = "/shares", tag = "conversations",
    operation_id = "create_share",
    request_body = NewShare,
    responses(
        (status = CREATED, body = Shared),
        (status = FORBIDDEN, description = "Viewers and reading keys share nothing", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "There is no answer yet", body = ApiError),
    ),
)]
pub async fn create(
    State(state): State<AppState>,
    Caller(member): Caller,
    Body(new): Body<NewShare>,
) -> Answer<(StatusCode, Json<Shared>)> {
    let form = ShareForm {
        conversation_id: new.conversation_id,
        answer_id: new.answer_id,
        mode: new.mode,
        days: new.days,
    };
    let (share, link) = state.services.shares.create(&member, form).await?;
    Ok((StatusCode::CREATED, Json(Shared { link, share })))
}

/// List shares
///
/// The caller's, as long as their links work. The newest first.
#[utoipa::path(
    get, path = "/shares", tag = "conversations",
    operation_id = "list_shares",
    params(PartQuery),
    responses((status = OK, body = Page<Share>)),
)]
pub async fn list(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(part): Params<PartQuery>,
) -> Answer<Json<Page<Share>>> {
    let shares = &state.services.shares;
    Ok(Json(shares.list(&member, &part.into()).await?))
}

/// Take a share back
#[utoipa::path(
    delete, path = "/shares/{id}", tag = "conversations",
    operation_id = "revoke_share",
    params(("id" = ShareId, Path)),
    responses(
        (status = NO_CONTENT, description = "Its link does not work any more"),
        (status = FORBIDDEN, description = "The API key only reads", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn revoke(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ShareId>,
) -> Answer<StatusCode> {
    state.services.shares.revoke(&member, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
