//! Whose data a query may see. Every query on user data takes it.

use domain::{OrganizationId, UserId};
use uuid::Uuid;

/// Whose data: everything of one person, or (`user_id` None) of the whole organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    pub organization_id: OrganizationId,
    pub user_id: Option<UserId>,
}

impl Scope {
    pub(crate) fn organization(self) -> Uuid {
        self.organization_id.0
    }

    pub(crate) fn user(self) -> Option<Uuid> {
        self.user_id.map(|user| user.0)
    }
}
