//! The models that runs work with: those of the run's organization. What it connected is read from
//! the store each time, so that every process follows a change at once; what was built of it is
//! remembered for as long as it stays the same.

use crate::data_keys::DataKeys;
use crate::error::{Error, Result};
use crate::vault::Place;
use domain::{
    Connection, ConnectionId, ConnectionName, EnvironmentConnection, OrganizationId, ProviderKind,
    Terms, Tested,
};
use engine::ModelChoice;
use engine::llm::{Llm, LlmError};
use futures::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Store, StoredConnection};
use zeroize::Zeroizing;

#[derive(Clone)]
pub struct Models {
    pub llm: Arc<dyn Llm>,
    /// What the organization or else the process is configured for; requests and preferences come
    /// before it.
    pub choice: ModelChoice,
    /// The built-in model does the work: say so plainly.
    pub demonstration: bool,
}

/// How to reach a provider in an organization's name.
#[derive(Clone)]
pub struct ProviderAccess {
    pub id: ConnectionId,
    /// The first part of its models' names.
    pub name: ConnectionName,
    pub provider: ProviderKind,
    pub base_url: Option<String>,
    pub default_model: Option<String>,
    pub api_key: Option<Zeroizing<String>>,
    pub terms: Terms,
}

impl ProviderAccess {
    pub(crate) fn of(connection: &Connection, api_key: Option<Zeroizing<String>>) -> Self {
        Self {
            id: connection.id,
            name: connection.name.clone(),
            provider: connection.provider,
            base_url: connection.base_url.clone(),
            default_model: connection.default_model.clone(),
            api_key,
            terms: connection.terms.clone(),
        }
    }
}

/// Makes models of connections; whoever starts the process puts it together.
pub trait Providers: Send + Sync {
    /// What is connected for everybody.
    fn environment(&self) -> Vec<EnvironmentConnection>;

    /// The models of whoever has these connections; `None` when there is nothing to ask.
    fn models(&self, own: &[ProviderAccess]) -> Option<Models>;

    /// Refuses an address that may not be asked, in words.
    fn check(&self, access: &ProviderAccess) -> Result<(), String>;

    /// Asks it something small.
    fn test(&self, access: ProviderAccess) -> BoxFuture<'static, Result<Tested, LlmError>>;
}

/// A process that asks no models.
pub struct NoProviders;

impl Providers for NoProviders {
    fn environment(&self) -> Vec<EnvironmentConnection> {
        Vec::new()
    }

    fn models(&self, _own: &[ProviderAccess]) -> Option<Models> {
        None
    }

    fn check(&self, _access: &ProviderAccess) -> Result<(), String> {
        Ok(())
    }

    fn test(&self, _access: ProviderAccess) -> BoxFuture<'static, Result<Tested, LlmError>> {
        let message = "this process asks no models";
        let error = LlmError::new(engine::llm::LlmErrorKind::NotConfigured, message);
        Box::pin(async { Err(error) })
    }
}

#[derive(Clone)]
pub(crate) struct OrganizationModels(Arc<Inner>);

struct Inner {
    store: Store,
    keys: DataKeys,
    providers: Arc<dyn Providers>,
    /// For those who connected nothing.
    shared: Option<Models>,
    built: Mutex<HashMap<OrganizationId, Built>>,
}

struct Built {
    of: Vec<StoredConnection>,
    models: Option<Models>,
}

impl OrganizationModels {
    pub fn new(store: Store, keys: DataKeys, providers: Arc<dyn Providers>) -> Self {
        Self(Arc::new(Inner {
            store,
            keys,
            shared: providers.models(&[]),
            providers,
            built: Mutex::default(),
        }))
    }

    pub async fn of(&self, organization: OrganizationId) -> Result<Models> {
        let inner = &self.0;
        let own = inner.store.connections(organization).await?;
        if own.is_empty() {
            inner.built().remove(&organization);
            return inner.shared.clone().ok_or(Error::NoModel);
        }
        if let Some(built) = inner.built().get(&organization)
            && built.of == own
        {
            return built.models.clone().ok_or(Error::NoModel);
        }
        let mut access = Vec::with_capacity(own.len());
        for stored in &own {
            access.push(self.access(organization, stored).await?);
        }
        let models = inner.providers.models(&access);
        let built = Built {
            of: own,
            models: models.clone(),
        };
        inner.built().insert(organization, built);
        models.ok_or(Error::NoModel)
    }

    /// With its key in clear.
    pub async fn access(
        &self,
        organization: OrganizationId,
        stored: &StoredConnection,
    ) -> Result<ProviderAccess> {
        let api_key = match &stored.sealed_key {
            Some(sealed) => {
                let key = self.0.keys.of(organization).await?;
                Some(key.open(place(stored), sealed)?)
            }
            None => None,
        };
        Ok(ProviderAccess::of(&stored.connection, api_key))
    }
}

impl Inner {
    fn built(&self) -> std::sync::MutexGuard<'_, HashMap<OrganizationId, Built>> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a connection's key is kept.
pub(crate) fn place(stored: &StoredConnection) -> Place {
    Place {
        table: "connections",
        column: "sealed_key",
        row: stored.connection.id.0,
    }
}
