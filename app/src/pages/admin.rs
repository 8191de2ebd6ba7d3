//! What admins do for their organization: a module for each page and each of its parts.

mod audit;
mod invitations;
mod keeping;
mod member;
mod members;
mod organization;
mod prompts;

pub use audit::AuditPage;
pub use member::MemberPage;
pub use members::MembersPage;
pub use organization::OrganizationPage;
pub use prompts::PromptLogPage;
