//! Connections to providers, for admins: made, listed, changed, tested and removed.
#![expect(
    clippy::too_many_arguments,
    reason = "a form has one for each of its fields"
)]

use super::{Exchange, Refused};
use domain::{Connection, ConnectionId, EnvironmentConnection, ProviderKind, Tested};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page shows: the organization's own, and what the operator set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    pub own: Vec<Connection>,
    pub environment: Vec<EnvironmentConnection>,
}

/// Every field as the form sends it; empty means "not set".
#[server(protocol = Exchange)]
pub async fn create_connection(
    provider: ProviderKind,
    #[server(default)] name: String,
    #[server(default)] base_url: String,
    #[server(default)] default_model: String,
    #[server(default)] api_key: String,
) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let form = domain::ConnectionForm {
        name,
        base_url,
        default_model,
        api_key,
    };
    let connections = &services.connections;
    connections.create(&admin, provider, form).await?;
    Ok(())
}

/// In the order in which they were made.
#[server(ListConnections, protocol = Exchange)]
pub async fn connections() -> Result<Connected, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(Connected {
        own: services.connections.list(&admin).await?,
        environment: services.connections.environment(&admin),
    })
}

#[server(ReadConnection, protocol = Exchange)]
pub async fn connection(id: ConnectionId) -> Result<Connection, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.connections.get(&admin, id).await?)
}

/// Every field as the form sends it; without a key the one that is kept stays.
#[server(protocol = Exchange)]
pub async fn save_connection(
    id: ConnectionId,
    name: String,
    #[server(default)] base_url: String,
    #[server(default)] default_model: String,
    #[server(default)] api_key: String,
    #[server(default)] prices: String,
    #[server(default)] requests_per_minute: String,
    #[server(default)] concurrent_calls: String,
) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let texts = services::ConnectionTexts {
        name,
        base_url,
        default_model,
        api_key,
        prices,
        requests_per_minute,
        concurrent_calls,
    };
    services.connections.save(&admin, id, texts).await?;
    crate::ssr::go_on("/admin/providers?done=changed");
    Ok(())
}

/// Asks the provider something small.
#[server(protocol = Exchange)]
pub async fn test_connection(id: ConnectionId) -> Result<Tested, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.connections.test(&admin, id).await?)
}

#[server(protocol = Exchange)]
pub async fn delete_connection(id: ConnectionId) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.connections.delete(&admin, id).await?)
}
