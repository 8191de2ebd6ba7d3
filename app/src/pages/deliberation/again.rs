//! One agent of the run with another model, beside what it said in the first round. For admins, as
//! the test bench is.

use crate::api::deliberation::TestAgentAgain;
use crate::components::chat::inspector::contributions::Contributed;
use crate::components::form::{Emphasis, FormError, PostForm, Select, SubmitButton, TextField};
use crate::components::known_models::KnownModels;
use crate::components::trial::Tried;
use crate::state::Post;
use domain::{Contribution, RunId, Transcript, Trial};
use leptos::prelude::*;

#[component]
pub fn OtherModel(
    run: RunId,
    /// The run as far as it is known.
    whole: Transcript,
) -> impl IntoView {
    let again = Post::<TestAgentAgain>::prepare();
    let submission = again.submission();
    let agents: Vec<_> = whole
        .agents
        .iter()
        .map(|card| (card.id.to_string(), card.name.clone()))
        .collect();
    let first = StoredValue::new(whole.contributions);
    let said = move |trial: &Trial| {
        let agent = &trial.contribution.agent_id;
        first.with_value(|all| all.iter().find(|it| it.agent_id == *agent).cloned())
    };

    view! {
        <p class="hidden text-sm text-muted noscript:block">
            {t!("Trying another model needs JavaScript.")}
        </p>
        <div class="needs-script">
            <PostForm
                post=again
                class="grid items-start gap-4 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]"
            >
                <input type="hidden" name="id" value=run.to_string() />
                <Select label=t!("Agent") name="agent_id" options=agents submission />
                <TextField
                    label=t!("Model")
                    name="other_model"
                    list="models"
                    required=true
                    hint=t!("Written provider/model")
                    submission
                />
                // In line with the fields, below their labels.
                <div class="sm:pt-7">
                    <SubmitButton pending=submission.pending emphasis=Emphasis::Plain>
                        {move || if submission.pending.get() { t!("Asking") } else { t!("Ask it") }}
                    </SubmitButton>
                </div>
            </PostForm>
            <div class="mt-3">
                <FormError message=submission.about_none_of(&["other_model"]) />
            </div>
            <KnownModels />
            <div aria-live="polite" class="mt-5 grid gap-4 text-sm sm:grid-cols-2">
                {move || {
                    let trial = again.answer()?;
                    let before = said(&trial);
                    Some(view! { <Beside before trial /> })
                }}
            </div>
        </div>
    }
}

#[component]
fn Beside(before: Option<Contribution>, trial: Trial) -> impl IntoView {
    const PANEL: &str = "min-w-0 rounded-md border border-line bg-raised p-4";
    let agent = trial.contribution.agent_id.to_string();
    let model = trial.contribution.model.to_string();
    view! {
        <div class=PANEL data-testid="before" data-agent=agent.clone()>
            <h3 class="font-medium">{t!("In this run")}</h3>
            {match before {
                Some(contribution) => view! { <Contributed contribution /> }.into_any(),
                None => {
                    view! { <p class="mt-1 text-muted">{t!("It contributed nothing.")}</p> }
                        .into_any()
                }
            }}
        </div>
        <div class=PANEL data-testid="trial" data-agent=agent>
            <h3 class="font-medium wrap-anywhere">{t!("With {model}", model)}</h3>
            <Tried result=Ok(trial) />
        </div>
    }
}
