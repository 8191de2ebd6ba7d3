//! The roles of an organization in words.

use domain::Role;

pub fn name(role: Role) -> &'static str {
    match role {
        Role::Admin => t!("Admin"),
        Role::User => t!("User"),
        Role::Viewer => t!("Viewer"),
    }
}

/// Continues "As a …, you may".
pub fn may(role: Role) -> &'static str {
    match role {
        Role::Admin => t!("ask questions and invite people"),
        Role::User => t!("ask questions"),
        Role::Viewer => t!("read, but not ask"),
    }
}
