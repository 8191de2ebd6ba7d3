//! Where a running deliberation stands: Observe - Distill - Integrate - Judge.

use domain::transcript::Phase;
use domain::{RunStatus, Transcript};
use leptos::prelude::*;

const STEPS: [(Phase, &str); 4] = [
    (Phase::Observe, "Observe"),
    (Phase::Distill, "Distill"),
    (Phase::Integrate, "Integrate"),
    (Phase::Judge, "Judge"),
];

#[component]
pub fn PhaseLine(transcript: RwSignal<Transcript>) -> impl IntoView {
    // A run that waits stands nowhere yet.
    let phase = Memo::new(move |_| {
        transcript.with(|it| (it.status != RunStatus::Queued).then_some(it.phase))
    });
    view! {
        <ol aria-label="Phases" class="flex flex-wrap items-center gap-x-1.5 gap-y-1 text-xs sm:gap-x-2 text-muted">
            {STEPS
                .into_iter()
                .enumerate()
                .map(|(index, (step, name))| {
                    let current = move || phase.get() == Some(step);
                    view! {
                        <li
                            aria-current=move || current().then_some("step")
                            class="flex items-center gap-1.5 sm:gap-2 aria-[current=step]:font-medium aria-[current=step]:text-accent"
                        >
                            {(index > 0)
                                .then(|| {
                                    view! {
                                        <span aria-hidden="true" class="h-px w-2 bg-line sm:w-8"></span>
                                    }
                                })}
                            <span
                                aria-hidden="true"
                                class=move || {
                                    if current() {
                                        "size-1.5 rounded-full bg-accent"
                                    } else if phase.get().is_some_and(|now| passed(now, step)) {
                                        "size-1.5 rounded-full bg-muted"
                                    } else {
                                        "size-1.5 rounded-full border border-muted"
                                    }
                                }
                            ></span>
                            {name}
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
}

fn passed(now: Phase, step: Phase) -> bool {
    let order = |phase| match phase {
        Phase::Observe => 0,
        Phase::Propose => 1,
        Phase::Distill => 2,
        Phase::Integrate => 3,
        Phase::Judge => 4,
        Phase::Ended => 5,
    };
    order(step) < order(now)
}
