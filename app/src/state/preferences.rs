//! What the signed-in person prefers, as last saved. The visitor that the page was loaded with
//! knows only what was true then; whoever offers to change preferences reads and writes here.

use super::Visitor;
use crate::api::accounts::SavePreferences;
use domain::WorkflowId;
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
    pub fn follow(self, action: ServerAction<SavePreferences>) {
        let (input, value) = (action.input(), action.value());
        let sent = StoredValue::new(None::<SavePreferences>);
        Effect::new(move |_| {
            if let Some(form) = input.get() {
                sent.set_value(Some(form));
            }
        });
        Effect::new(move |_| {
            if value.with(|value| matches!(value, Some(Ok(()))))
                && let Some(form) = sent.get_value()
            {
                self.0.set(from_form(&form));
            }
        });
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

/// The server has checked the form already: what cannot be read here was not set.
fn from_form(form: &SavePreferences) -> Preferences {
    Preferences {
        default_model: form.default_model.trim().parse().ok(),
        default_workflow: Some(form.default_workflow.trim())
            .filter(|id| !id.is_empty())
            .map(WorkflowId::from),
        quality_threshold: form.quality_threshold.trim().parse().ok(),
        show_debug_info: form.show_debug_info.is_some(),
        theme: [ThemeChoice::Light, ThemeChoice::Dark]
            .into_iter()
            .find(|theme| theme_name(*theme) == form.theme)
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_survive_the_form() {
        let full = Preferences {
            default_model: "openai/gpt-5.1".parse().ok(),
            default_workflow: Some("quick".into()),
            quality_threshold: Some(8.5),
            show_debug_info: true,
            theme: ThemeChoice::Dark,
        };
        assert!(full.default_model.is_some());
        for preferences in [full, Preferences::default()] {
            assert_eq!(from_form(&to_form(&preferences)), preferences);
        }
    }
}
