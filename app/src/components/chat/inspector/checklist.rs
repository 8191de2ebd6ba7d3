//! What a good answer had to do, and how each draft did.

use crate::components::chat::score::{Checklist, Score};
use domain::transcript::{ComparisonRow, Draft};
use domain::{ChecklistItem, Transcript};
use leptos::prelude::*;

#[derive(Clone, PartialEq)]
struct Judged {
    drafts: Vec<Draft>,
    comparisons: Vec<ComparisonRow>,
    items: Vec<ChecklistItem>,
    threshold: f64,
}

#[component]
pub fn Checklists(transcript: RwSignal<Transcript>) -> impl IntoView {
    let judged = Memo::new(move |_| {
        transcript.with(|it| Judged {
            drafts: it.drafts.clone(),
            comparisons: it.comparisons.clone(),
            items: it.checklist.clone(),
            threshold: it.workflow.as_ref().map_or(10.0, |it| it.quality_threshold),
        })
    });
    move || {
        let Judged {
            drafts,
            comparisons,
            items,
            threshold,
        } = judged.get();
        if drafts.iter().all(|draft| draft.items.is_empty()) {
            return view! { <NotJudged items /> }.into_any();
        }
        view! {
            {comparisons
                .iter()
                .map(|row| view! { <p class="mb-3 text-muted">{compared(row)}</p> })
                .collect_view()}
            // The latest first.
            {drafts
                .into_iter()
                .rev()
                .map(|draft| view! { <OfDraft draft threshold /> })
                .collect_view()}
        }
        .into_any()
    }
}

#[component]
fn NotJudged(items: Vec<ChecklistItem>) -> impl IntoView {
    if items.is_empty() {
        return view! { <p class="text-muted">{t!("There is no checklist for this run yet.")}</p> }
            .into_any();
    }
    view! {
        <p class="text-muted">{t!("No draft was judged by it yet.")}</p>
        <ul class="mt-2 grid list-disc gap-1.5 pl-5">
            {items.into_iter().map(|item| view! { <li>{item.text}</li> }).collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn OfDraft(draft: Draft, threshold: f64) -> impl IntoView {
    let judge = draft.judge_model.map(|model| {
        if draft.self_judged {
            t!("Judged by {model}, which also wrote it.", model)
        } else {
            t!("Judged by {model}.", model)
        }
    });
    view! {
        <section class="mb-8">
            <h3 class="mb-2 font-medium">{t!("Draft {number}", number = draft.id)}</h3>
            <Score score=draft.score threshold />
            <p class="mt-1 mb-3 text-xs text-muted wrap-anywhere">{judge}</p>
            <Checklist items=draft.items />
        </section>
    }
}

fn compared(row: &ComparisonRow) -> String {
    t!(
        "Drafts {incumbent} and {challenger} were close, so they were compared in both orders; draft {kept} was kept.",
        incumbent = row.incumbent,
        challenger = row.challenger,
        kept = row.kept
    )
}
