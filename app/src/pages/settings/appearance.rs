//! The theme: it applies at once and is kept with the account.

use super::Section;
use crate::api::accounts::SavePreferences;
use crate::components::form::{Emphasis, FormError, FormStatus, PostForm, ReturnTo, SubmitButton};
use crate::components::theme_toggle::show;
use crate::state::preferences::{SavedPreferences, theme_name};
use crate::state::{Post, Theme};
use crate::texts;
use domain::user::ThemeChoice;
use leptos::prelude::*;

const CHOICES: [(ThemeChoice, &str); 3] = [
    (ThemeChoice::Light, marked!("Light")),
    (ThemeChoice::Dark, marked!("Dark")),
    (ThemeChoice::Auto, marked!("As the system")),
];

#[component]
pub fn Appearance() -> impl IntoView {
    let saved = SavedPreferences::expect();
    let save = Post::<SavePreferences>::prepare();
    let submission = save.submission();
    let choose = move |choice: ThemeChoice| {
        show(Theme::of_choice(choice));
        save.send(&saved.choose_theme(choice));
    };

    view! {
        <Section id="appearance" title=t!("Appearance")>
            <PostForm post=save class="grid gap-4">
                <FormError message=submission.about_none_of(ANSWERS) />
                <ReturnTo section="appearance" />
                <OtherPreferences saved />
                <fieldset>
                    <legend class="mb-1.5 text-sm font-medium">{t!("Theme")}</legend>
                    <div class="inline-flex flex-wrap gap-1 rounded-md border border-line bg-raised p-1">
                        {CHOICES
                            .into_iter()
                            .map(|(choice, label)| {
                                let checked = move || saved.get().theme == choice;
                                view! {
                                    <label class="flex h-8 cursor-pointer items-center rounded-sm px-3 text-sm text-muted transition-colors hover:text-text has-checked:bg-accent has-checked:font-medium has-checked:text-surface has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
                                        <input
                                            type="radio"
                                            name="theme"
                                            value=theme_name(choice)
                                            autocomplete="off"
                                            class="sr-only"
                                            checked=saved.get_untracked().theme == choice
                                            prop:checked=checked
                                            on:change=move |_| choose(choice)
                                        />
                                        {texts::of(label)}
                                    </label>
                                }
                            })
                            .collect_view()}
                    </div>
                </fieldset>
                <div class="hidden noscript:block">
                    <SubmitButton pending=submission.pending emphasis=Emphasis::Plain>
                        {t!("Save theme")}
                    </SubmitButton>
                </div>
                <FormStatus submission text=t!("Saved") section="appearance" />
            </PostForm>
        </Section>
    }
}

/// Errors about these show in their own section.
const ANSWERS: &[&str] = &["default_model", "default_workflow", "quality_threshold"];

/// The server replaces all preferences at once, so a form about one sends the others along.
#[component]
fn OtherPreferences(saved: SavedPreferences) -> impl IntoView {
    let form = move || saved.form();
    view! {
        <input type="hidden" name="default_model" value=move || form().default_model />
        <input type="hidden" name="default_workflow" value=move || form().default_workflow />
        <input type="hidden" name="quality_threshold" value=move || form().quality_threshold />
        {move || {
            form()
                .show_debug_info
                .map(|on| view! { <input type="hidden" name="show_debug_info" value=on /> })
        }}
    }
}
