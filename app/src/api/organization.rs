//! Invitations: made and revoked by admins, read by whoever holds the link.

use super::{Json, Refused};
use domain::{Invitation, InvitationId, Role};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the holder of a link is told before they sign up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedTo {
    pub organization: String,
    pub role: Role,
}

/// The link is shown once: its secret is not kept.
#[server(output = Json)]
pub async fn invite(role: Role) -> Result<String, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let link = services.accounts.invite(&admin, role, None).await?;
    crate::ssr::typed::show_once(&link);
    Ok(link)
}

#[server(output = Json)]
pub async fn invitations() -> Result<Vec<Invitation>, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.accounts.invitations(&admin).await?)
}

#[server(output = Json)]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.accounts.revoke_invitation(&admin, id).await?)
}

/// `token` is the secret at the end of the link.
#[server(ReadInvitation, output = Json)]
pub async fn invitation(token: String) -> Result<InvitedTo, Refused> {
    let (invitation, organization) = crate::ssr::services().accounts.invitation(&token).await?;
    Ok(InvitedTo {
        organization: organization.name.into(),
        role: invitation.role,
    })
}
