//! The run as it was where the replay stands: its agents, the phase, the draft and its score.

use crate::components::chat::agent_card::AgentCards;
use crate::components::chat::outcome::{Outcome, OutcomePill};
use crate::components::chat::phase_line::PhaseLine;
use crate::components::chat::run_card::threshold;
use crate::components::chat::score::JudgedDraft;
use crate::components::chat::status;
use domain::Transcript;
use domain::deliberation::RenderedDraft;
use domain::transcript::Draft;
use leptos::prelude::*;

#[component]
pub fn AsItWas(transcript: RwSignal<Transcript>, drafts: Vec<RenderedDraft>) -> impl IntoView {
    let drafts = StoredValue::new(drafts);
    let words = Memo::new(move |_| {
        transcript.with(|it| {
            let round = status::round(it).filter(|_| it.ending.is_none());
            (status::in_words(it), round)
        })
    });
    let outcome = Memo::new(move |_| transcript.with(Outcome::of));
    let draft =
        Memo::new(move |_| transcript.with(|it| Some((it.drafts.last()?.clone(), threshold(it)))));
    view! {
        // Nothing turns while nobody works.
        <div class="grid gap-4 [&_svg]:animate-none!">
            <div class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
                <p class="flex items-center gap-3 text-sm" data-testid="as-it-was">
                    {move || match outcome.get() {
                        Some(outcome) => view! { <OutcomePill outcome /> }.into_any(),
                        None => {
                            let (words, round) = words.get();
                            view! {
                                <span class="font-medium">{words}</span>
                                <span class="text-muted tabular-nums">{round}</span>
                            }
                                .into_any()
                        }
                    }}
                </p>
                <PhaseLine transcript />
            </div>
            <AgentCards transcript />
            {move || match draft.get() {
                Some((draft, threshold)) => {
                    let html = drafts.with_value(|all| {
                        let rendered = all.iter().find(|it| it.id == draft.id);
                        rendered.map(|it| it.html.clone()).unwrap_or_default()
                    });
                    view! { <LatestDraft draft threshold html /> }.into_any()
                }
                None => {
                    view! {
                        <p class="text-sm text-muted">{t!("No draft had been written by then.")}</p>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

#[component]
fn LatestDraft(draft: Draft, threshold: f64, html: String) -> impl IntoView {
    let heading = t!("Draft {draft}", draft = draft.id);
    let is_judged = draft.score.is_some() || !draft.items.is_empty();
    view! {
        <div class="rounded-md border border-line bg-raised p-4 sm:p-5" data-testid="draft">
            <h3 class="font-medium">{heading}</h3>
            <div class="mt-3">
                {if is_judged {
                    view! { <JudgedDraft draft threshold /> }.into_any()
                } else {
                    view! { <p class="text-sm text-muted">{t!("Not judged by then.")}</p> }
                        .into_any()
                }}
            </div>
            <div class="mt-4 border-t border-line pt-4">
                <div class="answer max-w-176" inner_html=html></div>
            </div>
        </div>
    }
}
