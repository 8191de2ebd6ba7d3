//! Which models whom: those that the environment connects for everybody, and beside them those that
//! an organization connects for itself.

use crate::config::Settings;
use crate::models::Models;
use domain::connection::last_four;
use domain::{ConnectionId, EnvironmentConnection, ModelName, ProviderKind, Tested};
use engine::llm::{Llm, LlmError, LlmErrorKind};
use engine::{ModelChoice, try_model};
use futures::future::BoxFuture;
use llm::catalog::Provider;
use llm::connections::{Connection, ConnectionError, Connections, Secret};
use llm::remote::Remote;
use llm::router::Router;
use llm::terms::{OnTerms, Pace};
use outbound::{BlockedUrl, BuildError, Client, Origin, Timeouts};
use services::ProviderAccess;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::time::timeout;

/// A list of models that takes longer than this is done without.
const LIST: Duration = Duration::from_secs(10);

pub struct Providers {
    environment: Connections,
    /// What the environment gives; `None` without any model.
    shared: Option<Models>,
    /// Of the addresses that admins write.
    origin: Origin,
    /// Made at the first use: reading the system's certificates takes a while.
    client: Mutex<Option<Client>>,
    /// Of connections with limits, for as long as somebody uses them: what was begun before a change
    /// counts after it.
    paces: Mutex<HashMap<ConnectionId, Weak<Pace>>>,
}

impl Providers {
    pub fn new(settings: &Settings, shared: Option<Models>) -> Self {
        Self {
            environment: settings.connections(),
            shared,
            origin: if settings.private_providers {
                Origin::Operator
            } else {
                Origin::User
            },
            client: Mutex::default(),
            paces: Mutex::default(),
        }
    }

    fn client(&self) -> Result<Client, BuildError> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let made = outbound::client(self.origin, &Timeouts::default())?;
        Ok(client.insert(made).clone())
    }

    fn pace(&self, access: &ProviderAccess) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.retain(|_, pace| pace.strong_count() > 0);
        let known = paces.get(&access.id).and_then(Weak::upgrade);
        if let Some(pace) = known.filter(|pace| pace.is_of(&access.terms)) {
            return pace;
        }
        let pace = Arc::new(Pace::of(&access.terms));
        paces.insert(access.id, Arc::downgrade(&pace));
        pace
    }

    fn remote(&self, access: &ProviderAccess) -> Result<Remote, ConnectionError> {
        let key = access.api_key.as_ref();
        let connection = Connection {
            api_key: key.map(|key| Secret::new(key.as_str())),
            base_url: access.base_url.clone(),
            origin: self.origin,
        };
        let client = self.client()?;
        Remote::new(
            provider(access.provider),
            &connection,
            client,
            Timeouts::default(),
        )
    }
}

fn provider(kind: ProviderKind) -> Provider {
    match kind {
        ProviderKind::OpenAi => Provider::OpenAi,
        ProviderKind::Anthropic => Provider::Anthropic,
        ProviderKind::Gemini => Provider::Gemini,
        ProviderKind::Ollama => Provider::Ollama,
        ProviderKind::Compatible => Provider::Compatible,
    }
}

/// The model to use when nobody named one.
fn usual(access: &ProviderAccess) -> Option<ModelName> {
    let known = provider(access.provider).well_known().first().copied();
    let model = access.default_model.as_deref().or(known)?;
    format!("{}/{model}", access.name).parse().ok()
}

fn refusal(error: ConnectionError) -> String {
    match error {
        ConnectionError::BadUrl {
            reason: reason @ BlockedUrl::Private(_),
            ..
        } => format!(
            "{reason}: whoever runs this server allows it with OVERMIND_PRIVATE_PROVIDERS=true"
        ),
        ConnectionError::BadUrl { reason, .. } => reason.to_string(),
        other => other.to_string(),
    }
}

impl services::Providers for Providers {
    fn environment(&self) -> Vec<EnvironmentConnection> {
        let connected = ProviderKind::ALL.into_iter().filter_map(|kind| {
            let connection = self.environment.get(provider(kind))?;
            let key = connection.api_key.as_ref();
            Some(EnvironmentConnection {
                provider: kind,
                last_four: key.map(|key| last_four(key.expose())),
            })
        });
        connected.collect()
    }

    /// An organization that connects something itself works with that; what the environment
    /// connects it can still name.
    fn models(&self, own: &[ProviderAccess]) -> Option<services::Models> {
        let shared = self.shared.as_ref();
        if own.is_empty() {
            return shared.map(|shared| services::Models {
                llm: shared.llm(),
                choice: shared.choice.clone(),
                demonstration: shared.demonstration,
            });
        }
        let router = shared.map(|shared| shared.router.clone());
        let mut router = router
            .unwrap_or_else(|| Router::new(BTreeMap::new()))
            .apart();
        for access in own {
            match self.remote(access) {
                Ok(remote) => {
                    let terms = access.terms.clone();
                    let remote = OnTerms::new(Arc::new(remote), terms, self.pace(access));
                    router = router.with_provider(access.name.as_str(), Arc::new(remote));
                }
                // Its models are not there, and whoever names one is told so.
                Err(error) => tracing::warn!(name = %access.name, %error, "cannot be connected"),
            }
        }
        Some(services::Models {
            llm: Arc::new(router),
            choice: ModelChoice {
                configured: own.iter().filter_map(usual).collect(),
                ..ModelChoice::default()
            },
            demonstration: false,
        })
    }

    fn check(&self, access: &ProviderAccess) -> Result<(), String> {
        let connection = Connection {
            api_key: None,
            base_url: access.base_url.clone(),
            origin: self.origin,
        };
        llm::connections::check(provider(access.provider), &connection).map_err(refusal)
    }

    fn test(&self, access: ProviderAccess) -> BoxFuture<'static, Result<Tested, LlmError>> {
        let remote = self
            .remote(&access)
            .map_err(|error| LlmError::new(LlmErrorKind::NotConfigured, refusal(error)));
        Box::pin(async move {
            let remote = remote?;
            let model = usual(&access).ok_or_else(|| {
                LlmError::new(LlmErrorKind::UnknownModel, "this connection names no model")
            })?;
            let llm: Arc<dyn Llm> = Arc::new(remote.clone());
            let reply = try_model(model, llm).await?;
            let models = timeout(LIST, remote.models()).await;
            Ok(Tested {
                model: reply.model.to_string(),
                latency_ms: reply.latency_ms,
                models: models.unwrap_or_default(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use domain::ConnectionName;
    use services::Providers as _;

    fn providers(arguments: &[&str]) -> Providers {
        let line = ["overmind", "models"].into_iter();
        let line = line.chain(arguments.iter().copied());
        let cli = crate::config::Cli::try_parse_from(line).unwrap();
        Providers::new(&cli.settings, None)
    }

    fn access(provider: ProviderKind, name: &str, base_url: Option<&str>) -> ProviderAccess {
        ProviderAccess {
            id: ConnectionId(uuid::Uuid::nil()),
            name: ConnectionName::try_from(name.to_owned()).unwrap(),
            provider,
            base_url: base_url.map(str::to_owned),
            default_model: None,
            api_key: Some(services::Zeroizing::new("sk-0123456789".to_owned())),
            terms: domain::Terms::default(),
        }
    }

    #[test]
    fn private_addresses_are_refused_in_words_unless_they_are_allowed() {
        let lab = access(
            ProviderKind::Compatible,
            "lab",
            Some("http://169.254.169.254/latest"),
        );
        let refused = providers(&[]).check(&lab).unwrap_err();
        assert!(
            refused.contains("private or reserved") && refused.contains("OVERMIND_PRIVATE"),
            "{refused}"
        );
        assert!(
            providers(&["--private-providers", "true"])
                .check(&lab)
                .is_ok()
        );
    }

    #[test]
    fn what_the_environment_connects_is_told_without_its_key() {
        let providers = providers(&["--openai-api-key", "sk-0123456789"]);
        let told = providers.environment();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].last_four.as_deref(), Some("6789"));
    }

    #[test]
    fn an_organization_with_connections_of_its_own_works_with_those() {
        let own = [
            access(ProviderKind::Anthropic, "anthropic", None),
            access(ProviderKind::OpenAi, "second", None),
        ];
        let models = providers(&[]).models(&own).unwrap();
        let configured = models.choice.configured.iter().map(ToString::to_string);
        assert_eq!(
            configured.collect::<Vec<_>>(),
            ["anthropic/claude-sonnet-5-5", "second/gpt-5.1"]
        );
        assert!(!models.demonstration);
        assert!(providers(&[]).models(&[]).is_none());
    }
}
