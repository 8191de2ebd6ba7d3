//! The organization: what admins change of it, invitations into it, and how people sign up.

use super::{Exchange, Refused};
use domain::{Invitation, InvitationId, Organization, QuotaUse, Role, SignUpPolicy};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the holder of a link is told before they sign up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedTo {
    pub organization: String,
    pub role: Role,
}

/// What whoever comes without an invitation is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignUpOffer {
    /// The first account makes its organization.
    First,
    Open {
        organization: String,
        /// Ends of mail addresses; empty: any.
        domains: Vec<String>,
    },
    ByInvitation,
    Closed,
}

#[server(ReadSignUpOffer, protocol = Exchange)]
pub async fn sign_up_offer() -> Result<SignUpOffer, Refused> {
    use services::SignUpOffer as Offer;
    Ok(
        match crate::ssr::services().accounts.sign_up_offer().await? {
            Offer::First => SignUpOffer::First,
            Offer::Open(it) => SignUpOffer::Open {
                organization: it.name.into(),
                domains: it.mail_domains.into_iter().map(String::from).collect(),
            },
            Offer::ByInvitation => SignUpOffer::ByInvitation,
            Offer::Closed => SignUpOffer::Closed,
        },
    )
}

#[server(ReadOrganization, protocol = Exchange)]
pub async fn organization() -> Result<Organization, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.accounts.organization(&member).await?)
}

/// Every field as the form sends it; empty leaves it to the server.
#[server(protocol = Exchange)]
pub async fn save_organization(
    name: String,
    sign_up: SignUpPolicy,
    #[server(default)] mail_domains: String,
    #[server(default)] default_workflow: String,
    #[server(default)] default_model: String,
    #[server(default)] requests_per_minute: String,
) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let texts = services::OrganizationTexts {
        name,
        sign_up,
        mail_domains,
        default_workflow,
        default_model,
        requests_per_minute,
    };
    services.accounts.save_organization(&admin, texts).await?;
    Ok(())
}

/// Of a calendar month; money in dollars, and what is empty has no limit.
#[server(protocol = Exchange)]
pub async fn save_quotas(
    #[server(default)] member_requests: String,
    #[server(default)] member_tokens: String,
    #[server(default)] member_cost: String,
    #[server(default)] organization_requests: String,
    #[server(default)] organization_tokens: String,
    #[server(default)] organization_cost: String,
) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let texts = services::QuotaTexts {
        member_requests,
        member_tokens,
        member_cost,
        organization_requests,
        organization_tokens,
        organization_cost,
    };
    services.accounts.save_quotas(&admin, texts).await?;
    Ok(())
}

/// How much of the quotas is used this month.
#[server(ReadQuotaUse, protocol = Exchange)]
pub async fn quota_use() -> Result<QuotaUse, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.analytics.quota_use(&admin).await?)
}

/// The link is shown once: its secret is not kept.
#[server(protocol = Exchange)]
pub async fn invite(role: Role) -> Result<String, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let link = services.accounts.invite(&admin, role, None).await?;
    crate::ssr::typed::show_once(&link);
    Ok(link)
}

#[server(protocol = Exchange)]
pub async fn invitations() -> Result<Vec<Invitation>, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.accounts.invitations(&admin).await?)
}

#[server(protocol = Exchange)]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.accounts.revoke_invitation(&admin, id).await?)
}

/// `token` is the secret at the end of the link.
#[server(ReadInvitation, protocol = Exchange)]
pub async fn invitation(token: String) -> Result<InvitedTo, Refused> {
    let (invitation, organization) = crate::ssr::services().accounts.invitation(&token).await?;
    Ok(InvitedTo {
        organization: organization.name.into(),
        role: invitation.role,
    })
}
