//! Which providers are connected, and how. Reads no environment: the server's configuration
//! fills `Connections`; an organization's own stand in the database.

use crate::catalog::Provider;
use crate::remote::Remote;
use crate::retry::Retry;
use crate::router::Router;
use domain::ModelName;
use engine::llm::Llm;
use outbound::{BlockedUrl, BuildError, Origin, Timeouts};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A key. It shows itself only where it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// How to reach one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub api_key: Option<Secret>,
    /// The provider's usual address when absent.
    pub base_url: Option<String>,
    /// Who set the address: users may name public hosts only.
    pub origin: Origin,
}

impl Connection {
    /// Set by the operator, in the environment.
    pub fn operator(api_key: Option<Secret>, base_url: Option<String>) -> Self {
        Self {
            api_key,
            base_url,
            origin: Origin::Operator,
        }
    }

    /// Set by a user of the product.
    pub fn user(api_key: Option<Secret>, base_url: Option<String>) -> Self {
        Self {
            origin: Origin::User,
            ..Self::operator(api_key, base_url)
        }
    }
}

/// Every provider that is connected.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    pub openai: Option<Connection>,
    pub anthropic: Option<Connection>,
    pub gemini: Option<Connection>,
    pub ollama: Option<Connection>,
    pub compatible: Option<Connection>,
    /// The GGUF file of the built-in model. Whoever loads it adds it to the router.
    pub local: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error("{variable} cannot be used: {reason}")]
    BadUrl {
        variable: &'static str,
        reason: BlockedUrl,
    },
    #[error("{0} needs a key: set {1}")]
    NoKey(&'static str, &'static str),
    #[error(transparent)]
    Client(#[from] BuildError),
    #[error("the provider's adapter could not be set up: {0}")]
    Adapter(#[from] Box<genai::Error>),
}

impl Connections {
    pub fn get(&self, provider: Provider) -> Option<&Connection> {
        match provider {
            Provider::OpenAi => self.openai.as_ref(),
            Provider::Anthropic => self.anthropic.as_ref(),
            Provider::Gemini => self.gemini.as_ref(),
            Provider::Ollama => self.ollama.as_ref(),
            Provider::Compatible => self.compatible.as_ref(),
        }
    }

    /// The recommended models of the connected providers, the best known provider first.
    pub fn recommended(&self) -> Vec<ModelName> {
        Provider::ALL
            .into_iter()
            .filter(|provider| self.get(*provider).is_some())
            .filter_map(Provider::recommended)
            .collect()
    }

    /// A router over the connected remote providers.
    pub fn router(&self) -> Result<Router, ConnectionError> {
        self.router_with(Timeouts::default(), Retry::default())
    }

    pub fn router_with(&self, timeouts: Timeouts, retry: Retry) -> Result<Router, ConnectionError> {
        let mut providers = BTreeMap::new();
        // Reading the system's certificates takes a while: once is enough.
        let mut clients: Vec<(Origin, outbound::Client)> = Vec::new();
        for provider in Provider::ALL {
            let Some(connection) = self.get(provider) else {
                continue;
            };
            let origin = connection.origin;
            let client = match clients.iter().find(|(known, _)| *known == origin) {
                Some((_, client)) => client.clone(),
                None => {
                    let client = outbound::client(origin, &timeouts)?;
                    clients.push((origin, client.clone()));
                    client
                }
            };
            let remote = Remote::new(provider, connection, client, timeouts)?;
            providers.insert(provider.name().to_owned(), Arc::new(remote) as Arc<dyn Llm>);
        }
        Ok(Router::new(providers).with_retry(retry))
    }
}

/// Whether the provider may be asked at that address.
pub fn check(provider: Provider, connection: &Connection) -> Result<(), ConnectionError> {
    endpoint(provider, connection).map(drop)
}

/// The address that the provider's paths are appended to; ends with a slash.
pub(crate) fn endpoint(
    provider: Provider,
    connection: &Connection,
) -> Result<String, ConnectionError> {
    let written = match (provider, connection.base_url.as_deref().map(str::trim)) {
        (_, Some(url)) if !url.is_empty() => url,
        (Provider::OpenAi, _) => "https://api.openai.com",
        (Provider::Anthropic, _) => "https://api.anthropic.com",
        (Provider::Gemini, _) => "https://generativelanguage.googleapis.com",
        (Provider::Ollama | Provider::Compatible, _) => "http://127.0.0.1:11434",
    };
    let bad_url = |reason| ConnectionError::BadUrl {
        variable: url_variable(provider),
        reason,
    };
    let url = match provider {
        Provider::Ollama => ollama_url(written),
        _ => written.to_owned(),
    };
    let url = match connection.origin {
        Origin::User => outbound::check_url(&url).map_err(bad_url)?,
        Origin::Operator => outbound::Url::parse(&url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| bad_url(BlockedUrl::Invalid))?,
    };
    Ok(with_version(provider, url.as_str()))
}

fn url_variable(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi => "OPENAI_BASE_URL",
        Provider::Anthropic => "ANTHROPIC_BASE_URL",
        Provider::Gemini => "GEMINI_BASE_URL",
        Provider::Ollama | Provider::Compatible => provider.variable(),
    }
}

/// People write base URLs with and without the version, and some paste a whole path.
/// A path of their own is kept where the provider's own clients would keep it.
fn with_version(provider: Provider, url: &str) -> String {
    let base = url
        .trim_end_matches('/')
        .trim_end_matches("/chat/completions")
        .trim_end_matches("/messages")
        .trim_end_matches('/');
    let path = base.splitn(4, '/').nth(3).unwrap_or_default();
    let versioned = path.split('/').any(|part| {
        part.strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    });
    match provider {
        _ if versioned => format!("{base}/"),
        Provider::Gemini => format!("{base}/v1beta/"),
        Provider::OpenAi | Provider::Compatible if !path.is_empty() => format!("{base}/"),
        _ => format!("{base}/v1/"),
    }
}

/// `OLLAMA_HOST` is written the way the `ollama` command reads it: a host, a port, or both.
fn ollama_url(host: &str) -> String {
    const PORT: &str = ":11434";
    let (scheme, rest) = host.split_once("://").unwrap_or(("http", host));
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    // The address a server listens on is not one to connect to.
    let authority = match authority.strip_prefix("0.0.0.0") {
        Some(port) => format!("127.0.0.1{port}"),
        None if authority.starts_with(':') => format!("127.0.0.1{authority}"),
        None => authority.to_owned(),
    };
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let port = if has_port || scheme == "https" {
        ""
    } else {
        PORT
    };
    format!("{scheme}://{authority}{port}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(provider: Provider, url: &str) -> String {
        let connection = Connection::operator(None, Some(url.to_owned()));
        endpoint(provider, &connection).unwrap()
    }

    #[test]
    fn base_urls_are_read_forgivingly() {
        use Provider::{Anthropic, Compatible, Gemini, Ollama, OpenAi};
        for (provider, written, read) in [
            (OpenAi, "", "https://api.openai.com/v1/"),
            (OpenAi, "https://proxy.test", "https://proxy.test/v1/"),
            (OpenAi, "https://proxy.test/", "https://proxy.test/v1/"),
            (OpenAi, "https://proxy.test/v1", "https://proxy.test/v1/"),
            (OpenAi, " https://proxy.test/v1/ ", "https://proxy.test/v1/"),
            (
                OpenAi,
                "https://a.test/v1/chat/completions",
                "https://a.test/v1/",
            ),
            (
                Compatible,
                "https://openrouter.ai/api/v1",
                "https://openrouter.ai/api/v1/",
            ),
            (
                Compatible,
                "https://a.test/paas/v4",
                "https://a.test/paas/v4/",
            ),
            (
                Compatible,
                "https://a.test/inference",
                "https://a.test/inference/",
            ),
            (Compatible, "http://[::1]:8080", "http://[::1]:8080/v1/"),
            (Anthropic, "", "https://api.anthropic.com/v1/"),
            (
                Anthropic,
                "https://a.test/anthropic",
                "https://a.test/anthropic/v1/",
            ),
            (
                Anthropic,
                "https://a.test/v1/messages",
                "https://a.test/v1/",
            ),
            (
                Gemini,
                "",
                "https://generativelanguage.googleapis.com/v1beta/",
            ),
            (
                Gemini,
                "http://127.0.0.1:4000",
                "http://127.0.0.1:4000/v1beta/",
            ),
            (
                Gemini,
                "http://127.0.0.1:4000/v1beta/",
                "http://127.0.0.1:4000/v1beta/",
            ),
            (Ollama, "", "http://127.0.0.1:11434/v1/"),
            (Ollama, "localhost", "http://localhost:11434/v1/"),
            (Ollama, "0.0.0.0:9999", "http://127.0.0.1:9999/v1/"),
            (Ollama, ":9999", "http://127.0.0.1:9999/v1/"),
            (Ollama, "http://gpu.lan:11434", "http://gpu.lan:11434/v1/"),
            (Ollama, "https://ollama.test/", "https://ollama.test/v1/"),
            (Ollama, "http://[::1]", "http://[::1]:11434/v1/"),
        ] {
            assert_eq!(address(provider, written), read, "{provider:?} {written:?}");
        }
    }

    #[test]
    fn a_bad_address_names_its_variable() {
        let connection = Connection::operator(None, Some("not a url".to_owned()));
        let error = endpoint(Provider::OpenAi, &connection).unwrap_err();
        assert!(error.to_string().starts_with("OPENAI_BASE_URL"), "{error}");
    }

    #[test]
    fn a_user_may_not_name_a_private_host() {
        let url = Some("http://169.254.169.254/v1".to_owned());
        let user = Connection::user(None, url.clone());
        assert!(endpoint(Provider::Compatible, &user).is_err());
        assert!(endpoint(Provider::Compatible, &Connection::operator(None, url)).is_ok());
    }

    #[test]
    fn keys_do_not_show() {
        let connections = Connections {
            openai: Some(Connection::operator(Some(Secret::new("sk-hush")), None)),
            ..Connections::default()
        };
        assert!(!format!("{connections:?}").contains("hush"));
        assert_eq!(connections.recommended()[0].provider(), "openai");
    }

    #[test]
    fn a_provider_that_needs_a_key_says_so() {
        let connections = Connections {
            gemini: Some(Connection::operator(None, None)),
            ..Connections::default()
        };
        let error = connections.router().err().unwrap();
        assert_eq!(error.to_string(), "Gemini needs a key: set GEMINI_API_KEY");
    }
}
