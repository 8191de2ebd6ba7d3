//! What admins do for their organization: a module for each page and each of its parts.

mod audit;
mod invitations;
mod member;
mod members;
mod organization;

pub use audit::AuditPage;
pub use member::MemberPage;
pub use members::MembersPage;
pub use organization::OrganizationPage;
