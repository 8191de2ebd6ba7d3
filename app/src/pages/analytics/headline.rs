//! The figures that people look for first.

use super::plot::or_dash;
use super::words;
use crate::components::figures;
use domain::analytics::Figures;
use leptos::prelude::*;

/// What it is, the figure, and what it is of.
fn chosen(of: &Figures) -> [(&'static str, Option<String>, String); 6] {
    let totals = &of.totals;
    let endings = totals.endings;
    let rated = of.satisfaction.up + of.satisfaction.down;
    let of_questions = |tokens: String| match endings.questions() {
        0 => String::new(),
        questions => plural!(
            questions,
            "{tokens} for 1 question",
            "{tokens} for {count} questions",
            tokens
        ),
    };
    [
        (
            t!("Questions"),
            Some(words::number(endings.questions())),
            plural!(endings.answered(), "1 answered", "{count} answered"),
        ),
        (
            t!("Passed"),
            words::share(endings.passed, endings.answered()).map(words::percent),
            plural!(endings.answered(), "of 1 answer", "of {count} answers"),
        ),
        (
            t!("Median score"),
            of.quality.scores.p50.map(figures::score),
            plural!(of.quality.scores.count, "of 1 scored", "of {count} scored"),
        ),
        (
            t!("Median time"),
            totals.answers.p50_ms.map(words::time),
            t!("to the answer").to_owned(),
        ),
        (
            t!("Cost"),
            words::money_in_short(totals.money),
            of_questions(figures::tokens(totals.tokens.total())),
        ),
        (
            t!("Satisfied"),
            words::share(of.satisfaction.up, rated).map(words::percent),
            plural!(rated, "of 1 rating", "of {count} ratings"),
        ),
    ]
}

pub fn headlines(of: &Figures) -> impl IntoView + use<> {
    view! {
        <dl class="mt-8 grid grid-cols-2 gap-x-6 gap-y-6 sm:grid-cols-3 lg:grid-cols-6">
            {chosen(of)
                .into_iter()
                .map(|(what, figure, of)| {
                    view! {
                        <div class="flex flex-col border-t border-line pt-3">
                            <dt class="text-xs text-muted">{what}</dt>
                            <dd class="mt-1 text-lg font-bold tracking-tight whitespace-nowrap tabular-nums">
                                {or_dash(figure)}
                            </dd>
                            <dd class="text-xs text-muted tabular-nums">{of}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}
