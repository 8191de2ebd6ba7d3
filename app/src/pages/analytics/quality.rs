//! How good answers are, how that changes from round to round, and what repairs buy.

use super::plot::{Break, Column, Plot, Shape, Tone, Unit, or_dash};
use super::section::{Figure, Section, counts, numbers};
use super::words;
use crate::components::figures;
use domain::analytics::{Figures, QualityPoint, Scores, Table};

pub fn section(of: &Figures) -> Section {
    let endings = of.totals.endings;
    let answer = match (endings.answered(), of.quality.scores.p50) {
        (0, _) => "No question was answered in this time.".to_owned(),
        (answered, median) => {
            let passed = words::share(endings.passed, answered).unwrap_or_default();
            let median =
                median.map(|it| format!("; half of them score {} or more", figures::score(it)));
            format!(
                "{} of {} passed{}.",
                words::percent(passed),
                words::counted(answered, "answer"),
                median.unwrap_or_default()
            )
        }
    };
    Section {
        id: "quality",
        question: "Are answers good?",
        answer,
        figures: [
            over_time(of),
            distribution(of),
            by_iteration(of),
            repairs(of),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

fn distribution(of: &Figures) -> Option<Figure> {
    let scores = of.quality.scores;
    let (low, high) = scores.p25.zip(scores.p75)?;
    let mut says = format!(
        "The middle half lies between {} and {}.",
        figures::score(low),
        figures::score(high)
    );
    if of.quality.unscored > 0 {
        let unscored = words::counted(of.quality.unscored, "answer");
        says.push_str(&format!(" {unscored} could not be scored."));
    }
    let bands = of.quality.distribution;
    let labels = (0..bands.len()).map(|band| format!("{:.1}", band as f64 / 2.0));
    Some(Figure {
        table: Table::Scores,
        title: "Scores of the answers",
        says,
        head: "From score",
        plot: Plot::new(
            Shape::Columns,
            Unit::Count,
            labels.collect(),
            vec![counts("Answers", Tone::Accent, bands.into_iter())],
        ),
        // Where rounds are compared, that and the repairs stand beside one another.
        wide: of.quality.by_iteration.len() > 1,
    })
}

fn by_iteration(of: &Figures) -> Option<Figure> {
    let rounds = &of.quality.by_iteration;
    let [first, .., last] = rounds.as_slice() else {
        // One round compares with nothing.
        return None;
    };
    let (before, after) = first.scores.mean.zip(last.scores.mean)?;
    let mut plot = Plot::new(
        Shape::Bars,
        Unit::Score,
        rounds
            .iter()
            .map(|it| format!("Round {}", it.iteration))
            .collect(),
        score_columns(rounds.iter().map(|it| it.scores), "Drafts"),
    );
    plot.top = Some(10.0);
    Some(Figure {
        table: Table::ScoresByIteration,
        title: "Drafts, round by round",
        says: format!(
            "{} on average in round {}, {} in round {}, which only drafts that fell short reach.",
            figures::score(before),
            first.iteration,
            figures::score(after),
            last.iteration
        ),
        head: "Round",
        plot,
        wide: false,
    })
}

/// A judge is a line of its own: where another one takes over, nothing leads across.
fn over_time(of: &Figures) -> Option<Figure> {
    let times: Vec<_> = of.activity.iter().map(|point| point.at).collect();
    // Who scored most there.
    let points: Vec<Option<&QualityPoint>> = times
        .iter()
        .map(|at| {
            let there = of.quality.over_time.iter().filter(|point| point.at == *at);
            there.max_by_key(|point| point.scores.count)
        })
        .collect();
    if points.iter().flatten().count() < 2 {
        return None;
    }
    let scores = points
        .iter()
        .map(|point| point.map(|it| it.scores).unwrap_or_default());
    let mut columns = score_columns(scores, "Answers");
    columns.push(Column::said(
        "Judge",
        points
            .iter()
            .map(|point| or_dash(point.map(|it| it.judge.model.to_string()))),
    ));
    let mut plot = Plot::new(
        Shape::Line,
        Unit::Score,
        times
            .iter()
            .map(|at| words::at(*at, of.period.interval))
            .collect(),
        columns,
    );
    plot.top = Some(10.0);
    plot.breaks = of
        .quality
        .breaks
        .iter()
        .filter_map(|it| {
            let at = times.iter().position(|time| *time >= it.at)?;
            let text = match it.before.model == it.after.model {
                true => "other prompts",
                false => "another judge",
            };
            Some(Break {
                at,
                text: text.to_owned(),
            })
        })
        .collect();
    let says = match of.quality.breaks.as_slice() {
        [] => "All by the same judge, so that they compare.".to_owned(),
        [one] => format!(
            "From {} on {} judges: scores before and after do not compare.",
            words::at(one.at, of.period.interval),
            one.after.model
        ),
        many => format!(
            "The judge changed {} times: scores before and after a change do not compare.",
            many.len()
        ),
    };
    Some(Figure {
        table: Table::ScoresOverTime,
        title: "Mean score over time",
        says,
        head: "Time (UTC)",
        plot,
        wide: true,
    })
}

fn score_columns(
    scores: impl Iterator<Item = Scores> + Clone,
    counted: &'static str,
) -> Vec<Column> {
    let said = |name, of: fn(Scores) -> Option<f64>| {
        Column::said(
            name,
            scores
                .clone()
                .map(move |it| or_dash(of(it).map(figures::score))),
        )
    };
    vec![
        Column::drawn(
            "Mean score",
            Tone::Accent,
            scores.clone().map(|it| it.mean),
            figures::score,
        ),
        said("Lower quartile", |it| it.p25),
        said("Median", |it| it.p50),
        said("Upper quartile", |it| it.p75),
        numbers(counted, scores.clone().map(|it| it.count)),
    ]
}

fn repairs(of: &Figures) -> Option<Figure> {
    let repair = &of.repair;
    let share = words::share(repair.repaired, repair.answered)?;
    let mut says = format!("{} of the answers needed a repair.", words::percent(share));
    if let Some(gain) = repair.mean_gain {
        says.push_str(&format!(
            " It moved the score by {gain:+.1} on average and took {} over the threshold",
            words::number(repair.rescued)
        ));
        if let Some(ms) = repair.mean_added_ms {
            let tokens = repair.added_tokens.total() / repair.repaired.max(1);
            says.push_str(&format!(
                ", for {} and {} more each",
                figures::seconds(ms),
                figures::tokens(tokens)
            ));
        }
        says.push('.');
    }
    let rounds = &repair.rounds;
    Some(Figure {
        table: Table::Repair,
        title: "Repairs, and what they buy",
        says,
        head: "Rounds",
        plot: Plot::new(
            Shape::Bars,
            Unit::Count,
            rounds
                .iter()
                .map(|it| match it.rounds {
                    1 => "No repair".to_owned(),
                    2 => "1 repair".to_owned(),
                    more => format!("{} repairs", more - 1),
                })
                .collect(),
            vec![counts(
                "Answers",
                Tone::Accent,
                rounds.iter().map(|it| it.answers),
            )],
        ),
        wide: false,
    })
}
