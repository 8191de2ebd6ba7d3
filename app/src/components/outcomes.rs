//! What an answer may say about itself, in the words that every run uses, and the scale of scores.

use crate::components::figures;
use domain::Workflow;
use leptos::prelude::*;

/// Name, colour and meaning.
fn outcomes() -> [(&'static str, &'static str, &'static str); 3] {
    [
        (
            t!("Passed"),
            "bg-good",
            t!("It reached the pass mark on its checklist."),
        ),
        (
            t!("Best effort"),
            "bg-warn",
            t!("It did not. You get the best attempt, its score and the items it missed."),
        ),
        (
            t!("Degraded"),
            "bg-bad",
            t!("An agent could not answer. The others carried on, and the missing one is named."),
        ),
    ]
}

#[component]
pub fn Outcomes(chosen: RwSignal<Workflow>) -> impl IntoView {
    view! {
        <ScoreScale pass_mark=Signal::derive(move || chosen.with(|it| it.quality_threshold)) />
        <dl class="mt-10 grid gap-x-8 gap-y-6 sm:grid-cols-3">
            {outcomes()
                .into_iter()
                .map(|(name, colour, text)| {
                    view! {
                        <div>
                            <dt class="flex items-center gap-2 text-sm font-medium">
                                <span
                                    aria-hidden="true"
                                    class=format!("size-2 rounded-full {colour}")
                                ></span>
                                {name}
                            </dt>
                            <dd class="mt-1 text-sm text-muted">{text}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}

/// 0 to 10, with a tick where an answer passes.
#[component]
fn ScoreScale(pass_mark: Signal<f64>) -> impl IntoView {
    let left = move || format!("{:.1}%", pass_mark.get() * 10.0);
    view! {
        <div class="tabular-nums">
            <p class="sr-only">
                {move || {
                    t!(
                        "Scores go from 0 to 10; {score} passes.",
                        score = figures::score(pass_mark.get())
                    )
                }}
            </p>
            <div aria-hidden="true">
                <div class="relative h-6 text-xs text-muted">
                    <span
                        class="absolute -translate-x-full font-medium whitespace-nowrap text-text"
                        style:left=left
                    >
                        {move || t!("passes at {score}", score = figures::score(pass_mark.get()))}
                    </span>
                </div>
                <div class="relative h-2 rounded-full bg-line">
                    <div class="absolute inset-y-0 right-0 rounded-r-full bg-good" style:left=left></div>
                    <div class="absolute -inset-y-1 w-0.5 -translate-x-1/2 bg-text" style:left=left></div>
                </div>
                <div class="mt-2 flex justify-between text-xs text-muted">
                    <span>"0"</span>
                    <span>"5"</span>
                    <span>"10"</span>
                </div>
            </div>
        </div>
    }
}
