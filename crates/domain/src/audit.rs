//! What admins did with what is not theirs alone.

use crate::id::{AuditEntryId, OrganizationId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub organization_id: OrganizationId,
    /// `None` when the person is gone.
    pub user_id: Option<UserId>,
    /// `conversations.list`, `members.remove`.
    pub action: String,
    /// The id of what it was done to; empty for a list.
    pub subject: String,
    pub created_at: DateTime<Utc>,
}
