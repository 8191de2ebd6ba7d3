//! What the judge said about one draft: the score on its scale and the checklist behind it.

use crate::components::figures;
use domain::JudgedItem;
use domain::transcript::Draft;
use leptos::prelude::*;

/// 0 to 10, with a tick where an answer passes. `None`: the judge gave no usable verdict.
#[component]
pub fn Score(score: Option<f64>, threshold: f64) -> impl IntoView {
    let mark = figures::score(threshold);
    let Some(score) = score else {
        return view! {
            <p class="text-sm text-muted">
                {t!("Unscored: the judge gave no usable verdict. {mark} would pass.", mark)}
            </p>
        }
        .into_any();
    };
    let colour = if score >= threshold {
        "bg-good"
    } else {
        "bg-warn"
    };
    view! {
        <div class="text-sm tabular-nums">
            <p>
                <span class="font-medium">{figures::score(score)}</span>
                <span class="text-muted">{t!(" of 10, passes at {mark}", mark)}</span>
            </p>
            <div aria-hidden="true" class="relative mt-1.5 h-2 rounded-full bg-line">
                <div
                    class=format!("absolute inset-y-0 left-0 rounded-full {colour}")
                    style:width=percent(score)
                ></div>
                <div
                    class="absolute -inset-y-1 w-0.5 -translate-x-1/2 bg-text"
                    style:left=percent(threshold)
                ></div>
            </div>
        </div>
    }
    .into_any()
}

fn percent(of_ten: f64) -> String {
    format!("{:.1}%", of_ten.clamp(0.0, 10.0) * 10.0)
}

/// A draft's score with its checklist folded under it.
#[component]
pub fn JudgedDraft(draft: Draft, threshold: f64) -> impl IntoView {
    let count = draft.items.len();
    view! {
        <div class="grid gap-2">
            <Score score=draft.score threshold />
            {(count > 0)
                .then(|| {
                    view! {
                        <details class="text-sm">
                            <summary class="cursor-pointer rounded-sm py-0.5 text-muted">
                                {plural!(count, "Checklist, 1 item", "Checklist, {count} items")}
                            </summary>
                            <div class="mt-2">
                                <Checklist items=draft.items />
                            </div>
                        </details>
                    }
                })}
        </div>
    }
}

#[component]
pub fn Checklist(items: Vec<JudgedItem>) -> impl IntoView {
    view! {
        <ul class="grid gap-3 text-sm">
            {items.into_iter().map(|item| view! { <Item item /> }).collect_view()}
        </ul>
    }
}

#[component]
fn Item(item: JudgedItem) -> impl IntoView {
    let (points, colour) = match item.points {
        Some(points) => {
            let colour = match points {
                4.0.. => "bg-good",
                2.5.. => "bg-warn",
                _ => "bg-bad",
            };
            (t!("{points} of 5", points = plain(points)), colour)
        }
        None => (t!("void").to_owned(), "bg-muted"),
    };
    let evidence = evidence(&item.evidence);
    view! {
        <li class="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-2 wrap-anywhere">
            <span class="flex items-center gap-2 self-start tabular-nums">
                <span aria-hidden="true" class=format!("size-2 shrink-0 rounded-full {colour}")></span>
                {points}
            </span>
            <div>
                <p>{item.text}</p>
                {(!item.reason.trim().is_empty())
                    .then(|| view! { <p class="text-muted">{item.reason}</p> })}
                <p class="text-xs text-muted">
                    {item.accuracy.then_some(t!("About accuracy. "))} {evidence}
                </p>
            </div>
        </li>
    }
}

fn plain(points: f64) -> String {
    if points.fract() == 0.0 {
        format!("{points:.0}")
    } else {
        format!("{points:.1}")
    }
}

fn evidence(sentences: &[u32]) -> String {
    if sentences.is_empty() {
        return t!("No sentence of the draft shows it.").to_owned();
    }
    let numbers: Vec<_> = sentences.iter().map(u32::to_string).collect();
    plural!(
        sentences.len(),
        "Seen in sentence {numbers}.",
        "Seen in sentences {numbers}.",
        numbers = numbers.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_evidence_read_naturally() {
        assert_eq!((plain(4.0), plain(3.5)), ("4".into(), "3.5".into()));
        assert_eq!(evidence(&[]), "No sentence of the draft shows it.");
        assert_eq!(evidence(&[2]), "Seen in sentence 2.");
        assert_eq!(evidence(&[2, 5]), "Seen in sentences 2, 5.");
        assert_eq!(
            (percent(8.7), percent(11.0)),
            ("87.0%".into(), "100.0%".into())
        );
    }
}
