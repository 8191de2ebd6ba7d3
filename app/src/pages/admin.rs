//! What admins do for their organization: a module for each page and each of its parts.

mod audit;
mod invitations;
mod member;
mod members;

pub use audit::AuditPage;
pub use member::MemberPage;
pub use members::MembersPage;
