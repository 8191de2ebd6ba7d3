//! Whether the sidebar is folded away on wide screens. Kept in a cookie rather than in the local
//! storage, so that the server draws the page as it was left and nothing moves on hydration.

use super::cookie;
use leptos::prelude::*;

const COOKIE: &str = "overmind-sidebar";
const COLLAPSED: &str = "collapsed";

/// Call it once for each frame: the value travels with the page.
pub fn is_collapsed() -> bool {
    SharedValue::new(|| cookie::current(COOKIE).as_deref() == Some(COLLAPSED)).into_inner()
}

pub fn remember(collapsed: bool) {
    cookie::write(&cookie::line(
        COOKIE,
        if collapsed { COLLAPSED } else { "" },
    ));
}
