//! Switches between the light and the dark theme and remembers the choice.

use crate::components::icon::{self, Icon};
use crate::state::Theme;
use leptos::prelude::*;
use leptos::web_sys;
use wasm_bindgen::JsCast;

#[component]
pub fn ThemeToggle() -> impl IntoView {
    view! {
        <button
            type="button"
            aria-label="Switch between light and dark theme"
            title="Switch theme"
            class="needs-script grid size-9 cursor-pointer place-items-center rounded-sm text-muted transition-colors hover:text-text"
            on:click=move |_| apply(shown().opposite())
        >
            <Icon path=icon::SUN class="theme-sun size-5" />
            <Icon path=icon::MOON class="theme-moon size-5" />
        </button>
    }
}

/// What the reader sees: their own choice, else what the system prefers.
fn shown() -> Theme {
    let chosen = document()
        .document_element()
        .and_then(|root| root.get_attribute("data-theme"))
        .and_then(|theme| Theme::parse(&theme));
    chosen.unwrap_or_else(|| {
        let dark = window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten();
        if dark.is_some_and(|query| query.matches()) {
            Theme::Dark
        } else {
            Theme::Light
        }
    })
}

// A browser that refuses the cookie still gets the theme until the next page.
fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-theme", theme.as_str());
    }
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        let _ = document.set_cookie(&theme.cookie());
    }
}
