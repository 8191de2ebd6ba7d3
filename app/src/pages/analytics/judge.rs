//! Whether the judge can still tell good from bad.

use super::plot::{Column, Plot, Shape, Tone, Unit, or_dash};
use super::section::{Figure, Section, numbers};
use super::words;
use crate::components::figures;
use domain::analytics::{Figures, JudgeVersionHealth, Table};

pub fn section(of: &Figures) -> Section {
    let judge = &of.judge;
    let answer = match words::share(judge.nine_or_more, judge.drafts.count) {
        None => "No draft was judged in this time.".to_owned(),
        Some(nines) => {
            let mut said = vec![format!(
                "{} of {} got 9 or more",
                words::percent(nines),
                words::counted(judge.drafts.count, "draft")
            )];
            said.extend(
                judge
                    .drafts
                    .spread
                    .map(|it| format!("scores spread by {it:.1} points")),
            );
            said.push(match words::share(judge.reversals, judge.comparisons) {
                None => "no drafts were compared in both orders yet".to_owned(),
                Some(reversed) => format!(
                    "the order decided {} of {}",
                    words::percent(reversed),
                    words::counted(judge.comparisons, "comparison")
                ),
            });
            format!("{}. {}", said.join("; "), doubts(of))
        }
    };
    Section {
        id: "judge",
        question: "Can the judge be trusted?",
        answer: answer.trim_end().to_owned(),
        figures: versions(of).into_iter().collect(),
    }
}

fn doubts(of: &Figures) -> String {
    let judge = &of.judge;
    let parts = [
        (
            words::share(judge.void_items, judge.items),
            "of its verdicts had no valid evidence and do not count",
        ),
        (
            words::share(judge.self_judged, judge.drafts.count),
            "of the drafts were judged by the model that wrote them",
        ),
        (
            words::share(judge.unscored, judge.drafts.count + judge.unscored),
            "of the drafts got no usable verdict",
        ),
    ];
    parts
        .into_iter()
        .filter_map(|(share, what)| Some((share.filter(|it| *it > 0.0)?, what)))
        .map(|(share, what)| format!("{} {what}. ", words::percent(share)))
        .collect()
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
            .map(|it| format!("{}, prompts {}", it.judge.model, it.judge.prompts))
            .collect(),
        vec![
            Column::drawn(
                "Drafts with 9 or more",
                Tone::Accent,
                judges.iter().map(nines),
                words::percent,
            ),
            Column::drawn(
                "Decided by the order",
                Tone::Warn,
                judges.iter().map(reversed),
                words::percent,
            ),
            numbers("Drafts", judges.iter().map(|it| it.drafts.count)),
            Column::said("Mean score", said(|it| it.drafts.mean)),
            Column::said("Spread", said(|it| it.drafts.spread)),
            numbers("Comparisons", judges.iter().map(|it| it.comparisons)),
        ],
    );
    plot.top = Some(1.0);
    let mean = most.drafts.mean.map(figures::score);
    Some(Figure {
        table: Table::Judges,
        title: "Judges",
        says: format!("{} gives {} on average.", most.judge.model, or_dash(mean)),
        head: "Judge",
        plot,
        wide: true,
    })
}
