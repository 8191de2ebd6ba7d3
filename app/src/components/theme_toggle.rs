//! Switches between the light and the dark theme and remembers the choice, for those who are
//! signed in also in their preferences.

use crate::api::accounts::SavePreferences;
use crate::components::icon::{self, Icon};
use crate::state::toasts::Toasts;
use crate::state::{Post, SavedPreferences, Theme, Visitor, cookie};
use leptos::prelude::*;

/// Shows the other theme and keeps it.
pub fn theme_switch() -> impl Fn() + Copy + Send + Sync + 'static {
    let signed_in = Visitor::expect().user.is_some();
    let saved = SavedPreferences::expect();
    let save = Post::<SavePreferences>::prepare();
    Toasts::tell_of(save.submission());
    move || {
        let theme = shown().opposite();
        show(Some(theme));
        if signed_in {
            save.send(&saved.choose_theme(theme.as_choice()));
        }
    }
}

#[component]
pub fn ThemeToggle() -> impl IntoView {
    let switch = theme_switch();

    view! {
        <button
            type="button"
            aria-label=t!("Switch between light and dark theme")
            title=t!("Switch theme")
            class="needs-script grid size-9 cursor-pointer place-items-center rounded-sm text-muted transition-colors hover:text-text"
            on:click=move |_| switch()
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

/// Applies the choice to this page and to those that follow; `None` leaves it to the system.
pub fn show(choice: Option<Theme>) {
    if let Some(root) = document().document_element() {
        let _ = match choice {
            Some(theme) => root.set_attribute("data-theme", theme.as_str()),
            None => root.remove_attribute("data-theme"),
        };
    }
    cookie::write(&Theme::cookie(choice));
}
