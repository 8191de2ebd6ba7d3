//! An organization and the invitations into it.

use crate::id::{InvitationId, OrganizationId, UserId, WorkflowId};
use crate::line::line;
use crate::model::ModelName;
use crate::quota::Quotas;
use crate::user::{EmailAddress, Invalid, Role};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Organization {
    pub id: OrganizationId,
    pub name: OrganizationName,
    /// REST requests of one member in a minute; `None` leaves it to the server.
    pub requests_per_minute: Option<u32>,
    pub sign_up: SignUpPolicy,
    /// New members' mail addresses end in one of these; empty: in anything.
    pub mail_domains: Vec<MailDomain>,
    /// After so many days without activity conversations are deleted, pinned ones excepted;
    /// `None` keeps them.
    pub retention_days: Option<u32>,
    /// Whether what is sent to models is kept, redacted, for admins to read.
    pub log_prompts: bool,
    /// For whoever prefers no other.
    pub default_workflow: Option<WorkflowId>,
    /// For whoever prefers no other, where the workflow names none.
    pub default_model: Option<ModelName>,
    /// In a calendar month.
    pub quotas: Quotas,
    pub created_at: DateTime<Utc>,
}

impl Organization {
    /// As it begins.
    pub fn founded(id: OrganizationId, name: OrganizationName, at: DateTime<Utc>) -> Self {
        Self {
            id,
            name,
            requests_per_minute: None,
            sign_up: SignUpPolicy::default(),
            mail_domains: Vec::new(),
            retention_days: None,
            log_prompts: false,
            default_workflow: None,
            default_model: None,
            quotas: Quotas::default(),
            created_at: at,
        }
    }

    /// Whether somebody with that address may become a member.
    pub fn admits(&self, email: &EmailAddress) -> bool {
        let mut domains = self.mail_domains.iter();
        self.mail_domains.is_empty() || domains.any(|domain| domain.as_str() == email.domain())
    }
}

/// How people become members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SignUpPolicy {
    /// By an invitation.
    #[default]
    Invite,
    /// By themselves too, where this is the server's only organization.
    Open,
    /// Not at all.
    Closed,
}

impl SignUpPolicy {
    pub const ALL: [Self; 3] = [Self::Invite, Self::Open, Self::Closed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// What stands after the @ of mail addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailDomain(String);

impl MailDomain {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MailDomain {
    type Error = Invalid;

    /// With or without the @.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim().to_lowercase();
        let domain = text.strip_prefix('@').unwrap_or(&text);
        // The same rules as for whole addresses.
        match EmailAddress::try_from(format!("a@{domain}")) {
            Ok(_) => Ok(Self(domain.to_owned())),
            Err(_) => Err(Invalid::new(
                "mail_domains",
                "write domains like example.org, one after the other",
            )),
        }
    }
}

impl From<MailDomain> for String {
    fn from(domain: MailDomain) -> Self {
        domain.0
    }
}

line!(
    OrganizationName,
    120,
    "organization_name",
    "the organization's name has 1 to 120 characters on one line"
);

/// A link that lets one person sign up. The link carries a secret that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    pub id: InvitationId,
    pub organization_id: OrganizationId,
    pub role: Role,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_domains_are_admitted() {
        let domain = |text: &str| MailDomain::try_from(text.to_owned());
        let id = OrganizationId(uuid::Uuid::nil());
        let name = OrganizationName::try_from("Engines".to_owned()).unwrap();
        let mut organization = Organization::founded(id, name, DateTime::UNIX_EPOCH);
        let admits = |organization: &Organization, text: &str| {
            organization.admits(&EmailAddress::try_from(text.to_owned()).unwrap())
        };
        assert!(admits(&organization, "eve@anywhere.net"));
        organization.mail_domains =
            vec![domain(" @Example.ORG ").unwrap(), domain("b.net").unwrap()];
        for (address, admitted) in [
            ("ada@example.org", true),
            ("ada@EXAMPLE.org", true),
            ("ada@b.net", true),
            ("ada@mail.example.org", false),
            ("ada@notexample.org", false),
            ("ada@example.org.evil.net", false),
        ] {
            assert_eq!(admits(&organization, address), admitted, "{address}");
        }
        for text in ["", "@", "a b", "a@b", ".org", "org.", "a,b@c"] {
            assert_eq!(domain(text).unwrap_err().field, "mail_domains", "{text}");
        }
    }
}
