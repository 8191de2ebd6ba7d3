//! How an answer came about, folded into one line: the outcome and its figures, and below them the
//! agents, the repairs and the judged draft.

use crate::components::chat::agent_card::AgentCards;
use crate::components::chat::outcome::{self, Outcome, OutcomePill};
use crate::components::chat::repair::Repairs;
use crate::components::chat::run_card::{returned_draft, threshold};
use crate::components::chat::score::JudgedDraft;
use crate::components::icon::{self, Icon};
use domain::Transcript;
use leptos::prelude::*;

/// Of a run that has ended: nothing changes any more, so it is written once.
#[component]
pub fn Folded(
    transcript: RwSignal<Transcript>,
    #[prop(optional)] is_open: bool,
    /// The address of the run's own page, for those who may read it.
    #[prop(optional)]
    page: Option<String>,
    /// Stands last in what is folded.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (pill, facts, draft) = transcript.with_untracked(|it| {
        let pill = Outcome::of(it).map(|outcome| view! { <OutcomePill outcome /> });
        let draft = returned_draft(it).map(|draft| (draft.clone(), threshold(it)));
        (pill, outcome::facts(it), draft)
    });
    // Room for the link.
    let (line, first) = match page {
        Some(_) => ("sm:pr-28", "max-sm:w-full max-sm:pr-28"),
        None => ("", ""),
    };
    view! {
        <div class="relative mb-4 text-sm">
            <details open=is_open class="group/run">
                <summary class=format!(
                    "flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-1 rounded-sm text-muted tabular-nums [&::-webkit-details-marker]:hidden {line}",
                )>
                    <span class=format!("inline-flex items-center gap-1.5 {first}")>
                        <Icon
                            path=icon::CHEVRON
                            class="size-4 shrink-0 transition-transform group-open/run:rotate-90 motion-reduce:transition-none"
                        />
                        {pill}
                    </span>
                    {facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
                </summary>
                <div class="mt-3 grid gap-4">
                    <AgentCards transcript />
                    <Repairs transcript />
                    {draft.map(|(draft, threshold)| view! { <JudgedDraft draft threshold /> })}
                    {children.map(|children| children())}
                </div>
            </details>
            // Beside the line, not in it: what is in it opens and closes it.
            {page
                .map(|page| {
                    view! {
                        <a
                            href=page
                            class="absolute top-0 right-0 inline-flex min-h-7 items-center rounded-sm text-muted underline underline-offset-4 hover:text-text no-print"
                        >
                            {t!("Deliberation")}
                        </a>
                    }
                })}
        </div>
    }
}
