//! What each repair bought, and what the returned draft says in other words than the first one.

use crate::components::figures;
use crate::components::icon::{self, Icon};
use crate::components::rewording::Rewording;
use domain::deliberation::{AskedAgain, Gain, ItemChange, Moved, Revision};
use leptos::prelude::*;

#[component]
pub fn Repairs(gains: Vec<Gain>, ended: bool) -> impl IntoView {
    if gains.is_empty() {
        let words = if ended {
            t!("No draft was sent back: nothing was repaired.")
        } else {
            t!("No draft has been sent back so far.")
        };
        return view! { <p class="text-sm text-muted">{words}</p> }.into_any();
    }
    view! {
        <ol class="grid gap-4">
            {gains.into_iter().map(|gain| view! { <Repair gain /> }).collect_view()}
        </ol>
    }
    .into_any()
}

#[component]
fn Repair(gain: Gain) -> impl IntoView {
    let kept = match gain.kept {
        Some(true) => t!("Its draft was kept"),
        Some(false) => t!("The draft before it stayed"),
        None => t!("No draft of it was judged"),
    };
    let facts = [
        (t!("Score"), scores(&gain), change_in_score(&gain)),
        (t!("Checklist"), mended(&gain), None),
        (
            t!("Added cost"),
            figures::cost(gain.cost_usd),
            Some(format!(
                "{}, {}",
                plural!(gain.calls, "1 call", "{count} calls"),
                figures::tokens(gain.tokens.total())
            )),
        ),
        (t!("Added time"), figures::seconds(gain.took_ms), None),
    ];
    view! {
        <li class="rounded-md border border-line bg-raised p-4 sm:p-5" data-testid="repair">
            <h3 class="flex flex-wrap items-baseline gap-x-3 font-medium">
                {t!("Round {round} ", round = gain.round)}
                <span class="text-sm font-normal text-muted">{kept}</span>
            </h3>
            <dl class="mt-3 grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
                {facts
                    .into_iter()
                    .map(|(label, figure, more)| {
                        view! {
                            <div>
                                <dt class="text-xs text-muted">{label}</dt>
                                <dd class="tabular-nums">
                                    {figure} <span class="block text-xs text-muted">{more}</span>
                                </dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
            <p class="mt-4 text-sm wrap-anywhere text-muted">{gain.reason}</p>
            <ul class="mt-2 grid gap-1.5 text-sm">
                {gain.asked.into_iter().map(|asked| view! { <Asked asked /> }).collect_view()}
            </ul>
            {(!gain.items.is_empty()).then(|| view! { <Items items=gain.items /> })}
        </li>
    }
}

#[component]
fn Asked(asked: AskedAgain) -> impl IntoView {
    let path = icon::of_agent(&asked.agent_id);
    view! {
        <li data-agent=asked.agent_id.to_string() class="flex gap-2 wrap-anywhere">
            <span class="mt-0.5 shrink-0 text-(--agent)">
                <Icon path class="size-4" />
            </span>
            <span>
                <span class="font-medium">{asked.agent_name}</span>
                {format!(": {}", asked.changes.join("; "))}
            </span>
        </li>
    }
}

#[component]
fn Items(items: Vec<ItemChange>) -> impl IntoView {
    view! {
        <ul class="mt-4 grid gap-1.5 border-t border-line pt-4 text-sm">
            {items
                .into_iter()
                .map(|item| {
                    let (word, colour) = match item.moved {
                        Moved::Fixed => (t!("Fixed"), "text-good"),
                        Moved::Better => (t!("Better"), "text-text"),
                        Moved::Worse => (t!("Worse"), "text-text"),
                        Moved::Broken => (t!("Broken"), "text-bad"),
                    };
                    view! {
                        <li class="grid grid-cols-[4rem_minmax(0,1fr)_auto] gap-x-3 wrap-anywhere">
                            <span class=format!("font-medium {colour}")>{word}</span>
                            <span>{item.text}</span>
                            <span class="whitespace-nowrap text-muted tabular-nums">
                                {t!(
                                    "{before} to {after} of 5",
                                    before = points(item.before),
                                    after = points(item.after)
                                )}
                            </span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

/// The first and the returned draft, what was changed marked in the text.
#[component]
pub fn Revised(revision: Option<Revision>) -> impl IntoView {
    let Some(revision) = revision else {
        return view! { <p class="text-sm text-muted">{t!("There is only one draft.")}</p> }
            .into_any();
    };
    let Revision {
        first,
        returned,
        paragraphs,
        words_added,
        words_removed,
    } = revision;
    if first == returned {
        return view! {
            <p class="text-sm text-muted">
                {t!(
                    "Draft {first} was returned as it was first written: none of those after it was better.",
                    first
                )}
            </p>
        }
        .into_any();
    }
    if words_added + words_removed == 0 {
        return view! {
            <p class="text-sm text-muted">
                {t!(
                    "Draft {returned} says the same as draft {first}, word for word.",
                    returned,
                    first
                )}
            </p>
        }
        .into_any();
    }
    view! {
        <p class="text-sm text-muted tabular-nums">
            {plural!(
                words_added,
                "Draft {returned} was returned. Since draft {first}, 1 word was added and {removed} taken out.",
                "Draft {returned} was returned. Since draft {first}, {count} words were added and {removed} taken out.",
                returned,
                first,
                removed = words_removed
            )}
        </p>
        <div
            class="mt-4 grid max-w-176 gap-3 border-l border-line pl-4 wrap-anywhere"
            data-testid="revision"
        >
            <Rewording paragraphs />
        </div>
    }
    .into_any()
}

fn scores(gain: &Gain) -> String {
    let score =
        |score: Option<f64>| score.map_or_else(|| t!("unscored").to_owned(), figures::score);
    t!(
        "{before} to {after}",
        before = score(gain.score_before),
        after = score(gain.score_after)
    )
}

fn change_in_score(gain: &Gain) -> Option<String> {
    let change = gain.score_after? - gain.score_before?;
    Some(format!("{change:+.1}"))
}

fn mended(gain: &Gain) -> String {
    let (fixed, broken) = (gain.count(Moved::Fixed), gain.count(Moved::Broken));
    match (gain.items.is_empty(), broken) {
        (true, _) => t!("as before").to_owned(),
        (_, 0) => t!("{fixed} fixed", fixed),
        _ => t!("{fixed} fixed, {broken} broken", fixed, broken),
    }
}

fn points(points: Option<f64>) -> String {
    points.map_or_else(|| t!("void").to_owned(), |points| format!("{points}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Cost, Tokens};

    #[test]
    fn a_repair_says_what_it_bought() {
        let item = |moved| ItemChange {
            text: "Item".to_owned(),
            before: Some(2.0),
            after: None,
            moved,
        };
        let mut gain = Gain {
            round: 2,
            reason: String::new(),
            asked: Vec::new(),
            draft_before: Some(1),
            score_before: Some(8.04),
            score_after: Some(7.5),
            items: Vec::new(),
            kept: Some(false),
            calls: 4,
            tokens: Tokens::default(),
            cost_usd: Cost::UNKNOWN,
            took_ms: 0,
        };
        assert_eq!(mended(&gain), "as before");
        gain.items = vec![item(Moved::Broken), item(Moved::Fixed), item(Moved::Fixed)];
        assert_eq!(mended(&gain), "2 fixed, 1 broken");
        assert_eq!(scores(&gain), "8.0 to 7.5");
        assert_eq!(change_in_score(&gain).as_deref(), Some("-0.5"));
        gain.score_after = None;
        assert_eq!(scores(&gain), "8.0 to unscored");
        assert_eq!(change_in_score(&gain), None);
        assert_eq!(
            (points(Some(4.0)), points(None)),
            ("4".into(), "void".into())
        );
    }
}
