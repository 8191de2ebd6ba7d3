//! What is kept and for how long, and the log of prompts; for admins.

use super::{Exchange, Refused};
use domain::{LoggedCall, Page};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    pub retention_days: Option<u32>,
    pub log_prompts: bool,
    /// Conversations that would go in the coming night.
    pub expiring: u64,
}

#[server(ReadKeeping, protocol = Exchange)]
pub async fn keeping() -> Result<Keeping, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let organization = services.accounts.organization(admin.member()).await?;
    Ok(Keeping {
        retention_days: organization.retention_days,
        log_prompts: organization.log_prompts,
        expiring: services.retention.expiring(&admin).await?,
    })
}

/// As the form sends it: without days conversations are kept for good, without the box nothing is
/// logged.
#[server(protocol = Exchange)]
pub async fn save_keeping(
    #[server(default)] retention_days: String,
    #[server(default)] log_prompts: Option<String>,
) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let texts = services::KeepingTexts {
        retention_days,
        log_prompts: log_prompts.is_some(),
    };
    services.accounts.save_keeping(&admin, texts).await?;
    Ok(())
}

/// The latest first. `cursor` is the previous page's `next_cursor`.
#[server(ReadPromptLog, protocol = Exchange)]
pub async fn prompt_log(
    #[server(default)] cursor: Option<String>,
) -> Result<Page<LoggedCall>, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let part = services::Part {
        cursor,
        limit: Some(30),
    };
    Ok(services.prompt_log.page(&admin, &part).await?)
}
