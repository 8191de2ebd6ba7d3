//! Connections to providers: admins make, change, test and remove them, with the password, because
//! whoever sets an address reads the questions. A key that was saved is shown to nobody again.

use crate::access::{Admin, Member};
use crate::clock::Clock;
use crate::data_keys::DataKeys;
use crate::error::{Error, Result};
use crate::models::{Models, OrganizationModels, ProviderAccess, Providers, place};
use domain::connection::{address, key, last_four, model};
use domain::user::Invalid;
use domain::{
    AuditEntry, Connection, ConnectionForm, ConnectionId, ConnectionName, EnvironmentConnection,
    ModelPrice, OrganizationId, ProviderKind, Terms, Tested,
};
use std::sync::Arc;
use std::time::Duration;
use store::{Store, StoredConnection};
use tokio::sync::Semaphore;
use tokio::time::timeout;

const GONE: Error = Error::NotFound("connection");
const MOST_CONNECTIONS: usize = 20;
/// Tests at once, and how long one may take.
const TESTS: usize = 8;
const TEST: Duration = Duration::from_secs(60);

pub struct Connections {
    store: Store,
    clock: Arc<dyn Clock>,
    keys: DataKeys,
    models: OrganizationModels,
    providers: Arc<dyn Providers>,
    tests: Semaphore,
}

/// What is left out stays as it is; what is empty is taken away.
#[derive(Default)]
pub struct ConnectionChange {
    pub name: Option<String>,
    pub base_url: Option<String>,
    pub default_model: Option<String>,
    pub api_key: Option<String>,
    pub prices: Option<Vec<ModelPrice>>,
    pub requests_per_minute: Option<Option<u32>>,
    pub concurrent_calls: Option<Option<u32>>,
}

/// The same as a page sends it: every field, as text. An empty key leaves the one that is kept.
pub struct ConnectionTexts {
    pub name: String,
    pub base_url: String,
    pub default_model: String,
    pub api_key: String,
    /// A line for each model.
    pub prices: String,
    pub requests_per_minute: String,
    pub concurrent_calls: String,
}

impl Connections {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        keys: DataKeys,
        models: OrganizationModels,
        providers: Arc<dyn Providers>,
    ) -> Self {
        Self {
            store,
            clock,
            keys,
            models,
            providers,
            tests: Semaphore::new(TESTS),
        }
    }

    /// The models that the member's questions go to.
    pub async fn models(&self, member: &Member) -> Result<Models> {
        self.models.of(member.user().organization_id).await
    }

    /// What the operator connected for everybody.
    pub fn environment(&self, _admin: &Admin) -> Vec<EnvironmentConnection> {
        self.providers.environment()
    }

    /// In the order in which they were made.
    pub async fn list(&self, admin: &Admin) -> Result<Vec<Connection>> {
        let stored = self.store.connections(organization(admin)).await?;
        Ok(stored.into_iter().map(|it| it.connection).collect())
    }

    pub async fn create(
        &self,
        admin: &Admin,
        provider: ProviderKind,
        form: ConnectionForm,
    ) -> Result<Connection> {
        admin.member().in_person()?;
        let new = form.check(provider)?;
        let now = self.clock.now();
        let mut stored = StoredConnection {
            connection: Connection {
                id: ConnectionId(self.clock.new_id()),
                provider,
                name: new.name,
                base_url: new.base_url,
                default_model: new.default_model,
                last_four: None,
                models: Vec::new(),
                terms: Terms::default(),
                created_at: now,
                updated_at: now,
            },
            sealed_key: None,
        };
        self.check_address(&stored.connection)?;
        let organization = organization(admin);
        if self.store.connections(organization).await?.len() >= MOST_CONNECTIONS {
            return Err(Error::Conflict(
                "There are 20 connections. Remove one first.",
            ));
        }
        self.lock_up(organization, &mut stored, new.api_key).await?;
        if !self.store.insert_connection(organization, &stored).await? {
            return Err(taken().into());
        }
        self.record(admin, "connections.create", stored).await
    }

    pub async fn change(
        &self,
        admin: &Admin,
        id: ConnectionId,
        change: ConnectionChange,
    ) -> Result<Connection> {
        admin.member().in_person()?;
        let organization = organization(admin);
        let all = self.store.connections(organization).await?;
        let is_taken = |name: &ConnectionName| {
            let mut others = all.iter().filter(|it| it.connection.id != id);
            others.any(|it| it.connection.name == *name)
        };
        let mut stored = all
            .iter()
            .find(|it| it.connection.id == id)
            .cloned()
            .ok_or(GONE)?;
        let connection = &mut stored.connection;
        let (provider, seen) = (connection.provider, connection.updated_at);
        // What it offers is known of the place and the key that it was tested with.
        let untested = change.base_url.is_some() || change.api_key.is_some();
        if let Some(name) = change.name {
            connection.name = ConnectionName::try_from(name)?;
            if !connection.name.fits(provider) {
                return Err(Invalid::new("name", "that is the name of another provider").into());
            }
            if is_taken(&connection.name) {
                return Err(taken().into());
            }
        }
        let terms = &mut connection.terms;
        terms.prices = change.prices.unwrap_or_else(|| terms.prices.clone());
        if let Some(limit) = change.requests_per_minute {
            terms.requests_per_minute = limit;
        }
        if let Some(limit) = change.concurrent_calls {
            terms.concurrent_calls = limit;
        }
        terms.check()?;
        if let Some(url) = change.base_url {
            let url = address(provider, url)?;
            let moved = url != connection.base_url;
            if moved && stored.sealed_key.is_some() && change.api_key.is_none() {
                // Else whoever gets hold of an admin's browser has the key sent to a host of theirs.
                return Err(Invalid::new(
                    "api_key",
                    "write the key again: it is not sent to another address without you",
                )
                .into());
            }
            connection.base_url = url;
        }
        if let Some(named) = change.default_model {
            connection.default_model = model(provider, &connection.name, named)?;
        }
        self.check_address(connection)?;
        if let Some(new) = change.api_key {
            let new = key(new)?;
            if new.is_none() && provider.needs_key() {
                return Err(Invalid::new("api_key", "this provider needs a key").into());
            }
            self.lock_up(organization, &mut stored, new).await?;
        }
        let now = self.clock.now();
        if untested {
            stored.connection.models.clear();
        }
        stored.connection.updated_at = now.max(seen + chrono::TimeDelta::microseconds(1));
        let changed = self.store.update_connection(organization, &stored, seen);
        if !changed.await? {
            return Err(Error::Stale);
        }
        self.record(admin, "connections.change", stored).await
    }

    /// The same as a page sends it.
    pub async fn save(
        &self,
        admin: &Admin,
        id: ConnectionId,
        texts: ConnectionTexts,
    ) -> Result<Connection> {
        let known = self.get(admin, id).await?;
        let terms = Terms::read(
            &texts.prices,
            &texts.name,
            &texts.requests_per_minute,
            &texts.concurrent_calls,
        )?;
        let moved = texts.base_url.trim() != known.base_url.as_deref().unwrap_or_default();
        let change = ConnectionChange {
            name: Some(texts.name),
            base_url: moved.then_some(texts.base_url),
            default_model: Some(texts.default_model),
            api_key: Some(texts.api_key).filter(|key| !key.trim().is_empty()),
            prices: Some(terms.prices),
            requests_per_minute: Some(terms.requests_per_minute),
            concurrent_calls: Some(terms.concurrent_calls),
        };
        self.change(admin, id, change).await
    }

    pub async fn get(&self, admin: &Admin, id: ConnectionId) -> Result<Connection> {
        let stored = self.find(organization(admin), id).await?;
        Ok(stored.connection)
    }

    /// Runs that begin or go on after this do without it.
    pub async fn delete(&self, admin: &Admin, id: ConnectionId) -> Result<()> {
        admin.member().in_person()?;
        let organization = organization(admin);
        let stored = self.find(organization, id).await?;
        if !self.store.delete_connection(organization, id).await? {
            return Err(GONE);
        }
        self.record(admin, "connections.delete", stored).await?;
        Ok(())
    }

    /// Asks the provider something small; refused in its own words. What it offers is remembered.
    pub async fn test(&self, admin: &Admin, id: ConnectionId) -> Result<Tested> {
        admin.member().writing()?;
        let organization = organization(admin);
        let mut stored = self.find(organization, id).await?;
        let access = self.models.access(organization, &stored).await?;
        let busy = |_| Error::Busy("Eight connections are being tested. Try again in a moment.");
        let _place = self.tests.try_acquire().map_err(busy)?;
        let tested = match timeout(TEST, self.providers.test(access)).await {
            Ok(Ok(tested)) => tested,
            Ok(Err(error)) => {
                return Err(Error::Provider {
                    code: error.kind.code(),
                    message: error.message,
                });
            }
            Err(_) => {
                return Err(Error::Provider {
                    code: "timeout",
                    message: "The provider did not answer within a minute.".to_owned(),
                });
            }
        };
        let seen = stored.connection.updated_at;
        stored.connection.models.clone_from(&tested.models);
        // Changed meanwhile: then this is not what it offers now.
        self.store
            .update_connection(organization, &stored, seen)
            .await?;
        Ok(tested)
    }

    async fn find(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<StoredConnection> {
        let all = self.store.connections(organization).await?;
        let found = all.into_iter().find(|stored| stored.connection.id == id);
        found.ok_or(GONE)
    }

    fn check_address(&self, connection: &Connection) -> Result<()> {
        let checked = self.providers.check(&ProviderAccess::of(connection, None));
        checked.map_err(|message| Error::Invalid {
            field: "base_url",
            message,
        })
    }

    async fn lock_up(
        &self,
        organization: OrganizationId,
        stored: &mut StoredConnection,
        api_key: Option<String>,
    ) -> Result<()> {
        let api_key = api_key.map(zeroize::Zeroizing::new);
        stored.connection.last_four = api_key.as_ref().map(|key| last_four(key));
        stored.sealed_key = match api_key {
            Some(text) => {
                let key = self.keys.of_or_new(organization).await?;
                Some(key.seal(place(stored), &text)?)
            }
            None => None,
        };
        Ok(())
    }

    async fn record(
        &self,
        admin: &Admin,
        action: &str,
        stored: StoredConnection,
    ) -> Result<Connection> {
        let connection = &stored.connection;
        let entry = AuditEntry {
            detail: connection.name.to_string(),
            ..admin.did(&*self.clock, action, connection.id)
        };
        self.store.record(&entry).await?;
        Ok(stored.connection)
    }
}

fn taken() -> Invalid {
    Invalid::new("name", "there is a connection of that name")
}

fn organization(admin: &Admin) -> OrganizationId {
    admin.member().user().organization_id
}
