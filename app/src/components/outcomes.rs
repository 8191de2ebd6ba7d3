//! What an answer may say about itself, in the words that every run uses.

use leptos::prelude::*;

const OUTCOMES: [(&str, &str, &str); 3] = [
    ("Passed", "border-good/50 text-good", "It reached the pass mark on its checklist."),
    (
        "Best effort",
        "border-warn/60 text-warn",
        "It did not. You get the best attempt, its score and the items it missed.",
    ),
    (
        "Degraded",
        "border-bad/50 text-bad",
        "An agent could not answer. The others carried on, and the missing one is named.",
    ),
];

#[component]
pub fn Outcomes() -> impl IntoView {
    view! {
        <dl class="grid gap-x-8 gap-y-6 sm:grid-cols-3">
            {OUTCOMES
                .into_iter()
                .map(|(name, colour, text)| {
                    view! {
                        <div>
                            <dt class="flex">
                                <span class=format!(
                                    "rounded-full border px-2.5 py-0.5 text-xs font-medium {colour}",
                                )>{name}</span>
                            </dt>
                            <dd class="mt-2 text-sm text-muted">{text}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}
