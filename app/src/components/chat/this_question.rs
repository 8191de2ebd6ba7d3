//! What holds for one question only: a single agent instead of the workflow's, another model.

use crate::api::conversations::offered_agents;
use crate::components::focus;
use crate::components::icon::{self, Icon};
use crate::state::Submission;
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html::Details;
use leptos::prelude::*;

const LABEL: &str = "mb-1 block text-xs font-medium text-muted";
const FIELD: &str =
    "h-9 w-full rounded-sm border border-muted/70 bg-raised px-2 text-base sm:text-sm";

/// The page has the list of known models, once.
#[component]
pub fn ThisQuestion(
    /// The id of the form that the fields belong to.
    form: &'static str,
    submission: Submission,
) -> impl IntoView {
    let agents = Resource::new_blocking(|| (), |()| offered_agents());
    let details = NodeRef::<Details>::new();
    let typed = |field| submission.typed(field).unwrap_or_default();
    let agent = RwSignal::new(typed("agent_id"));
    let model = RwSignal::new(typed("model"));
    let name = RwSignal::new(String::new());
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    // The next question is again its workflow's.
    submission.on_done(move || {
        agent.set(String::new());
        model.set(String::new());
        close();
    });
    let chosen = move || {
        let parts = [(agent.get(), name.get()), (model.get(), model.get())];
        let parts = parts.into_iter().filter(|(set, _)| !set.is_empty());
        parts.map(|(_, words)| words).collect::<Vec<_>>().join(", ")
    };
    view! {
        <details
            node_ref=details
            open=!(agent.get_untracked().is_empty() && model.get_untracked().is_empty())
            class="relative"
            on:keydown=move |key: KeyboardEvent| {
                if key.key() == "Escape" {
                    close();
                }
            }
            on:focusout=move |event: FocusEvent| {
                if details.get_untracked().is_some_and(|it| focus::leaves(&it, &event)) {
                    close();
                }
            }
        >
            <summary
                title=t!("Only for this question")
                class="flex h-9 max-w-40 cursor-pointer list-none items-center gap-1.5 rounded-sm px-1.5 text-sm text-muted transition-colors hover:text-text [&::-webkit-details-marker]:hidden"
            >
                <Icon path=icon::SETTINGS class="size-4 shrink-0" />
                <span class="sr-only">{t!("Only for this question")}</span>
                <span class="min-w-0 truncate text-accent empty:hidden">{chosen}</span>
            </summary>
            <div class="absolute bottom-full left-0 z-10 mb-2 grid w-72 gap-3 rounded-md border border-line bg-raised p-3 shadow-lg max-sm:fixed max-sm:inset-x-4 max-sm:bottom-4 max-sm:mb-0 max-sm:w-auto">
                <p class="text-sm font-medium">{t!("Only for this question")}</p>
                <Suspense>
                    {move || Suspend::new(async move {
                        // Without the list the workflow's own are asked.
                        let agents = agents.await.unwrap_or_default();
                        let named = agents.clone();
                        view! {
                            <div>
                                <label for=format!("{form}-agent") class=LABEL>
                                    {t!("Agents")}
                                </label>
                                <select
                                    id=format!("{form}-agent")
                                    name="agent_id"
                                    form=form
                                    autocomplete="off"
                                    class=FIELD
                                    prop:value=agent
                                    on:change=move |change| {
                                        let id = event_target_value(&change);
                                        let found = named.iter().find(|(agent, _)| *agent == id);
                                        name.set(found.map(|(_, name)| name.clone()).unwrap_or_default());
                                        agent.set(id);
                                    }
                                >
                                    <option value="">{t!("Those of the workflow")}</option>
                                    {agents
                                        .into_iter()
                                        .map(|(id, name)| {
                                            let selected = agent.get_untracked() == id;
                                            view! {
                                                <option value=id selected=selected>
                                                    {t!("Only {name}", name)}
                                                </option>
                                            }
                                        })
                                        .collect_view()}
                                </select>
                            </div>
                        }
                    })}
                </Suspense>
                <div>
                    <label for=format!("{form}-model") class=LABEL>
                        {t!("Model")}
                    </label>
                    <input
                        id=format!("{form}-model")
                        name="model"
                        form=form
                        list="models"
                        value=model.get_untracked()
                        prop:value=model
                        maxlength="200"
                        placeholder=t!("As usual")
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-describedby=format!("{form}-model-hint")
                        class=FIELD
                        on:input=move |input| model.set(event_target_value(&input))
                    />
                    <p id=format!("{form}-model-hint") class="mt-1 text-xs text-muted">
                        {t!("Written provider/model; for every role without a model of its own")}
                    </p>
                </div>
            </div>
        </details>
    }
}
