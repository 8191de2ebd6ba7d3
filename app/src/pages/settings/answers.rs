//! How answers are made when a question does not say otherwise.

use super::Section;
use crate::api::accounts::SavePreferences;
use crate::api::conversations::workflows;
use crate::components::form::{
    Checkbox, FormError, FormStatus, PostForm, ReturnTo, Select, SubmitButton, TextField,
};
use crate::components::known_models::KnownModels;
use crate::state::Post;
use crate::state::preferences::{SavedPreferences, theme_name};
use domain::Workflow;
use leptos::prelude::*;

#[component]
pub fn Answers() -> impl IntoView {
    let saved = SavedPreferences::expect();
    let save = Post::<SavePreferences>::prepare();
    save.on_answer(move |preferences| saved.set(preferences));
    let submission = save.submission();
    let now = saved.form_untracked();
    let workflow = now.default_workflow;
    let available = Resource::new_blocking(|| (), |()| workflows());

    view! {
        <Section id="answers" title=t!("Answers") text=t!("What a new question begins with.")>
            <PostForm post=save class="grid max-w-104 gap-5">
                <FormError message=submission.about_none_of(FIELDS) />
                <ReturnTo section="answers" />
                <input type="hidden" name="theme" value=move || theme_name(saved.get().theme) />
                <Suspense>
                    {move || {
                        let chosen = workflow.clone();
                        Suspend::new(async move {
                            let options = options(available.await.unwrap_or_default(), &chosen);
                            view! {
                                <Select
                                    label=t!("Default workflow")
                                    name="default_workflow"
                                    options
                                    chosen
                                    submission
                                />
                            }
                        })
                    }}
                </Suspense>
                <TextField
                    label=t!("Default model")
                    name="default_model"
                    value=now.default_model
                    list="models"
                    hint=t!("As provider/model, for example openai/gpt-5.1. Empty: the workflow's own.")
                    submission
                />
                <KnownModels />
                <TextField
                    label=t!("Quality threshold")
                    name="quality_threshold"
                    kind="number"
                    min="0"
                    max="10"
                    step="0.1"
                    value=now.quality_threshold
                    hint=t!("0 to 10: the score with which an answer passes. Empty: the workflow's own.")
                    submission
                />
                <Checkbox
                    label=t!("Show debug info")
                    name="show_debug_info"
                    checked=now.show_debug_info.is_some()
                    hint=t!("Prompts and raw figures of each call, beside the answer.")
                    submission
                />
                <div class="flex items-center gap-4">
                    <SubmitButton pending=submission.pending>{t!("Save")}</SubmitButton>
                    <FormStatus submission text=t!("Saved") section="answers" />
                </div>
            </PostForm>
        </Section>
    }
}

const FIELDS: &[&str] = &["default_model", "default_workflow", "quality_threshold"];

/// The chosen one stays in the list even when it is gone, so that saving does not change it.
fn options(workflows: Vec<Workflow>, chosen: &str) -> Vec<(String, String)> {
    let mut options = vec![(String::new(), t!("No preference").to_owned())];
    options.extend(
        workflows
            .into_iter()
            .map(|workflow| (workflow.id.to_string(), workflow.name)),
    );
    if !options.iter().any(|(id, _)| id == chosen) {
        options.push((chosen.to_owned(), t!("{chosen} (not available)", chosen)));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_workflow_is_always_among_the_options() {
        let ids = |chosen: &str| -> Vec<String> {
            options(domain::shipped::workflows(), chosen)
                .into_iter()
                .map(|(id, _)| id)
                .collect()
        };
        assert_eq!(ids(""), ["", "quick", "balanced", "overmind"]);
        assert_eq!(ids("quick"), ids(""));
        assert_eq!(ids("gone").last().map(String::as_str), Some("gone"));
        assert_eq!(options(Vec::new(), "quick").len(), 2);
    }
}
