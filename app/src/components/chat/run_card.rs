//! One run in the stream: a quiet card while it works, one line above the answer afterwards.
//! The same component shows it on the server's page and live.

use crate::components::chat::agent_card::AgentCards;
use crate::components::chat::answer::{Answer, InspectorLinks};
use crate::components::chat::ask_again::{AskAgainLink, AskAgainPanel};
use crate::components::chat::cancel::CancelForm;
use crate::components::chat::conclude::ConcludeForm;
use crate::components::chat::elapsed::Elapsed;
use crate::components::chat::folded::Folded;
use crate::components::chat::phase_line::PhaseLine;
use crate::components::chat::queue_place::QueuePlace;
use crate::components::chat::repair::Repairs;
use crate::components::chat::score::JudgedDraft;
use crate::components::chat::turn::{ShownRun, deliberation_of};
use crate::components::chat::{QUIET, status};
use crate::components::icon::{self, Icon};
use crate::state::{Visitor, page_is_an_answer};
use domain::transcript::{Draft, Ending};
use domain::{ConversationId, Run, Transcript};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

#[component]
pub fn RunCard(
    shown: ShownRun,
    /// Its question is the latest one.
    is_last: Signal<bool>,
    /// The run that answers with what this one had.
    on_concluded: Callback<Run>,
) -> impl IntoView {
    let transcript = shown.transcript;
    let ended = Memo::new(move |_| transcript.with(|it| it.ending.is_some()));
    // What was over when the page came is not announced.
    let announces = !ended.get_untracked();

    view! {
        {move || {
            let shown = shown.clone();
            if ended.get() {
                view! { <Finished shown is_last on_concluded /> }.into_any()
            } else {
                view! { <Running run=shown.run transcript /> }.into_any()
            }
        }}
        {announces.then(|| view! { <Milestones transcript /> })}
    }
}

#[component]
fn Milestones(transcript: RwSignal<Transcript>) -> impl IntoView {
    let milestone = Memo::new(move |_| transcript.with(status::milestone));
    view! {
        <p aria-live="polite" class="sr-only">
            {milestone}
        </p>
    }
}

/// The page's address. A browser that reads an address again with its fragment only scrolls there.
fn without_fragment(conversation: ConversationId) -> String {
    let search = use_location().search.get_untracked();
    let query = search.trim_start_matches('?');
    let plain = |c: char| c.is_ascii_alphanumeric() || "=&-_.~".contains(c);
    if query.is_empty() || !query.chars().all(plain) {
        return format!("/c/{conversation}");
    }
    format!("/c/{conversation}?{query}")
}

#[component]
fn Running(run: Run, transcript: RwSignal<Transcript>) -> impl IntoView {
    let words = Memo::new(move |_| transcript.with(status::in_words));
    let round = Memo::new(move |_| transcript.with(status::round));
    let may_cancel = Visitor::expect().may_ask();
    let since = run.started_at.unwrap_or(run.created_at);
    let deliberation = deliberation_of(&run);
    // Without scripts the page reads itself again, unless it has what somebody typed.
    let look_again = if page_is_an_answer() {
        String::new()
    } else {
        let here = without_fragment(run.conversation_id);
        format!("<meta http-equiv=\"refresh\" content=\"3; url={here}\">")
    };

    view! {
        <noscript inner_html=look_again></noscript>
        <section aria-label=t!("Deliberation") class="grid gap-4 rounded-md border border-line p-4">
            <div class="flex items-start justify-between gap-3">
                // Below each other: the words change, and nothing moves beside them.
                <div data-testid="run-status">
                    <p class="font-medium">{words}</p>
                    <p class="flex gap-3 text-sm text-muted tabular-nums">
                        {move || round.get().map(|round| view! { <span>{round}</span> })}
                        <QueuePlace run_id=run.id transcript />
                        <Elapsed since />
                    </p>
                </div>
                {may_cancel
                    .then(|| {
                        view! {
                            <CancelForm run_id=run.id label=t!("Cancel this run") class=QUIET>
                                <Icon path=icon::CLOSE class="size-4" />
                            </CancelForm>
                        }
                    })}
            </div>
            <AgentCards transcript />
            <div class="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
                <PhaseLine transcript />
                <a
                    href=deliberation
                    class="text-xs text-muted underline underline-offset-4 hover:text-text no-print"
                >
                    {t!("Deliberation")}
                </a>
            </div>
            <Repairs transcript />
            <LatestDraft transcript />
            <LatestScore transcript />
        </section>
    }
}

/// What is being written; until its first words come, the draft before it stays.
#[component]
fn LatestDraft(transcript: RwSignal<Transcript>) -> impl IntoView {
    let text = Memo::new(move |_| transcript.with(draft_text));
    view! {
        <div
            class="whitespace-pre-wrap wrap-anywhere empty:hidden"
            aria-label=t!("Draft")
            role="group"
        >
            {move || text.get()}
        </div>
    }
}

fn draft_text(transcript: &Transcript) -> Option<String> {
    if transcript.partial.is_empty() {
        transcript.drafts.last().map(|draft| draft.content.clone())
    } else {
        Some(transcript.partial.clone())
    }
}

#[component]
fn LatestScore(transcript: RwSignal<Transcript>) -> impl IntoView {
    let judged = Memo::new(move |_| {
        transcript.with(|it| {
            let judged = it.drafts.iter().rfind(|draft| is_judged(draft))?;
            Some((judged.clone(), threshold(it)))
        })
    });
    move || {
        judged.get().map(|(draft, threshold)| {
            view! {
                <div data-testid="score">
                    <JudgedDraft draft threshold />
                </div>
            }
        })
    }
}

fn is_judged(draft: &Draft) -> bool {
    draft.score.is_some() || !draft.items.is_empty()
}

pub fn threshold(transcript: &Transcript) -> f64 {
    transcript
        .workflow
        .as_ref()
        .map_or(10.0, |workflow| workflow.quality_threshold)
}

/// Nothing changes any more, so it is written once.
#[component]
fn Finished(shown: ShownRun, is_last: Signal<bool>, on_concluded: Callback<Run>) -> impl IntoView {
    let ShownRun {
        run,
        transcript,
        feedback,
    } = shown;
    let ended = transcript.get_untracked();
    let is_open = !matches!(ended.ending, Some(Ending::Answer { .. }));
    let unjudged = draft_text(&ended);
    let run_id = run.id;
    let page = deliberation_of(&run);

    let (trouble, answer) = match ended.ending {
        Some(Ending::Answer { content, html, .. }) => (
            None,
            view! { <Answer run content html feedback /> }.into_any(),
        ),
        Some(Ending::Cancelled { by, reason }) => {
            let concludable = !ended.contributions.is_empty() && Visitor::expect().may_ask();
            let said = view! {
                <Cancelled by reason />
                {move || {
                    (concludable && is_last.get())
                        .then(|| view! { <ConcludeForm run_id on_concluded /> })
                }}
            }
            .into_any();
            (Some(said), view! { <Kept run draft=unjudged /> }.into_any())
        }
        Some(Ending::Failed { message, .. }) => {
            let said = view! { <Failed message /> }.into_any();
            (Some(said), view! { <Kept run draft=unjudged /> }.into_any())
        }
        None => (None, ().into_any()),
    };

    view! {
        {trouble}
        <Folded transcript is_open page />
        {answer}
    }
}

/// The one that became the answer, else the last that was judged.
pub fn returned_draft(transcript: &Transcript) -> Option<&Draft> {
    let judged = || transcript.drafts.iter().filter(|draft| is_judged(draft));
    let best = match &transcript.ending {
        Some(Ending::Answer { metadata, .. }) => {
            judged().find(|draft| draft.id == metadata.best_iteration)
        }
        _ => None,
    };
    best.or_else(|| judged().next_back())
}

#[component]
fn Cancelled(by: String, reason: String) -> impl IntoView {
    let said = match (by.is_empty(), reason.is_empty()) {
        (true, true) => t!("This run was cancelled. What was finished is kept.").to_owned(),
        (false, true) => t!(
            "This run was cancelled by {by}. What was finished is kept.",
            by
        ),
        (true, false) => t!(
            "This run was cancelled: {reason}. What was finished is kept.",
            reason
        ),
        (false, false) => t!(
            "This run was cancelled by {by}: {reason}. What was finished is kept.",
            by,
            reason
        ),
    };
    view! { <p class="mb-3 text-sm">{said}</p> }
}

#[component]
fn Failed(message: String) -> impl IntoView {
    view! {
        <p class="mb-3 rounded-sm border border-bad/40 bg-bad/8 px-3 py-2 text-sm wrap-anywhere">
            <span class="font-medium">{t!("No answer came of this. ")}</span>
            {message}
        </p>
    }
}

#[component]
fn Kept(run: Run, draft: Option<String>) -> impl IntoView {
    let may_ask = Visitor::expect().may_ask();
    view! {
        {draft
            .map(|text| {
                view! {
                    <p class="text-sm font-medium">{t!("The last draft")}</p>
                    <div class="mt-1 whitespace-pre-wrap wrap-anywhere">{text}</div>
                }
            })}
        <div class="mt-3 -ml-2 flex flex-wrap items-center gap-x-1 no-print">
            {may_ask.then(|| view! { <AskAgainLink run=run.clone() /> })}
            <InspectorLinks run=run.clone() />
        </div>
        {may_ask.then(|| view! { <AskAgainPanel run /> })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;

    #[test]
    fn the_answer_is_shown_with_the_score_of_its_own_draft() {
        let mut transcript = sample::transcript();
        let mut later = transcript.drafts[0].clone();
        later.id = 2;
        later.score = Some(3.0);
        transcript.drafts.push(later);
        let returned = returned_draft(&transcript).expect("a draft was judged");
        assert_eq!((returned.id, returned.score), (1, Some(8.7)));
        transcript.ending = None;
        assert_eq!(returned_draft(&transcript).expect("judged").id, 2);
    }

    #[test]
    fn the_draft_before_stays_until_the_next_one_begins() {
        let mut transcript = sample::transcript();
        assert_eq!(draft_text(&transcript).as_deref(), Some("A draft."));
        transcript.partial = "Bet".into();
        assert_eq!(draft_text(&transcript).as_deref(), Some("Bet"));
    }
}
