//! The caller's conversations. Their messages are in messages.rs.

use super::repeat::MadeOnce;
use super::request::{Answer, Body, Caller, Id, Params};
use super::sort::ConversationSort;
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{ApiError, Conversation, ConversationId, MessageId, Page, Source};
use serde::{Deserialize, Deserializer};
use services::{Admin, ConversationForm, Listing, Part};
use utoipa::{IntoParams, ToSchema};

/// Whose data.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    #[default]
    Own,
    /// Everybody's in the organization: for admins, and put on record.
    Organization,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Reading {
    /// `organization`: anybody's, for admins; it is put on record.
    #[serde(default)]
    scope: Whose,
}

/// What is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConversationQuery {
    /// `organization`: everybody's, for admins; it is put on record.
    #[serde(default)]
    scope: Whose,
    /// Words in titles and messages, in any case; the last may be the beginning of one.
    q: Option<String>,
    tag: Option<String>,
    folder: Option<String>,
    /// Only archived ones; without it, only the others.
    #[serde(default)]
    archived: bool,
    /// The latest activity first, if left out.
    sort: Option<ConversationSort>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100, 50 if left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "title": "Team productivity", "tags": ["work"] }))]
pub struct NewConversation {
    title: Option<String>,
    /// At most 20.
    tags: Option<Vec<String>>,
    folder: Option<String>,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "archived": true, "folder": null }))]
pub struct ConversationPatch {
    title: Option<String>,
    /// At most 20.
    tags: Option<Vec<String>>,
    /// `null` takes it out of its folder.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    folder: Option<Option<String>>,
    archived: Option<bool>,
    /// Whether it stands above the others.
    pinned: Option<bool>,
    /// A message: the branch that ends with it is shown, and the next question follows it.
    active_leaf_id: Option<MessageId>,
}

/// Tells `null` from a field that is left out.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// List conversations
///
/// The latest activity first, unless sorted.
#[utoipa::path(
    get, path = "/conversations", tag = "conversations",
    operation_id = "list_conversations",
    params(ConversationQuery),
    responses(
        (status = OK, body = Page<Conversation>),
        (status = FORBIDDEN, description = "Only admins list what is not theirs", body = ApiError),
    ),
)]
pub async fn list(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(query): Params<ConversationQuery>,
) -> Answer<Json<Page<Conversation>>> {
    let listing = Listing {
        archived: query.archived,
        tag: query.tag,
        folder: query.folder,
        q: query.q,
        pinned: None,
        filed: None,
        sort: query.sort.map(Into::into),
        part: Part {
            cursor: query.cursor,
            limit: query.limit,
        },
    };
    let conversations = &state.services.conversations;
    Ok(Json(match query.scope {
        Whose::Own => conversations.list(&member, listing).await?,
        Whose::Organization => {
            let admin = Admin::try_from(member)?;
            conversations.list_all(&admin, listing).await?
        }
    }))
}

/// Begin a conversation
#[utoipa::path(
    post, path = "/conversations", tag = "conversations",
    operation_id = "create_conversation",
    request_body = NewConversation,
    responses(
        (status = CREATED, body = Conversation),
        (status = FORBIDDEN, description = "Viewers and reading keys create nothing", body = ApiError),
    ),
)]
pub async fn create(
    State(state): State<AppState>,
    Caller(member): Caller,
    MadeOnce(once): MadeOnce,
    Body(new): Body<NewConversation>,
) -> Answer<(StatusCode, Json<Conversation>)> {
    let form = ConversationForm {
        title: new.title,
        tags: new.tags,
        folder: new.folder.map(Some),
        archived: None,
        pinned: None,
        leaf: None,
    };
    let conversations = &state.services.conversations;
    let conversation = conversations
        .create(&member, form, Source::Api, once)
        .await?;
    Ok((StatusCode::CREATED, Json(conversation)))
}

/// Read a conversation
#[utoipa::path(
    get, path = "/conversations/{id}", tag = "conversations",
    operation_id = "get_conversation",
    params(("id" = ConversationId, Path), Reading),
    responses(
        (status = OK, body = Conversation),
        (status = FORBIDDEN, description = "Only admins read what is not theirs", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn get(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConversationId>,
    Params(Reading { scope }): Params<Reading>,
) -> Answer<Json<Conversation>> {
    let conversations = &state.services.conversations;
    Ok(Json(match scope {
        Whose::Own => conversations.get(&member, id).await?,
        Whose::Organization => {
            let admin = Admin::try_from(member)?;
            conversations.get_any(&admin, id).await?
        }
    }))
}

/// Change title, tags, folder, whether it is archived or pinned, or which branch is shown
#[utoipa::path(
    patch, path = "/conversations/{id}", tag = "conversations",
    operation_id = "change_conversation",
    params(("id" = ConversationId, Path)),
    request_body = ConversationPatch,
    responses(
        (status = OK, body = Conversation),
        (status = FORBIDDEN, description = "The API key only reads", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn change(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConversationId>,
    Body(patch): Body<ConversationPatch>,
) -> Answer<Json<Conversation>> {
    let form = ConversationForm {
        title: patch.title,
        tags: patch.tags,
        folder: patch.folder,
        archived: patch.archived,
        pinned: patch.pinned,
        leaf: patch.active_leaf_id,
    };
    let conversations = &state.services.conversations;
    Ok(Json(conversations.change(&member, id, form).await?))
}

/// Delete a conversation
///
/// With its messages and runs. A run under way ends without a trace.
#[utoipa::path(
    delete, path = "/conversations/{id}", tag = "conversations",
    operation_id = "delete_conversation",
    params(("id" = ConversationId, Path)),
    responses(
        (status = NO_CONTENT, description = "It is gone"),
        (status = FORBIDDEN, description = "The API key only reads", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn delete(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<ConversationId>,
) -> Answer<StatusCode> {
    state.services.conversations.delete(&member, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
