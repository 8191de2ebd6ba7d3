//! How long things take, beside how long they may.

use super::plot::{Column, Plot, Shape, Tone, Unit, or_dash};
use super::section::{Figure, Section, numbers};
use super::words;
use domain::analytics::{
    Figures, Latency, LatencyMeasure, LatencyPoint, LatencyTarget, Percentiles, Table,
};

pub fn section(of: &Figures) -> Section {
    Section {
        id: "time",
        question: t!("How long do they take?"),
        answer: answer(of),
        figures: [measures(of), over_time(of)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn answer(of: &Figures) -> String {
    let at_once = of
        .latency
        .iter()
        .find(|it| it.measure == LatencyMeasure::AnswerAtOnce);
    let known = at_once.and_then(|it| {
        let percentiles = it.percentiles;
        Some((percentiles.p50_ms?, percentiles.p95_ms?, it.target?))
    });
    match known {
        Some((half, most, target)) => t!(
            "Half of the answers without a repair are there within {half}, 95 % within {most}. The aim is {aim}: {verdict}.",
            half = words::time(half),
            most = words::time(most),
            aim = words::aim(target.p95_ms),
            verdict = if most <= target.p95_ms {
                t!("kept")
            } else {
                t!("missed")
            }
        ),
        None => t!("No question was answered without a repair in this time.").to_owned(),
    }
}

fn measures(of: &Figures) -> Option<Figure> {
    let measured: Vec<&Latency> = of
        .latency
        .iter()
        .filter(|it| it.percentiles.count > 0)
        .collect();
    if measured.is_empty() {
        return None;
    }
    let slow: Vec<_> = measured
        .iter()
        .filter(|it| misses(it))
        .map(|it| name(it.measure))
        .collect();
    let says = match slow.as_slice() {
        [] => t!("Everything that has an aim keeps it.").to_owned(),
        slow => t!(
            "Slower than its aim for 95 %: {what}.",
            what = slow.join(", ")
        ),
    };
    let drawn = |name, tone, of: fn(Percentiles) -> Option<u64>| {
        let values = measured.iter().map(|it| of(it.percentiles).map(in_seconds));
        Column::drawn(name, tone, values, words::seconds)
    };
    let aim = |of: fn(LatencyTarget) -> u64| measured.iter().map(move |it| it.target.map(of));
    let said = |name, of| Column::said(name, aim(of).map(|ms| or_dash(ms.map(words::aim))));
    Some(Figure {
        table: Table::Latency,
        title: t!("Times and aims"),
        says,
        head: t!("What"),
        plot: Plot::new(
            Shape::Spans,
            Unit::Seconds,
            measured
                .iter()
                .map(|it| name(it.measure).to_owned())
                .collect(),
            vec![
                drawn(t!("Half within"), Tone::Accent, |it| it.p50_ms),
                drawn(t!("95 % within"), Tone::Soft, |it| it.p95_ms),
                drawn(t!("99 % within"), Tone::Muted, |it| it.p99_ms),
                Column::drawn(
                    t!("Aim for 95 %"),
                    Tone::Target,
                    aim(|it| it.p95_ms).map(|ms| ms.map(in_seconds)),
                    words::seconds,
                ),
                said(t!("Aim for half"), |it| it.p50_ms),
                said(t!("Aim for 99 %"), |it| it.p99_ms),
                numbers(
                    t!("Measured"),
                    measured.iter().map(|it| it.percentiles.count),
                ),
            ],
        ),
        wide: true,
    })
}

fn misses(it: &Latency) -> bool {
    let both = it.percentiles.p95_ms.zip(it.target);
    both.is_some_and(|(took, target)| took > target.p95_ms)
}

fn name(measure: LatencyMeasure) -> &'static str {
    match measure {
        LatencyMeasure::Api => t!("Request"),
        LatencyMeasure::Agent => t!("One agent"),
        LatencyMeasure::Synthesis => t!("Synthesis of a round"),
        LatencyMeasure::FirstToken => t!("First words"),
        LatencyMeasure::AnswerAtOnce => t!("Answer, no repair"),
        LatencyMeasure::AnswerRepairedOnce => t!("Answer, one repair"),
        LatencyMeasure::AnswerRepairedOften => t!("Answer, more repairs"),
    }
}

fn over_time(of: &Figures) -> Option<Figure> {
    let points = &of.latency_over_time;
    if points.iter().filter(|it| it.answer.count > 0).count() < 2 {
        return None;
    }
    let slowest = points
        .iter()
        .filter(|it| it.answer.p50_ms.is_some())
        .max_by_key(|it| it.answer.p50_ms)?;
    let drawn = |name, tone, of: fn(&LatencyPoint) -> Option<u64>| {
        let values = points.iter().map(|it| of(it).map(in_seconds));
        Column::drawn(name, tone, values, words::seconds)
    };
    let said = |name, of: fn(&LatencyPoint) -> Option<u64>| {
        Column::said(
            name,
            points
                .iter()
                .map(move |it| or_dash(of(it).map(words::time))),
        )
    };
    Some(Figure {
        table: Table::LatencyOverTime,
        title: t!("Time to the answer, repaired or not"),
        says: t!(
            "Slowest on {time}: half within {half}.",
            time = words::at(slowest.at, of.period.interval),
            half = words::time(slowest.answer.p50_ms.unwrap_or_default())
        ),
        head: t!("Time (UTC)"),
        plot: Plot::new(
            Shape::Line,
            Unit::Seconds,
            points
                .iter()
                .map(|it| words::at(it.at, of.period.interval))
                .collect(),
            vec![
                drawn(t!("Half within"), Tone::Accent, |it| it.answer.p50_ms),
                drawn(t!("95 % within"), Tone::Soft, |it| it.answer.p95_ms),
                said(t!("First words, half within"), |it| it.first_token.p50_ms),
                said(t!("One agent, half within"), |it| it.agent.p50_ms),
                said(t!("Synthesis, half within"), |it| it.synthesis.p50_ms),
                numbers(t!("Answers"), points.iter().map(|it| it.answer.count)),
            ],
        ),
        wide: true,
    })
}

fn in_seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
