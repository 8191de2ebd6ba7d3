//! What is on record: who did what with an account, and with what is not theirs alone.

use crate::id::{AuditEntryId, OrganizationId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// It is never altered, and stays when the person is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub organization_id: OrganizationId,
    /// Who did it; `None` is the operator at the terminal, or the server by itself.
    pub user_id: Option<UserId>,
    /// As they were called then.
    pub actor_name: String,
    /// `conversations.list`, `members.remove`: what comes before the point is one of [`GROUPS`].
    pub action: String,
    /// The id of what it was done to; empty for a list.
    pub subject: String,
    /// What that was called then, or what became of it; may be empty.
    pub detail: String,
    pub created_at: DateTime<Utc>,
}

/// The groups that actions belong to.
pub const GROUPS: [&str; 9] = [
    "account",
    "members",
    "invitations",
    "keys",
    "organization",
    "connections",
    "agents",
    "workflows",
    "conversations",
];
