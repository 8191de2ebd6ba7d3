//! API keys: made, listed and revoked by whoever they act for.

use super::{Exchange, Refused};
use domain::{ApiKey, ApiKeyId, KeyScope};
use leptos::prelude::*;

/// The key is shown once: it is not kept.
#[server(protocol = Exchange)]
pub async fn create_api_key(
    name: String,
    scope: KeyScope,
    expires_in_days: Option<u32>,
    requests_per_minute: Option<u32>,
) -> Result<String, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let form = services::ApiKeyForm {
        name,
        scope,
        expires_in_days,
        requests_per_minute,
    };
    let accounts = &services.accounts;
    let (_, key) = accounts.create_api_key(&member, form, None).await?;
    crate::ssr::typed::show_once(key.expose());
    Ok(key.expose().to_owned())
}

/// The newest first.
#[server(ListApiKeys, protocol = Exchange)]
pub async fn api_keys() -> Result<Vec<ApiKey>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.accounts.api_keys(&member).await?)
}

#[server(protocol = Exchange)]
pub async fn revoke_api_key(id: ApiKeyId) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.accounts.revoke_api_key(&member, id).await?)
}
