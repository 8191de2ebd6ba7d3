//! Our icons: one path each on a 24 px grid, drawn in the text's colour.

use domain::AgentId;
use leptos::prelude::*;

pub const CHECK: &str = "M5 12.5l4.5 4.5L19 7.5";
pub const COPY: &str = "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9";
pub const MOON: &str = "M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2Z";
pub const SUN: &str = "M12 16.2a4.2 4.2 0 1 0 0-8.4 4.2 4.2 0 0 0 0 8.4ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4";
pub const RETURN: &str = "M9 15l-5-5 5-5M4 10h10a6 6 0 0 1 0 12h-2";
pub const MARK: &str = "M12 2.5v4M12 17.5v4M3.8 7.25l3.5 2M16.7 14.75l3.5 2M3.8 16.75l3.5-2M16.7 9.25l3.5-2M12 14.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z";

pub const ADMIN: &str = "M12 3.2l7.5 2.8v5.6c0 4.6-3.1 7.8-7.5 9.2-4.4-1.4-7.5-4.6-7.5-9.2V6z";
pub const AGENTS: &str = "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.8 19.5a6.2 6.2 0 0 1 12.4 0M16 5a3.2 3.2 0 0 1 0 6.2M17.5 14a6 6 0 0 1 3.7 5.5";
pub const ANALYTICS: &str = "M4 20h16M7 16.5v-5M12 16.5V6M17 16.5v-8";
pub const ARCHIVE: &str = "M4 5h16v4H4zM5.5 9v10h13V9M10 13h4";
pub const BACK: &str = "M15 6l-6 6 6 6";
pub const CHEVRON: &str = "M9 6l6 6-6 6";
pub const CHAT: &str = "M4 5h16v11H9.5L5 19.5V16H4z";
pub const CLOSE: &str = "M6 6l12 12M18 6L6 18";
pub const COMMANDS: &str = "M9 9V6.5A2.5 2.5 0 1 0 6.5 9H9ZM9 9h6M9 9v6M15 9V6.5A2.5 2.5 0 1 1 17.5 9H15ZM15 9v6M9 15v2.5A2.5 2.5 0 1 1 6.5 15H9ZM9 15h6M15 15h2.5a2.5 2.5 0 1 1-2.5 2.5V15Z";
pub const KEYS: &str = "M3 6.5h18v11H3zM7 10.2h.1M12 10.2h.1M17 10.2h.1M8 14h8";
pub const LINK: &str = "M10 14a4.2 4.2 0 0 0 6 0l3-3a4.2 4.2 0 0 0-6-6l-1 1M14 10a4.2 4.2 0 0 0-6 0l-3 3a4.2 4.2 0 0 0 6 6l1-1";
pub const LOG_OUT: &str = "M13.5 4.5H5v15h8.5M10 12h10.5M16.8 8.3l3.7 3.7-3.7 3.7";
pub const MENU: &str = "M4 7h16M4 12h16M4 17h16";
pub const MORE: &str = "M4.6 12a.9.9 0 1 0 1.8 0 .9.9 0 1 0-1.8 0M11.1 12a.9.9 0 1 0 1.8 0 .9.9 0 1 0-1.8 0M17.6 12a.9.9 0 1 0 1.8 0 .9.9 0 1 0-1.8 0";
pub const PAUSE: &str = "M9 6v12M15 6v12";
pub const PLAY: &str = "M8 5.5v13L18.5 12 8 5.5Z";
pub const PLUS: &str = "M12 5v14M5 12h14";
pub const SETTINGS: &str = "M4 7h8.5M17.5 7H20M4 17h2.5M11.5 17H20M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z";
/// Turned round it means the opposite.
pub const THUMB: &str = "M7 11v9H4v-9h3ZM7 11l4-7.6a2 2 0 0 1 2.6 2.4L12.8 10h5.4a2 2 0 0 1 2 2.4l-1.2 6a2 2 0 0 1-2 1.6H7";
pub const SIDEBAR: &str = "M4 5h16v14H4zM9.5 5v14";
pub const WORKFLOWS: &str = "M4 4.5h6v5H4zM14 14.5h6v5h-6zM7 9.5v4a3.5 3.5 0 0 0 3.5 3.5H14";

/// The icon of a shipped agent; agents that people add share a plain one.
pub fn of_agent(id: &AgentId) -> &'static str {
    match id.as_str() {
        "creative" => {
            "M9.2 17.5h5.6M10.3 20.8h3.4M12 3.2a6.2 6.2 0 0 0-3.9 11c.7.6 1.1 1.3 1.1 2.1v1.2h5.6v-1.2c0-.8.4-1.5 1.1-2.1A6.2 6.2 0 0 0 12 3.2Z"
        }
        "structural" => {
            "M12 3.8 3.5 8.2l8.5 4.4 8.5-4.4L12 3.8ZM3.5 12.2l8.5 4.4 8.5-4.4M3.5 16.2l8.5 4.4 8.5-4.4"
        }
        "analytical" => {
            "M10.5 17.2a6.7 6.7 0 1 0 0-13.4 6.7 6.7 0 0 0 0 13.4ZM20.3 20.3l-5-5M7.8 10.7l2 2 3.4-4"
        }
        "empathic" => {
            "M12 20.2C7 16.4 3.3 13 3.3 8.9a4.6 4.6 0 0 1 8.7-2.1 4.6 4.6 0 0 1 8.7 2.1c0 4.1-3.7 7.5-8.7 11.3Z"
        }
        "strategic" => {
            "M12 20.8a8.8 8.8 0 1 0 0-17.6 8.8 8.8 0 0 0 0 17.6ZM15.8 8.2l-2.2 5.4-5.4 2.2 2.2-5.4 5.4-2.2Z"
        }
        "practical" => "M4 12h15.5M13.5 6l6 6-6 6",
        _ => "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0",
    }
}

/// Decorates a label that stands beside it, so screen readers skip it.
#[component]
pub fn Icon(path: &'static str, #[prop(default = "size-5")] class: &'static str) -> impl IntoView {
    view! {
        <svg
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.6"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            class=class
        >
            <path d=path></path>
        </svg>
    }
}
