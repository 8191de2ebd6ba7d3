//! What the signed-in person prefers, as last saved. The visitor that the page was loaded with
//! knows only what was true then; whoever offers to change preferences reads and writes here.

use super::Visitor;
use crate::api::accounts::SavePreferences;
use domain::user::{Preferences, ThemeChoice};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub struct SavedPreferences(RwSignal<Preferences>);

impl SavedPreferences {
    /// Once, around all pages of those who are signed in.
    pub fn provide(visitor: &Visitor) {
        provide_context(Self(RwSignal::new(visitor.preferences())));
    }

    pub fn expect() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Visitor::expect().preferences())))
    }

    pub fn get(self) -> Preferences {
        self.0.get()
    }

    pub fn get_untracked(self) -> Preferences {
        self.0.get_untracked()
    }

    /// The preferences as a form sends them.
    pub fn form(self) -> SavePreferences {
        self.0.with(to_form)
    }

    pub fn form_untracked(self) -> SavePreferences {
        self.0.with_untracked(to_form)
    }

    /// Another theme, and what has to be sent to keep it: the server replaces all at once.
    pub fn choose_theme(self, theme: ThemeChoice) -> SavePreferences {
        self.0.update(|saved| saved.theme = theme);
        self.form_untracked()
    }

    /// Takes over what the server has accepted.
    pub fn set(self, preferences: Preferences) {
        self.0.set(preferences);
    }
}

pub fn theme_name(theme: ThemeChoice) -> &'static str {
    match theme {
        ThemeChoice::Light => "light",
        ThemeChoice::Dark => "dark",
        ThemeChoice::Auto => "auto",
    }
}

fn to_form(preferences: &Preferences) -> SavePreferences {
    SavePreferences {
        default_model: preferences
            .default_model
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        default_workflow: preferences
            .default_workflow
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        quality_threshold: preferences
            .quality_threshold
            .map(|threshold| threshold.to_string())
            .unwrap_or_default(),
        show_debug_info: preferences.show_debug_info.then(|| "on".to_owned()),
        theme: theme_name(preferences.theme).to_owned(),
    }
}
