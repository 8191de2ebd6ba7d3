//! Who looks at the page. The server knows; the browser reads what the server wrote into the page.
//! Signing up, logging in and out load a page anew, so that this never goes stale.

use domain::{Preferences, Role, User};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Visitor {
    pub user: Option<User>,
    /// Nobody has signed up yet: whoever does becomes the admin.
    pub first: bool,
}

impl Visitor {
    pub fn expect() -> Self {
        use_context().unwrap_or_default()
    }

    pub fn may_ask(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.role.may_ask())
    }

    pub fn is_admin(&self) -> bool {
        self.user
            .as_ref()
            .is_some_and(|user| user.role == Role::Admin)
    }

    pub fn preferences(&self) -> Preferences {
        self.user
            .as_ref()
            .map(|user| user.preferences.clone())
            .unwrap_or_default()
    }
}
