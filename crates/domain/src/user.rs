//! People: who they are, what they may do, what they prefer; and the forms of what they type.

use crate::id::{OrganizationId, SessionId, UserId, WorkflowId};
use crate::line::line;
use crate::model::ModelName;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a person may do in their organization (section 8.1 of the specification).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    Admin,
    User,
    /// Reads; asks nothing.
    Viewer,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Admin, Self::User, Self::Viewer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
            Self::Viewer => "viewer",
        }
    }

    /// Create conversations, ask, cancel.
    pub fn may_ask(self) -> bool {
        self != Self::Viewer
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| Invalid::new("role", "the role is admin, user or viewer"))
    }
}

/// What was typed into a field and cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    pub field: &'static str,
    pub message: &'static str,
}

impl Invalid {
    pub fn new(field: &'static str, message: &'static str) -> Self {
        Self { field, message }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub id: UserId,
    pub organization_id: OrganizationId,
    pub email: EmailAddress,
    pub name: PersonName,
    pub role: Role,
    pub preferences: Preferences,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The specification's UserPreferences; what is absent is left to the workflow or the process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preferences {
    pub default_model: Option<ModelName>,
    pub default_workflow: Option<WorkflowId>,
    /// 0-10; replaces the workflow's own.
    pub quality_threshold: Option<f64>,
    /// Prompts and raw figures in the inspector.
    pub show_debug_info: bool,
    pub theme: ThemeChoice,
}

impl Preferences {
    pub fn check(&self) -> Result<(), Invalid> {
        match self.quality_threshold {
            Some(threshold) if !(0.0..=10.0).contains(&threshold) => Err(Invalid::new(
                "quality_threshold",
                "the quality threshold lies between 0 and 10",
            )),
            _ => Ok(()),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ThemeChoice {
    Light,
    Dark,
    /// As the system says.
    #[default]
    Auto,
}

/// A mail address, trimmed and in lower case, so that each person has one spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailAddress(String);

impl EmailAddress {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the @.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = Invalid;

    /// Not the whole of RFC 5322: what is certainly no address is refused, delivery tells the rest.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim().to_lowercase();
        let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let parts = text.split_once('@').filter(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        });
        if parts.is_none() || !plain || text.len() > 254 {
            return Err(Invalid::new(
                "email",
                "this is not a mail address: write it like ada@example.org",
            ));
        }
        Ok(Self(text))
    }
}

line!(
    /// What a person wants to be called.
    PersonName,
    100,
    "name",
    "the name has 1 to 100 characters"
);

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A new password: at least 8 characters, at most 256. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

impl NewPassword {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NewPassword {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.chars().count() {
            0..8 => Err(Invalid::new(
                "password",
                "the password needs at least 8 characters",
            )),
            257.. => Err(Invalid::new(
                "password",
                "the password has at most 256 characters",
            )),
            _ => Ok(Self(text)),
        }
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

/// A log-in as its owner sees it in the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    pub id: SessionId,
    pub kind: SessionKind,
    /// What the browser or program called itself.
    pub user_agent: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// What renews a log-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SessionKind {
    /// Its cookie, whenever it is used.
    Browser,
    /// Its refresh token.
    Program,
}

impl SessionKind {
    pub const ALL: [Self; 2] = [Self::Browser, Self::Program];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Program => "program",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let email = |text: &str| EmailAddress::try_from(text.to_owned());
        assert_eq!(
            email(" Ada@Example.org ").unwrap().as_str(),
            "ada@example.org"
        );
        for text in [
            "", "ada", "@x", "ada@", "a@b@c", "a b@c.d", "a@.d", "a@d.", "a@b\n.c",
        ] {
            assert_eq!(email(text).unwrap_err().field, "email", "{text:?}");
        }
        assert!(email(&format!("{}@x.org", "a".repeat(250))).is_err());
    }

    #[test]
    fn passwords_have_limits_and_do_not_show() {
        let password = |text: String| NewPassword::try_from(text);
        assert!(password("1234567".into()).is_err() && password("a".repeat(257)).is_err());
        let kept = password("12345678".into()).unwrap();
        assert!(!format!("{kept:?}").contains("1234"));
    }

    #[test]
    fn a_threshold_out_of_range_is_refused() {
        for (threshold, fine) in [(0.0, true), (10.0, true), (10.1, false), (f64::NAN, false)] {
            let preferences = Preferences {
                quality_threshold: Some(threshold),
                ..Preferences::default()
            };
            assert_eq!(preferences.check().is_ok(), fine, "{threshold}");
        }
    }
}
