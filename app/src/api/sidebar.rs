//! The conversations that are listed beside every page: read, searched, and put where they belong.

use super::{Exchange, Refused};
use domain::{Conversation, ConversationId, Found, Page, Sidebar};
use leptos::prelude::*;

/// `cursor` is the `next_cursor` of a page of the others.
#[server(ReadSidebar, protocol = Exchange)]
pub async fn sidebar(#[server(default)] cursor: Option<String>) -> Result<Sidebar, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.conversations.sidebar(&member, cursor).await?)
}

/// In that folder, with that tag, or archived; otherwise those that are neither pinned nor in a
/// folder. The latest activity first.
#[server(ListConversations, protocol = Exchange)]
pub async fn conversations(
    #[server(default)] folder: Option<String>,
    #[server(default)] tag: Option<String>,
    #[server(default)] archived: bool,
    #[server(default)] cursor: Option<String>,
) -> Result<Page<Conversation>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    if folder.is_none() && tag.is_none() && !archived {
        return Ok(services.conversations.others(&member, cursor).await?);
    }
    let listing = services::Listing {
        folder,
        tag,
        archived,
        part: services::Part {
            cursor,
            limit: None,
        },
        ..services::Listing::default()
    };
    Ok(services.conversations.list(&member, listing).await?)
}

/// By words in titles and messages.
#[server(SearchConversations, protocol = Exchange)]
pub async fn search(
    #[server(default)] q: String,
    #[server(default)] cursor: Option<String>,
) -> Result<Page<Found>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.conversations.search(&member, &q, cursor).await?)
}

/// No name takes it out of its folder.
#[server(protocol = Exchange)]
pub async fn move_conversation(
    id: ConversationId,
    #[server(default)] folder: String,
) -> Result<Conversation, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let form = services::ConversationForm {
        folder: Some(Some(folder).filter(|name| !name.trim().is_empty())),
        ..services::ConversationForm::default()
    };
    Ok(services.conversations.change(&member, id, form).await?)
}

/// With commas between them.
#[server(protocol = Exchange)]
pub async fn tag_conversation(
    id: ConversationId,
    #[server(default)] tags: String,
) -> Result<Conversation, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let tags = tags.split(',').filter(|tag| !tag.trim().is_empty());
    let form = services::ConversationForm {
        tags: Some(tags.map(str::to_owned).collect()),
        ..services::ConversationForm::default()
    };
    Ok(services.conversations.change(&member, id, form).await?)
}

/// Pins or archives it, or undoes that; what is left out stays as it is.
#[server(protocol = Exchange)]
pub async fn mark_conversation(
    id: ConversationId,
    #[server(default)] pinned: Option<bool>,
    #[server(default)] archived: Option<bool>,
) -> Result<Conversation, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let form = services::ConversationForm {
        pinned,
        archived,
        ..services::ConversationForm::default()
    };
    Ok(services.conversations.change(&member, id, form).await?)
}
