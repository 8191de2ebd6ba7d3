//! How much is asked, from where, and what goes wrong.

use super::plot::{Column, Plot, Shape, Tone, Unit};
use super::section::{Figure, Section, counts, listed, numbers};
use super::words;
use domain::analytics::{Endings, Figures, Table};
use domain::conversation::Source;

pub fn section(of: &Figures) -> Section {
    let endings = of.totals.endings;
    let mut answer = format!(
        "{} from {} to {}",
        words::counted(endings.questions(), "question"),
        words::day(of.period.from),
        words::day(of.period.to)
    );
    let failed = endings.failed;
    let stopped = endings.cancelled;
    let lost: Vec<_> = [
        (failed > 0).then(|| format!("{} failed", words::number(failed))),
        (stopped > 0).then(|| {
            let verb = if stopped == 1 { "was" } else { "were" };
            format!("{} {verb} stopped", words::number(stopped))
        }),
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
        question: "How much is it used?",
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
            numbers("Questions", all(Endings::questions)),
            counts("Passed", Tone::Accent, all(|it| it.passed)),
            counts("Best effort", Tone::Soft, all(|it| it.best_effort)),
            counts("Degraded", Tone::Warn, all(|it| it.degraded)),
            counts("Stopped", Tone::Muted, all(|it| it.cancelled)),
            counts("Failed", Tone::Bad, all(|it| it.failed)),
        ],
    );
    Some(Figure {
        table: Table::Activity,
        title: "Questions, by how they ended",
        says: format!(
            "Most on {}: {}.",
            words::at(busiest.at, of.period.interval),
            words::number(busiest.endings.questions())
        ),
        head: "Time (UTC)",
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
        title: "Where they are asked",
        says: format!("Most come {}.", from(most.source)),
        head: "Way in",
        plot: Plot::new(
            Shape::Bars,
            Unit::Count,
            of.sources
                .iter()
                .map(|it| way_in(it.source).to_owned())
                .collect(),
            vec![counts(
                "Questions",
                Tone::Accent,
                of.sources.iter().map(|it| it.questions),
            )],
        ),
        wide: false,
    })
}

fn way_in(source: Source) -> &'static str {
    match source {
        Source::Browser => "Browser",
        Source::Socket => "Socket",
        Source::Api => "REST",
        Source::OpenAi => "OpenAI clients",
        Source::Mcp => "MCP",
    }
}

fn from(source: Source) -> &'static str {
    match source {
        Source::Browser => "from the browser",
        Source::Socket => "over a socket",
        Source::Api => "over REST",
        Source::OpenAi => "from OpenAI clients",
        Source::Mcp => "over MCP",
    }
}

fn errors(of: &Figures) -> Option<Figure> {
    let most = of.errors.first()?;
    let name = |code: &str| code.replace('_', " ");
    Some(Figure {
        table: Table::Errors,
        title: "Why questions fail",
        says: format!("Most often: {}.", name(&most.code)),
        head: "Reason",
        plot: Plot::new(
            Shape::Bars,
            Unit::Count,
            of.errors.iter().map(|it| name(&it.code)).collect(),
            vec![counts(
                "Questions",
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
        title: "Requests to the server",
        says: format!(
            "{}, whatever is filtered: {} refused, {} failed.",
            words::counted(all, "request"),
            said(refused),
            said(failed)
        ),
        head: "Time (UTC)",
        plot: Plot::new(
            Shape::Columns,
            Unit::Count,
            of.requests
                .iter()
                .map(|point| words::at(point.at, of.period.interval))
                .collect(),
            vec![
                column("Succeeded", Tone::Soft, |it| it.succeeded),
                column("Refused (4xx)", Tone::Warn, |it| it.refused),
                column("Failed (5xx)", Tone::Bad, |it| it.failed),
            ],
        ),
        wide: true,
    })
}
