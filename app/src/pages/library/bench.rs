//! The test bench: one question to this one agent, as it is and beside it as it was.

use crate::api::library::{Saved, TryAgent};
use crate::components::trial::Tried;
use crate::state::Post;
use domain::AgentId;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;

const CONTROL: &str =
    "rounded-sm border border-muted/70 bg-raised px-3 text-base sm:text-sm aria-invalid:border-bad";

#[component]
pub fn Bench(id: AgentId, state: RwSignal<Saved>) -> impl IntoView {
    let question = NodeRef::<Textarea>::new();
    let version = NodeRef::<Input>::new();
    let now = Post::<TryAgent>::prepare();
    let then = Post::<TryAgent>::prepare();
    let pending =
        Signal::derive(move || now.submission().pending.get() || then.submission().pending.get());
    // The version that the second panel is about.
    let beside = RwSignal::new(None::<u32>);
    let agent = id.to_string();
    let run = move |_| {
        let (Some(question), Some(version)) = (question.get_untracked(), version.get_untracked())
        else {
            return;
        };
        if pending.get_untracked() {
            return;
        }
        let query = question.value();
        let ask = |version| TryAgent {
            id: id.clone(),
            version,
            query: query.clone(),
        };
        beside.set(version.value().trim().parse().ok());
        now.send(&ask(None));
        match beside.get_untracked() {
            Some(version) => then.send(&ask(Some(version))),
            None => then.submission().forget(),
        }
    };
    view! {
        <section
            id="bench"
            data-agent=agent
            aria-labelledby="bench-title"
            class="mt-10 border-t border-line pt-8"
        >
            <h2 id="bench-title" class="text-lg font-bold tracking-tight">
                {t!("Test bench")}
            </h2>
            <p class="mt-1 text-sm text-muted">
                {t!("What this agent alone says to a question, as it is saved. Nothing is kept.")}
            </p>
            <p class="mt-3 hidden text-sm text-muted noscript:block">
                {t!("The test bench needs JavaScript.")}
            </p>
            <div class="needs-script mt-4 grid gap-4 text-sm">
                <label class="grid gap-1.5 font-medium">
                    {t!("Question")}
                    <textarea
                        node_ref=question
                        rows="2"
                        autocomplete="off"
                        placeholder=t!("How do I improve team productivity?")
                        class=format!("block field-sizing-content max-h-96 w-full py-2 font-normal {CONTROL}")
                    ></textarea>
                </label>
                <label class="grid w-fit gap-1.5 font-medium">
                    {t!("Beside version")}
                    <input
                        node_ref=version
                        type="number"
                        min="1"
                        max=move || state.with(|state| state.version.to_string())
                        autocomplete="off"
                        aria-describedby="beside-hint"
                        class=format!("h-9 w-28 font-normal tabular-nums {CONTROL}")
                    />
                    <span id="beside-hint" class="text-xs font-normal text-muted">
                        {t!("Empty: only as it is now")}
                    </span>
                </label>
                <div>
                    <button
                        type="button"
                        aria-disabled=move || pending.get().then_some("true")
                        class="h-10 cursor-pointer rounded-sm border border-accent bg-accent px-4 font-medium text-surface transition-opacity hover:opacity-90 aria-disabled:cursor-progress aria-disabled:opacity-60"
                        on:click=run
                    >
                        {move || if pending.get() { t!("Asking") } else { t!("Try it") }}
                    </button>
                </div>
            </div>
            <div aria-live="polite" class="mt-5 grid gap-4 text-sm sm:grid-flow-col sm:auto-cols-fr">
                <Panel tried=now title=Signal::stored(t!("As it is now").to_owned()) />
                <Panel
                    tried=then
                    title=Signal::derive(move || {
                        beside
                            .get()
                            .map(|version| t!("Version {version}", version))
                            .unwrap_or_default()
                    })
                />
            </div>
        </section>
    }
}

#[component]
fn Panel(tried: Post<TryAgent>, title: Signal<String>) -> impl IntoView {
    move || {
        if tried.submission().pending.get() {
            return None;
        }
        let result = tried.reply()?;
        Some(view! {
            <div
                data-testid="trial"
                class="min-w-0 rounded-md border border-line bg-raised p-4"
            >
                <h3 class="font-medium">{title.get()}</h3>
                <Tried result />
            </div>
        })
    }
}
