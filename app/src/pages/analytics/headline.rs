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
    let each = |money: String| match endings.questions() {
        0 => String::new(),
        questions => format!("{money} for {}", words::counted(questions, "question")),
    };
    [
        (
            "Questions",
            Some(words::number(endings.questions())),
            format!("{} answered", words::number(endings.answered())),
        ),
        (
            "Passed",
            words::share(endings.passed, endings.answered()).map(words::percent),
            format!("of {}", words::counted(endings.answered(), "answer")),
        ),
        (
            "Median score",
            of.quality.scores.p50.map(figures::score),
            format!("of {} scored", words::number(of.quality.scores.count)),
        ),
        (
            "Median time",
            totals.answers.p50_ms.map(words::time),
            "to the answer".to_owned(),
        ),
        (
            "Cost",
            (totals.money.micros > 0 || totals.money.unpriced_calls == 0)
                .then(|| words::money(totals.money).replace("at least ", "≥ ")),
            each(figures::tokens(totals.tokens.total())),
        ),
        (
            "Satisfied",
            words::share(of.satisfaction.up, rated).map(words::percent),
            format!("of {}", words::counted(rated, "rating")),
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
