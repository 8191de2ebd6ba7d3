//! Keys with which programs act for a person. The key itself is never kept; see `store`.

use crate::id::ApiKeyId;
use crate::line::line;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A key as its owner sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: ApiKeyName,
    /// The key's last four characters, to tell keys apart.
    pub last_four: String,
    pub scope: KeyScope,
    /// Its share of its owner's requests; `None` may use them all.
    pub requests_per_minute: Option<u32>,
    pub created_at: DateTime<Utc>,
    /// At most a few minutes stale.
    pub last_used_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a key may do, within what its owner may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum KeyScope {
    Read,
    /// Reads too.
    Write,
}

impl KeyScope {
    pub const ALL: [Self; 2] = [Self::Read, Self::Write];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

line!(
    /// What its owner calls it.
    ApiKeyName,
    100,
    "name",
    "the key's name has 1 to 100 characters on one line"
);
