//! How good answers are, how that changes from round to round, and what repairs buy.

use super::plot::{Break, Column, Plot, Shape, Tone, Unit, or_dash};
use super::section::{Figure, Section, counts, numbers};
use super::words;
use crate::components::figures;
use domain::analytics::{Figures, QualityPoint, Scores, Table};

pub fn section(of: &Figures) -> Section {
    let endings = of.totals.endings;
    let answer = match (endings.answered(), of.quality.scores.p50) {
        (0, _) => t!("No question was answered in this time.").to_owned(),
        (answered, median) => {
            let share = words::percent(words::share(endings.passed, answered).unwrap_or_default());
            let answers = plural!(answered, "1 answer", "{count} answers");
            match median.map(figures::score) {
                None => t!("{share} of {answers} passed.", share, answers),
                Some(score) => t!(
                    "{share} of {answers} passed; half of them score {score} or more.",
                    share,
                    answers,
                    score
                ),
            }
        }
    };
    Section {
        id: "quality",
        question: t!("Are answers good?"),
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
    let mut says = t!(
        "The middle half lies between {low} and {high}.",
        low = figures::score(low),
        high = figures::score(high)
    );
    if of.quality.unscored > 0 {
        says.push_str(&plural!(
            of.quality.unscored,
            " 1 answer could not be scored.",
            " {count} answers could not be scored."
        ));
    }
    let bands = of.quality.distribution;
    let labels = (0..bands.len()).map(|band| format!("{:.1}", band as f64 / 2.0));
    Some(Figure {
        table: Table::Scores,
        title: t!("Scores of the answers"),
        says,
        head: t!("From score"),
        plot: Plot::new(
            Shape::Columns,
            Unit::Count,
            labels.collect(),
            vec![counts(t!("Answers"), Tone::Accent, bands.into_iter())],
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
            .map(|it| t!("Round {round}", round = it.iteration))
            .collect(),
        score_columns(rounds.iter().map(|it| it.scores), t!("Drafts")),
    );
    plot.top = Some(10.0);
    Some(Figure {
        table: Table::ScoresByIteration,
        title: t!("Drafts, round by round"),
        says: t!(
            "{before} on average in round {first}, {after} in round {last}, which only drafts that fell short reach.",
            before = figures::score(before),
            first = first.iteration,
            after = figures::score(after),
            last = last.iteration
        ),
        head: t!("Round"),
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
    let mut columns = score_columns(scores, t!("Answers"));
    columns.push(Column::said(
        t!("Judge"),
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
                true => t!("other prompts"),
                false => t!("another judge"),
            };
            Some(Break {
                at,
                text: text.to_owned(),
            })
        })
        .collect();
    let says = match of.quality.breaks.as_slice() {
        [] => t!("All by the same judge, so that they compare.").to_owned(),
        [one] => t!(
            "From {time} on {model} judges: scores before and after do not compare.",
            time = words::at(one.at, of.period.interval),
            model = one.after.model
        ),
        many => plural!(
            many.len(),
            "The judge changed 1 time: scores before and after a change do not compare.",
            "The judge changed {count} times: scores before and after a change do not compare."
        ),
    };
    Some(Figure {
        table: Table::ScoresOverTime,
        title: t!("Mean score over time"),
        says,
        head: t!("Time (UTC)"),
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
            t!("Mean score"),
            Tone::Accent,
            scores.clone().map(|it| it.mean),
            figures::score,
        ),
        said(t!("Lower quartile"), |it| it.p25),
        said(t!("Median"), |it| it.p50),
        said(t!("Upper quartile"), |it| it.p75),
        numbers(counted, scores.clone().map(|it| it.count)),
    ]
}

fn repairs(of: &Figures) -> Option<Figure> {
    let repair = &of.repair;
    let share = words::share(repair.repaired, repair.answered)?;
    let mut says = t!(
        "{share} of the answers needed a repair.",
        share = words::percent(share)
    );
    if let Some(gain) = repair.mean_gain {
        let gain = format!("{gain:+.1}");
        let rescued = words::number(repair.rescued);
        says.push_str(&match repair.mean_added_ms {
            None => t!(
                " It moved the score by {gain} on average and took {rescued} over the threshold.",
                gain,
                rescued
            ),
            Some(ms) => t!(
                " It moved the score by {gain} on average and took {rescued} over the threshold, for {time} and {tokens} more each.",
                gain,
                rescued,
                time = figures::seconds(ms),
                tokens = figures::tokens(repair.added_tokens.total() / repair.repaired.max(1))
            ),
        });
    }
    let rounds = &repair.rounds;
    Some(Figure {
        table: Table::Repair,
        title: t!("Repairs, and what they buy"),
        says,
        head: t!("Rounds"),
        plot: Plot::new(
            Shape::Bars,
            Unit::Count,
            rounds
                .iter()
                .map(|it| match it.rounds {
                    1 => t!("No repair").to_owned(),
                    more => plural!(more - 1, "1 repair", "{count} repairs"),
                })
                .collect(),
            vec![counts(
                t!("Answers"),
                Tone::Accent,
                rounds.iter().map(|it| it.answers),
            )],
        ),
        wide: false,
    })
}
