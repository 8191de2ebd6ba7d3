//! How an answer came about, folded: for those who read it without an account.

use crate::components::chat::agent_card::AgentCards;
use crate::components::chat::inspector::contributions::Contributions;
use crate::components::chat::outcome::{self, Outcome, OutcomePill};
use crate::components::chat::repair::Repairs;
use crate::components::chat::run_card::{returned_draft, threshold};
use crate::components::chat::score::JudgedDraft;
use crate::components::icon::{self, Icon};
use domain::Transcript;
use leptos::prelude::*;

#[component]
pub fn Deliberated(transcript: Transcript) -> impl IntoView {
    let pill = Outcome::of(&transcript).map(|outcome| view! { <OutcomePill outcome /> });
    let facts = outcome::facts(&transcript);
    let draft = returned_draft(&transcript).cloned();
    let threshold = threshold(&transcript);
    let transcript = RwSignal::new(transcript);
    view! {
        <details class="group/run mb-4 text-sm">
            <summary class="flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-1 rounded-sm text-muted tabular-nums [&::-webkit-details-marker]:hidden">
                <span class="inline-flex items-center gap-1.5">
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
                {draft.map(|draft| view! { <JudgedDraft draft threshold /> })}
                <div>
                    <Contributions transcript />
                </div>
            </div>
        </details>
    }
}
