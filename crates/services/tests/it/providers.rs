//! Models over the provider mock, as the server makes them over the real ones: those of the
//! process, and beside them those of an organization.

use domain::{EnvironmentConnection, ModelName, ProviderKind, Tested};
use engine::llm::{Llm, LlmError};
use engine::{ModelChoice, try_model};
use futures::future::BoxFuture;
use llm::connections::{Connection, Connections, Secret};
use llm::retry::Retry;
use llm::router::Router;
use outbound::Timeouts;
use services::{Models, ProviderAccess, Providers};
use std::sync::Arc;

pub struct MockProviders {
    /// Where the process's own provider is, if it has one.
    pub shared: Option<String>,
    pub timeouts: Timeouts,
    pub retry: Retry,
}

impl MockProviders {
    fn router(&self, url: Option<String>, key: Option<String>) -> Router {
        Connections {
            compatible: url.map(|url| Connection::operator(key.map(Secret::new), Some(url))),
            ..Connections::default()
        }
        .router_with(self.timeouts, self.retry)
        .unwrap()
    }

    fn remote(&self, access: &ProviderAccess) -> Arc<dyn Llm> {
        let key = access.api_key.as_ref().map(|key| key.to_string());
        Arc::new(Named(self.router(access.base_url.clone(), key)))
    }
}

/// Under a name of its own, which the router beneath does not know.
struct Named(Router);

impl Llm for Named {
    fn stream(
        &self,
        mut request: engine::llm::LlmRequest,
    ) -> futures::stream::BoxStream<'static, Result<engine::llm::LlmChunk, LlmError>> {
        for model in &mut request.models {
            *model = format!("compatible/{}", model.model()).parse().unwrap();
        }
        self.0.stream(request)
    }

    fn count_tokens(&self, model: &ModelName, text: &str) -> u32 {
        self.0.count_tokens(model, text)
    }

    fn traits(&self, model: &ModelName) -> engine::llm::ModelTraits {
        self.0.traits(model)
    }
}

fn usual(access: &ProviderAccess) -> ModelName {
    let model = access.default_model.as_deref().unwrap_or("usual");
    format!("{}/{model}", access.name).parse().unwrap()
}

impl Providers for MockProviders {
    fn environment(&self) -> Vec<EnvironmentConnection> {
        let connected = self.shared.iter().map(|_| EnvironmentConnection {
            provider: ProviderKind::Compatible,
            last_four: None,
        });
        connected.collect()
    }

    fn models(&self, own: &[ProviderAccess]) -> Option<Models> {
        if own.is_empty() && self.shared.is_none() {
            return None;
        }
        let mut router = self.router(self.shared.clone(), None);
        for access in own {
            router = router.with_provider(access.name.as_str(), self.remote(access));
        }
        let choice = match own {
            [] => ModelChoice {
                process: Some("compatible/test-model".parse().unwrap()),
                ..ModelChoice::default()
            },
            _ => ModelChoice {
                configured: own.iter().map(usual).collect(),
                ..ModelChoice::default()
            },
        };
        Some(Models {
            llm: Arc::new(router),
            choice,
            demonstration: false,
        })
    }

    fn check(&self, access: &ProviderAccess) -> Result<(), String> {
        match access.base_url.as_deref() {
            Some(url) if url.contains("169.254.") => Err("a private address".to_owned()),
            _ => Ok(()),
        }
    }

    fn test(&self, access: ProviderAccess) -> BoxFuture<'static, Result<Tested, LlmError>> {
        let (llm, model) = (self.remote(&access), usual(&access));
        Box::pin(async move {
            let reply = try_model(model.clone(), llm).await?;
            Ok(Tested {
                model: model.to_string(),
                latency_ms: reply.latency_ms,
                models: vec![model.model().to_owned()],
            })
        })
    }
}
