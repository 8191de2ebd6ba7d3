//! How much is asked, from where, and what goes wrong.

use super::plot::{Column, Plot, Shape, Tone, Unit};
use super::section::{Figure, Section, counts, listed, numbers};
use super::words;
use domain::analytics::{Endings, Figures, Table};
use domain::conversation::Source;

pub fn section(of: &Figures) -> Section {
    let endings = of.totals.endings;
    let mut answer = plural!(
        endings.questions(),
        "1 question from {from} to {to}",
        "{count} questions from {from} to {to}",
        from = words::day(of.period.from),
        to = words::day(of.period.to)
    );
    let failed = endings.failed;
    let stopped = endings.cancelled;
    let lost: Vec<_> = [
        (failed > 0).then(|| plural!(failed, "1 failed", "{count} failed")),
        (stopped > 0).then(|| plural!(stopped, "1 was stopped", "{count} were stopped")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !lost.is_empty() {
        answer.push_str("; ");
        answer.push_str(&listed(&lost));
    }
    answer.push('.');
    Section {
        id: "use",
        question: t!("How much is it used?"),
        answer,
        figures: [activity(of), sources(of), errors(of), requests(of)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn activity(of: &Figures) -> Option<Figure> {
    let busiest = of
        .activity
        .iter()
        .max_by_key(|point| point.endings.questions())?;
    let all = |count: fn(&Endings) -> u64| of.activity.iter().map(move |it| count(&it.endings));
    let plot = Plot::new(
        Shape::Columns,
        Unit::Count,
        of.activity
            .iter()
            .map(|point| words::at(point.at, of.period.interval))
            .collect(),
        vec![
            numbers(t!("Questions"), all(Endings::questions)),
            counts(t!("Passed"), Tone::Accent, all(|it| it.passed)),
            counts(t!("Best effort"), Tone::Soft, all(|it| it.best_effort)),
            counts(t!("Degraded"), Tone::Warn, all(|it| it.degraded)),
            counts(t!("Stopped"), Tone::Muted, all(|it| it.cancelled)),
            counts(t!("Failed"), Tone::Bad, all(|it| it.failed)),
        ],
    );
    Some(Figure {
        table: Table::Activity,
        title: t!("Questions, by how they ended"),
        says: t!(
            "Most on {time}: {questions}.",
            time = words::at(busiest.at, of.period.interval),
            questions = words::number(busiest.endings.questions())
        ),
        head: t!("Time (UTC)"),
        plot,
        wide: true,
    })
}

fn sources(of: &Figures) -> Option<Figure> {
    let [most, _, ..] = of.sources.as_slice() else {
        // One way in needs no picture.
        return None;
    };
    Some(Figure {
        table: Table::Sources,
        title: t!("Where they are asked"),
        says: most_come(most.source).to_owned(),
        head: t!("Way in"),
        plot: Plot::new(
            Shape::Bars,
            Unit::Count,
            of.sources
                .iter()
                .map(|it| way_in(it.source).to_owned())
                .collect(),
            vec![counts(
                t!("Questions"),
                Tone::Accent,
                of.sources.iter().map(|it| it.questions),
            )],
        ),
        wide: false,
    })
}

fn way_in(source: Source) -> &'static str {
    match source {
        Source::Browser => t!("Browser"),
        Source::Socket => t!("Socket"),
        Source::Api => t!("REST"),
        Source::OpenAi => t!("OpenAI clients"),
        Source::Mcp => t!("MCP"),
    }
}

fn most_come(source: Source) -> &'static str {
    match source {
        Source::Browser => t!("Most come from the browser."),
        Source::Socket => t!("Most come over a socket."),
        Source::Api => t!("Most come over REST."),
        Source::OpenAi => t!("Most come from OpenAI clients."),
        Source::Mcp => t!("Most come over MCP."),
    }
}

fn errors(of: &Figures) -> Option<Figure> {
    let most = of.errors.first()?;
    let name = |code: &str| code.replace('_', " ");
    Some(Figure {
        table: Table::Errors,
        title: t!("Why questions fail"),
        says: t!("Most often: {reason}.", reason = name(&most.code)),
        head: t!("Reason"),
        plot: Plot::new(
            Shape::Bars,
            Unit::Count,
            of.errors.iter().map(|it| name(&it.code)).collect(),
            vec![counts(
                t!("Questions"),
                Tone::Bad,
                of.errors.iter().map(|it| it.questions),
            )],
        ),
        wide: false,
    })
}

fn requests(of: &Figures) -> Option<Figure> {
    let sum = |count: fn(&domain::analytics::RequestPoint) -> u64| -> u64 {
        of.requests.iter().map(count).sum()
    };
    let (refused, failed) = (sum(|it| it.refused), sum(|it| it.failed));
    let all = sum(|it| it.succeeded) + refused + failed;
    let said = |part| words::percent(words::share(part, all).unwrap_or_default());
    let column = |name: &'static str,
                  tone,
                  count: fn(&domain::analytics::RequestPoint) -> u64|
     -> Column { counts(name, tone, of.requests.iter().map(count)) };
    (all > 0).then(|| Figure {
        table: Table::Requests,
        title: t!("Requests to the server"),
        says: plural!(
            all,
            "1 request, whatever is filtered: {refused} refused, {failed} failed.",
            "{count} requests, whatever is filtered: {refused} refused, {failed} failed.",
            refused = said(refused),
            failed = said(failed)
        ),
        head: t!("Time (UTC)"),
        plot: Plot::new(
            Shape::Columns,
            Unit::Count,
            of.requests
                .iter()
                .map(|point| words::at(point.at, of.period.interval))
                .collect(),
            vec![
                column(t!("Succeeded"), Tone::Soft, |it| it.succeeded),
                column(t!("Refused (4xx)"), Tone::Warn, |it| it.refused),
                column(t!("Failed (5xx)"), Tone::Bad, |it| it.failed),
            ],
        ),
        wide: true,
    })
}
