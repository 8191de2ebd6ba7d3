//! Connections to providers of models, as an organization's admins set them up. The key itself is
//! kept encrypted and shown to nobody; see `services`.

use crate::id::ConnectionId;
use crate::line::is_line;
use crate::model::ModelName;
use crate::terms::Terms;
use crate::user::Invalid;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProviderKind {
    #[serde(rename = "openai")]
    OpenAi,
    #[serde(rename = "anthropic")]
    Anthropic,
    #[serde(rename = "gemini")]
    Gemini,
    #[serde(rename = "ollama")]
    Ollama,
    /// Any server that speaks OpenAI's chat completions.
    #[serde(rename = "compatible")]
    Compatible,
}

impl ProviderKind {
    pub const ALL: [Self; 5] = [
        Self::OpenAi,
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::Compatible,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::Compatible => "compatible",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI",
            Self::Anthropic => "Anthropic",
            Self::Gemini => "Gemini",
            Self::Ollama => "Ollama",
            Self::Compatible => "OpenAI-compatible",
        }
    }

    pub fn needs_key(self) -> bool {
        !matches!(self, Self::Ollama | Self::Compatible)
    }

    /// It has no address of its own.
    pub fn needs_address(self) -> bool {
        matches!(self, Self::Ollama | Self::Compatible)
    }
}

/// The first part of a connection's models: `lab` in `lab/llama-3.3`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectionName(String);

/// Of the built-in model.
const BUILT_IN: &str = "local";

impl ConnectionName {
    const MAX: usize = 40;

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a provider is for its own connections: prices and context sizes go by it.
    pub fn fits(&self, provider: ProviderKind) -> bool {
        let named = ProviderKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == self.0);
        named.is_none_or(|named| named == provider)
    }
}

impl TryFrom<String> for ConnectionName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let name = text.trim();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=Self::MAX).contains(&name.len())
            && name.bytes().all(plain)
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name != BUILT_IN
        {
            return Ok(Self(name.to_owned()));
        }
        Err(Invalid::new(
            "name",
            "the name has 1 to 40 lower-case letters, digits and hyphens, begins with a letter and \
             is not `local`",
        ))
    }
}

impl From<ConnectionName> for String {
    fn from(name: ConnectionName) -> Self {
        name.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Connection {
    pub id: ConnectionId,
    pub provider: ProviderKind,
    pub name: ConnectionName,
    /// `None` where the provider has one address for all.
    pub base_url: Option<String>,
    /// Used where nobody names a model; `None` leaves it to the program.
    pub default_model: Option<String>,
    /// Of the key; `None` without one.
    pub last_four: Option<String>,
    /// What the provider offered when the connection was last tested.
    pub models: Vec<String>,
    #[serde(flatten)]
    pub terms: Terms,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What the operator connected in the environment, for every organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnvironmentConnection {
    pub provider: ProviderKind,
    pub last_four: Option<String>,
}

/// A connection that works: what it answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tested {
    /// The model that answered.
    pub model: String,
    pub latency_ms: u64,
    /// What else there is to ask; empty where the provider does not say.
    pub models: Vec<String>,
}

/// A connection as it is typed; what is empty is not set.
#[derive(Clone, Default)]
pub struct ConnectionForm {
    pub name: String,
    pub base_url: String,
    pub default_model: String,
    pub api_key: String,
}

/// The same, checked.
pub struct NewConnection {
    pub name: ConnectionName,
    pub base_url: Option<String>,
    pub default_model: Option<String>,
    pub api_key: Option<String>,
}

impl ConnectionForm {
    pub fn check(self, provider: ProviderKind) -> Result<NewConnection, Invalid> {
        let name = match given(self.name) {
            Some(name) => ConnectionName::try_from(name)?,
            None => ConnectionName(provider.as_str().to_owned()),
        };
        if !name.fits(provider) {
            return Err(Invalid::new("name", "that is the name of another provider"));
        }
        let base_url = address(provider, self.base_url)?;
        let default_model = model(provider, &name, self.default_model)?;
        let api_key = key(self.api_key)?;
        if api_key.is_none() && provider.needs_key() {
            return Err(Invalid::new("api_key", "this provider needs a key"));
        }
        Ok(NewConnection {
            name,
            base_url,
            default_model,
            api_key,
        })
    }
}

fn given(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether it may be asked is for the server to say.
pub fn address(provider: ProviderKind, text: String) -> Result<Option<String>, Invalid> {
    let url = given(text);
    match (&url, provider.needs_address()) {
        (None, true) => Err(Invalid::new(
            "base_url",
            "write where the provider is, for example https://llm.example.org/v1",
        )),
        (Some(_), false) => Err(Invalid::new(
            "base_url",
            "this provider has an address of its own: leave it empty",
        )),
        (Some(url), true) => {
            let rest = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"));
            let plain = !url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
            if rest.is_some_and(|rest| !rest.is_empty()) && plain && is_line(url, 500) {
                Ok(Some(url.clone()))
            } else {
                Err(Invalid::new(
                    "base_url",
                    "write http:// or https:// and a host, without a user name or password",
                ))
            }
        }
        (None, false) => Ok(None),
    }
}

pub fn model(
    provider: ProviderKind,
    name: &ConnectionName,
    text: String,
) -> Result<Option<String>, Invalid> {
    let Some(model) = given(text) else {
        return match provider {
            ProviderKind::Compatible => Err(Invalid::new(
                "default_model",
                "name a model of this provider: only you know which it has",
            )),
            _ => Ok(None),
        };
    };
    // People copy whole names.
    let bare = model
        .strip_prefix(name.as_str())
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(&model);
    let fine = bare.len() <= 200 && format!("{name}/{bare}").parse::<ModelName>().is_ok();
    if fine {
        Ok(Some(bare.to_owned()))
    } else {
        Err(Invalid::new(
            "default_model",
            "a model's name has at most 200 characters and no spaces",
        ))
    }
}

/// As it is sent in a header.
pub fn key(text: String) -> Result<Option<String>, Invalid> {
    let key = given(text);
    match &key {
        Some(key) if key.len() > 1000 || !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(Invalid::new(
                "api_key",
                "a key has at most 1000 characters and no spaces: copy it whole, and nothing else",
            ))
        }
        _ => Ok(key),
    }
}

/// To tell keys apart without knowing them. Of a short one nothing is told.
pub fn last_four(key: &str) -> String {
    match key.char_indices().nth_back(3) {
        Some((at, _)) if key.len() >= 12 => key[at..].to_owned(),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProviderKind::{Compatible, Ollama, OpenAi};

    fn form(name: &str, base_url: &str, default_model: &str, api_key: &str) -> ConnectionForm {
        ConnectionForm {
            name: name.to_owned(),
            base_url: base_url.to_owned(),
            default_model: default_model.to_owned(),
            api_key: api_key.to_owned(),
        }
    }

    #[test]
    fn what_is_typed_is_read_forgivingly() {
        let new = form("", "", "", " sk-1234 ").check(OpenAi).ok().unwrap();
        assert_eq!(new.name.as_str(), "openai");
        assert_eq!(new.api_key.as_deref(), Some("sk-1234"));
        assert_eq!((new.base_url, new.default_model), (None, None));
        let lab = form("lab", " https://a.test/v1 ", "lab/meta/llama-3", "");
        let lab = lab.check(Compatible).ok().unwrap();
        assert_eq!(lab.base_url.as_deref(), Some("https://a.test/v1"));
        assert_eq!(lab.default_model.as_deref(), Some("meta/llama-3"));
        assert_eq!(lab.api_key, None);
    }

    #[test]
    fn what_cannot_be_used_says_which_field() {
        let url = "https://a.test";
        for (provider, form, field) in [
            (OpenAi, form("", "", "", ""), "api_key"),
            (OpenAi, form("", "", "", "two words"), "api_key"),
            (OpenAi, form("", url, "", "k"), "base_url"),
            (Ollama, form("", "", "", ""), "base_url"),
            (Ollama, form("", "gpu.lan", "", ""), "base_url"),
            (Ollama, form("", "https://me@a.test", "", ""), "base_url"),
            (Compatible, form("", url, "", ""), "default_model"),
            (Compatible, form("", url, "a b", ""), "default_model"),
            (Compatible, form("local", url, "m", ""), "name"),
            (Compatible, form("openai", url, "m", ""), "name"),
            (Compatible, form("La/b", url, "m", ""), "name"),
            (Compatible, form("1st", url, "m", ""), "name"),
        ] {
            let refused = form.check(provider).err().map(|invalid| invalid.field);
            assert_eq!(refused, Some(field), "{provider:?}");
        }
    }

    #[test]
    fn a_short_key_tells_nothing() {
        assert_eq!(last_four("sk-0123456789"), "6789");
        assert_eq!(last_four("secret"), "…");
    }
}
