//! An organization and the invitations into it.

use crate::id::{InvitationId, OrganizationId, UserId};
use crate::line::line;
use crate::user::Role;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Organization {
    pub id: OrganizationId,
    pub name: OrganizationName,
    /// REST requests of one member in a minute; `None` leaves it to the server.
    pub requests_per_minute: Option<u32>,
    pub created_at: DateTime<Utc>,
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
