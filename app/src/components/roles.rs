//! The roles of an organization in words.

use domain::Role;

pub fn name(role: Role) -> &'static str {
    match role {
        Role::Admin => "Admin",
        Role::User => "User",
        Role::Viewer => "Viewer",
    }
}

/// Continues "As a …, you may".
pub fn may(role: Role) -> &'static str {
    match role {
        Role::Admin => "ask questions and invite people",
        Role::User => "ask questions",
        Role::Viewer => "read, but not ask",
    }
}
