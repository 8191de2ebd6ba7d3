//! Where a running deliberation stands: Observe - Propose - Distill - Integrate - Judge, with the
//! names that the start page gives them.

use domain::transcript::Phase;
use domain::{RunStatus, Transcript};
use leptos::prelude::*;

fn steps() -> [(Phase, &'static str); 5] {
    [
        (Phase::Observe, t!("Observe")),
        (Phase::Propose, t!("Propose")),
        (Phase::Distill, t!("Distill")),
        (Phase::Integrate, t!("Integrate")),
        (Phase::Judge, t!("Judge")),
    ]
}

#[component]
pub fn PhaseLine(transcript: RwSignal<Transcript>) -> impl IntoView {
    // A run that waits stands nowhere yet.
    let phase = Memo::new(move |_| {
        transcript.with(|it| (it.status != RunStatus::Queued).then_some(it.phase))
    });
    view! {
        <ol
            aria-label=t!("Phases")
            class="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-xs text-muted sm:gap-x-2"
        >
            {steps()
                .into_iter()
                .enumerate()
                .map(|(index, (step, name))| {
                    let current = move || phase.get() == Some(step);
                    view! {
                        <li
                            aria-current=move || current().then_some("step")
                            class="flex items-center gap-1 sm:gap-2 aria-[current=step]:font-medium aria-[current=step]:text-accent"
                        >
                            {(index > 0)
                                .then(|| {
                                    view! {
                                        <span aria-hidden="true" class="h-px w-6 bg-line max-sm:hidden"></span>
                                    }
                                })}
                            // Phones have room for the names and the dot of the current one.
                            <span
                                aria-hidden="true"
                                class=move || {
                                    if current() {
                                        "size-1.5 rounded-full bg-accent"
                                    } else if phase.get().is_some_and(|now| passed(now, step)) {
                                        "size-1.5 rounded-full bg-muted max-sm:hidden"
                                    } else {
                                        "size-1.5 rounded-full border border-muted max-sm:hidden"
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
