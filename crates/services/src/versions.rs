//! What agents and workflows have in common: their versions, what changed between two of them,
//! that a writer changes what they saw, and that what was exported can be read.

use crate::error::{Error, Result};
use crate::listing::{Part, number};
use domain::version::{Change, changes};
use domain::{OrganizationId, Page, Version};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Store, Versioned};

/// The versions of one thing that the caller may see.
pub(crate) struct Versions<'a> {
    pub store: &'a Store,
    pub organization: OrganizationId,
    pub kind: Versioned,
    pub id: &'a str,
}

impl Versions<'_> {
    /// The latest first.
    pub async fn list<F: DeserializeOwned>(&self, part: &Part) -> Result<Page<Version<F>>> {
        let versions = self
            .store
            .versions(self.organization, self.kind, self.id)
            .await?;
        part.of(versions, true, |version: &Version<F>| {
            (number(version.version), String::new())
        })
    }

    pub async fn one<F: DeserializeOwned>(&self, version: u32) -> Result<Version<F>> {
        self.store
            .version(self.organization, self.kind, self.id, version)
            .await?
            .ok_or(Error::NotFound("version"))
    }

    pub async fn changes<F: DeserializeOwned + Serialize>(
        &self,
        from: u32,
        to: u32,
    ) -> Result<Vec<Change>> {
        let before = self.one::<F>(from).await?;
        let after = self.one::<F>(to).await?;
        Ok(changes(&json(&before.content)?, &json(&after.content)?))
    }
}

/// The writer changes what they saw, not what somebody else made of it meanwhile.
pub(crate) fn expect(seen: Option<u32>, stored: u32) -> Result<()> {
    match seen {
        Some(seen) if seen != stored => Err(Error::Stale),
        _ => Ok(()),
    }
}

/// What people write of a thing, from how REST tells of it. Where and since when it was kept does
/// not come along.
pub(crate) fn exported<F: DeserializeOwned>(json: &str) -> Result<F> {
    const KEPT: [&str; 6] = [
        "id",
        "version",
        "organization_id",
        "created_by",
        "created_at",
        "updated_at",
    ];
    let unread = |error: serde_json::Error| Error::Invalid {
        field: "json",
        message: format!("This cannot be imported: {error}."),
    };
    let mut fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(json).map_err(unread)?;
    fields.retain(|name, _| !KEPT.contains(&name.as_str()));
    serde_json::from_value(fields.into()).map_err(unread)
}

fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value)
        .map_err(|error| Error::Internal(format!("a version cannot be written: {error}")))
}
