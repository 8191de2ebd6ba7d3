//! How a deliberation goes, phase by phase, in the order in which they happen.

use crate::components::icon::{self, Icon};
use leptos::prelude::*;

fn phases() -> [(&'static str, &'static str); 6] {
    [
        (
            t!("Observe"),
            t!(
                "Your question becomes a checklist: what a good answer has to do, written down before anyone answers."
            ),
        ),
        (
            t!("Propose"),
            t!(
                "The agents think at the same time, each with its own job and without seeing the others."
            ),
        ),
        (
            t!("Distill"),
            t!("What they agree on, what they dispute and what only one of them saw is set apart."),
        ),
        (
            t!("Integrate"),
            t!(
                "One answer is written from all of it, in one voice: what is agreed carries it, what is disputed is named."
            ),
        ),
        (
            t!("Judge"),
            t!(
                "A separate call, which knows neither the authors nor the pass mark, holds the answer against the checklist. The score is computed from its points."
            ),
        ),
        (
            t!("Adapt"),
            t!(
                "Below the pass mark, only the agents whose work would mend what failed are asked again, each with its own instruction."
            ),
        ),
    ]
}

#[component]
pub fn Deliberation() -> impl IntoView {
    view! {
        <ol class="grid gap-px overflow-hidden rounded-md border border-line bg-line sm:grid-cols-2 lg:grid-cols-3">
            {phases()
                .into_iter()
                .enumerate()
                .map(|(index, (name, text))| {
                    view! {
                        <li class="bg-raised p-5">
                            <p class="font-mono text-xs text-muted" aria-hidden="true">
                                {index + 1}
                            </p>
                            <h3 class="mt-2 font-medium">{name}</h3>
                            <p class="mt-1 text-sm text-muted">{text}</p>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
        <p class="mt-4 flex gap-3 text-sm text-muted">
            <Icon path=icon::RETURN class="mt-0.5 size-5 shrink-0" />
            {t!("Then once more from Distill, until the answer passes, the rounds are used up or nothing improves. The best attempt is kept, not the last one.")}
        </p>
    }
}
