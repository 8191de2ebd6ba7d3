//! How wide the panels beside the conversation are on wide screens. Kept in cookies like the folded
//! sidebar, so that the server draws the page as it was left.

use super::cookie;
use leptos::prelude::*;

/// In CSS pixels.
#[derive(Clone, Copy)]
pub struct Panel {
    cookie: &'static str,
    usual: u32,
    pub least: u32,
    pub most: u32,
}

pub const SIDEBAR: Panel = Panel {
    cookie: "overmind-sidebar-width",
    usual: 272,
    least: 208,
    most: 416,
};

pub const INSPECTOR: Panel = Panel {
    cookie: "overmind-inspector-width",
    usual: 360,
    least: 304,
    most: 560,
};

impl Panel {
    /// Call it once for each panel that is shown: the value travels with the page.
    pub fn width(self) -> u32 {
        SharedValue::new(|| self.read(cookie::current(self.cookie).as_deref())).into_inner()
    }

    fn read(self, kept: Option<&str>) -> u32 {
        self.within(
            kept.and_then(|kept| kept.parse().ok())
                .unwrap_or(self.usual),
        )
    }

    pub fn within(self, width: u32) -> u32 {
        width.clamp(self.least, self.most)
    }

    pub fn remember(self, width: u32) {
        cookie::write(&cookie::line(self.cookie, &width.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_stays_within_its_bounds() {
        for (kept, width) in [
            (None, 272),
            (Some("300"), 300),
            (Some("5"), 208),
            (Some("4000"), 416),
            (Some("-1"), 272),
            (Some("wide"), 272),
        ] {
            assert_eq!(SIDEBAR.read(kept), width, "{kept:?}");
        }
    }
}
