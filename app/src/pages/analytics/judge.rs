//! Whether the judge can still tell good from bad.

use super::plot::{Column, Plot, Shape, Tone, Unit, or_dash};
use super::section::{Figure, Section, numbers};
use super::words;
use crate::components::figures;
use domain::analytics::{Figures, JudgeVersionHealth, Table};

pub fn section(of: &Figures) -> Section {
    let judge = &of.judge;
    let answer = match words::share(judge.nine_or_more, judge.drafts.count) {
        None => t!("No draft was judged in this time.").to_owned(),
        Some(nines) => {
            let mut said = vec![t!(
                "{share} of {drafts} got 9 or more",
                share = words::percent(nines),
                drafts = plural!(judge.drafts.count, "1 draft", "{count} drafts")
            )];
            said.extend(judge.drafts.spread.map(|it| {
                t!(
                    "scores spread by {points} points",
                    points = format!("{it:.1}")
                )
            }));
            said.push(match words::share(judge.reversals, judge.comparisons) {
                None => t!("no drafts were compared in both orders yet").to_owned(),
                Some(reversed) => t!(
                    "the order decided {share} of {comparisons}",
                    share = words::percent(reversed),
                    comparisons = plural!(judge.comparisons, "1 comparison", "{count} comparisons")
                ),
            });
            format!("{}. {}", said.join("; "), doubts(of))
        }
    };
    Section {
        id: "judge",
        question: t!("Can the judge be trusted?"),
        answer: answer.trim_end().to_owned(),
        figures: versions(of).into_iter().collect(),
    }
}

fn doubts(of: &Figures) -> String {
    let judge = &of.judge;
    let some = |part, whole| {
        let share = words::share(part, whole).filter(|it| *it > 0.0);
        share.map(words::percent)
    };
    let parts = [
        some(judge.void_items, judge.items).map(|share| {
            t!(
                "{share} of its verdicts had no valid evidence and do not count.",
                share
            )
        }),
        some(judge.self_judged, judge.drafts.count).map(|share| {
            t!(
                "{share} of the drafts were judged by the model that wrote them.",
                share
            )
        }),
        some(judge.unscored, judge.drafts.count + judge.unscored)
            .map(|share| t!("{share} of the drafts got no usable verdict.", share)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(" ")
}

fn versions(of: &Figures) -> Option<Figure> {
    let judges = &of.judge.by_version;
    let most = judges.first()?;
    let nines = |it: &JudgeVersionHealth| words::share(it.nine_or_more, it.drafts.count);
    let reversed = |it: &JudgeVersionHealth| words::share(it.reversals, it.comparisons);
    let said = |of: fn(&JudgeVersionHealth) -> Option<f64>| {
        judges
            .iter()
            .map(move |it| or_dash(of(it).map(|score| format!("{score:.1}"))))
    };
    let mut plot = Plot::new(
        Shape::Bars,
        Unit::Share,
        judges
            .iter()
            .map(|it| {
                t!(
                    "{model}, prompts {version}",
                    model = it.judge.model,
                    version = it.judge.prompts
                )
            })
            .collect(),
        vec![
            Column::drawn(
                t!("Drafts with 9 or more"),
                Tone::Accent,
                judges.iter().map(nines),
                words::percent,
            ),
            Column::drawn(
                t!("Decided by the order"),
                Tone::Warn,
                judges.iter().map(reversed),
                words::percent,
            ),
            numbers(t!("Drafts"), judges.iter().map(|it| it.drafts.count)),
            Column::said(t!("Mean score"), said(|it| it.drafts.mean)),
            Column::said(t!("Spread"), said(|it| it.drafts.spread)),
            numbers(t!("Comparisons"), judges.iter().map(|it| it.comparisons)),
        ],
    );
    plot.top = Some(1.0);
    let mean = most.drafts.mean.map(figures::score);
    Some(Figure {
        table: Table::Judges,
        title: t!("Judges"),
        says: t!(
            "{model} gives {score} on average.",
            model = most.judge.model,
            score = or_dash(mean)
        ),
        head: t!("Judge"),
        plot,
        wide: true,
    })
}
