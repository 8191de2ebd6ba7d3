//! Signing up, logging in and out, and everything a person changes about their own account.

use super::{Exchange, Refused};
use domain::{Preferences, Session, SessionId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the settings page shows of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sessions {
    pub current: Option<SessionId>,
    /// The newest first.
    pub all: Vec<Session>,
}

/// The first account, or with the secret of an invitation's link.
#[server(protocol = Exchange)]
pub async fn sign_up(
    name: String,
    email: String,
    password: String,
    #[server(default)] invitation: Option<String>,
) -> Result<(), Refused> {
    use crate::ssr::{client, enter, services};
    let form = services::SignUp {
        name,
        email,
        password,
        invitation,
        organization_name: None,
    };
    let opened = services().accounts.sign_up(&client(), form).await?;
    enter(opened, "/");
    Ok(())
}

/// `next` is a path of ours to go on to; anything else leads to `/`.
#[server(protocol = Exchange)]
pub async fn log_in(
    email: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> Result<(), Refused> {
    use crate::ssr::{client, enter, local_path, services};
    let opened = services()
        .accounts
        .log_in(&client(), email, password)
        .await?;
    enter(opened, &local_path(next));
    Ok(())
}

#[server(protocol = Exchange)]
pub async fn log_out() -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    services.accounts.log_out(&member).await?;
    crate::ssr::leave("/");
    Ok(())
}

#[server(protocol = Exchange)]
pub async fn change_password(current: String, password: String) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services
        .accounts
        .change_password(&member, current, password)
        .await?)
}

/// Removes the account and all its conversations, for good.
#[server(protocol = Exchange)]
pub async fn delete_account(password: String) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    services.accounts.delete(&member, password).await?;
    crate::ssr::leave("/");
    Ok(())
}

/// Every field as the form sends it; empty means "not set".
#[server(protocol = Exchange)]
pub async fn save_preferences(
    #[server(default)] default_model: String,
    #[server(default)] default_workflow: String,
    #[server(default)] quality_threshold: String,
    /// A checkbox: present when checked.
    #[server(default)]
    show_debug_info: Option<String>,
    #[server(default)] theme: String,
) -> Result<Preferences, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let form = services::accounts::PreferencesForm {
        default_model,
        default_workflow,
        quality_threshold,
        show_debug_info: show_debug_info.is_some(),
        theme,
    };
    Ok(services.accounts.save_preferences(&member, form).await?)
}

#[server(ListSessions, protocol = Exchange)]
pub async fn sessions() -> Result<Sessions, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let all = services.accounts.sessions(&member).await?;
    Ok(Sessions {
        current: member.session_id(),
        all,
    })
}

/// Logs another browser out.
#[server(protocol = Exchange)]
pub async fn end_session(id: SessionId) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.accounts.end_session(&member, id).await?)
}
