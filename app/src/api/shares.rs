//! Shares: made and taken back by whoever asked, read by whoever holds the link.

use super::{Exchange, Refused};
use domain::{ConversationId, Share, ShareId, ShareMode, SharedView};
use leptos::prelude::*;

/// The link is shown once: its secret is not kept.
#[server(MakeShare, protocol = Exchange)]
pub async fn share(
    conversation_id: ConversationId,
    /// Empty: all of what is shown.
    #[server(default)]
    answer_id: String,
    mode: ShareMode,
    days: u32,
) -> Result<String, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let answer_id = Some(answer_id).filter(|id| !id.is_empty());
    let answer_id = answer_id
        .map(|id| id.parse::<domain::MessageId>())
        .transpose();
    let form = services::ShareForm {
        conversation_id,
        answer_id: answer_id.map_err(|_| services::Error::NotFound("answer"))?,
        mode,
        days,
    };
    let (_, link) = services.shares.create(&member, form).await?;
    crate::ssr::typed::show_once(&link);
    Ok(link)
}

/// Of a conversation, as long as their links work. The newest first.
#[server(ListShares, protocol = Exchange)]
pub async fn shares(id: ConversationId) -> Result<Vec<Share>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.shares.of_conversation(&member, id).await?)
}

#[server(protocol = Exchange)]
pub async fn revoke_share(id: ShareId) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.shares.revoke(&member, id).await?)
}

/// `token` is the secret at the end of the link.
#[server(ReadShared, protocol = Exchange)]
pub async fn shared(token: String) -> Result<SharedView, Refused> {
    let client = crate::ssr::client();
    Ok(crate::ssr::services().shares.read(&client, &token).await?)
}
