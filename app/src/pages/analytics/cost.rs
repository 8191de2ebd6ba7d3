//! What questions cost, in money and tokens, by what is behind them.

use super::address::By;
use super::plot::{Column, Plot, Shape, Tone, Unit, or_dash};
use super::section::{Figure, Section, numbers};
use super::words;
use crate::components::figures;
use domain::analytics::{Figures, Money, Table, Use};

pub fn section(of: &Figures, by: By) -> Section {
    Section {
        id: "cost",
        question: t!("What do they cost?"),
        answer: answer(of),
        figures: [spent(of), per_question(of, by), tokens_per_question(of, by)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn answer(of: &Figures) -> String {
    let totals = &of.totals;
    if totals.calls == 0 {
        return t!("No model was called in this time.").to_owned();
    }
    let questions = totals.endings.questions();
    let tokens = figures::tokens(totals.tokens.total());
    let calls = plural!(totals.calls, "1 call", "{count} calls");
    let mut answer = match per(totals.money, questions) {
        Some(usd) => t!(
            "{cost} in all, {each} a question, for {tokens} in {calls} to models.",
            cost = words::money(totals.money),
            each = words::dollars(usd),
            tokens,
            calls
        ),
        None => t!(
            "{tokens} in {calls} to models; what they cost is not known.",
            tokens,
            calls
        ),
    };
    if totals.money.unpriced_calls > 0 && totals.money.micros > 0 {
        answer.push_str(&plural!(
            totals.money.unpriced_calls,
            " 1 call had no known price and is not in it.",
            " {count} calls had no known price and are not in it."
        ));
    }
    if totals.bench_calls > 0 {
        answer.push_str(&plural!(
            totals.bench_calls,
            " The test bench made 1 call of them.",
            " The test bench made {count} calls of them."
        ));
    }
    answer
}

/// Dollars for each; `None` where nothing is known of the price.
fn per(money: Money, count: u64) -> Option<f64> {
    let known = money.micros > 0 || money.unpriced_calls == 0;
    (known && count > 0).then(|| money.micros as f64 / 1e6 / count as f64)
}

fn spent(of: &Figures) -> Option<Figure> {
    let most = of.activity.iter().max_by_key(|point| point.money.micros)?;
    let values = of
        .activity
        .iter()
        .map(|it| Some(it.money.micros as f64 / 1e6));
    (most.money.micros > 0).then(|| Figure {
        table: Table::Activity,
        title: t!("Spent over time"),
        says: t!(
            "Most on {time}: {cost}.",
            time = words::at(most.at, of.period.interval),
            cost = words::money(most.money)
        ),
        head: t!("Time (UTC)"),
        plot: Plot::new(
            Shape::Columns,
            Unit::Dollars,
            of.activity
                .iter()
                .map(|it| words::at(it.at, of.period.interval))
                .collect(),
            vec![
                Column::drawn(t!("Known cost"), Tone::Accent, values, words::dollars),
                numbers(
                    t!("Questions"),
                    of.activity.iter().map(|it| it.endings.questions()),
                ),
                numbers(
                    t!("Tokens sent"),
                    of.activity.iter().map(|it| it.tokens.input),
                ),
                numbers(
                    t!("Tokens received"),
                    of.activity.iter().map(|it| it.tokens.output),
                ),
                numbers(
                    t!("Calls without a price"),
                    of.activity.iter().map(|it| it.money.unpriced_calls),
                ),
            ],
        ),
        wide: true,
    })
}

fn uses(of: &Figures, by: By) -> (&[Use], Table, &'static str) {
    match by {
        By::Model => (&of.by_model, Table::Models, t!("Model")),
        By::Agent => (&of.by_agent, Table::Agents, t!("Agent")),
        By::Workflow => (&of.by_workflow, Table::Workflows, t!("Workflow")),
        By::User => (
            of.by_user.as_deref().unwrap_or_default(),
            Table::Users,
            t!("Person"),
        ),
    }
}

fn per_question(of: &Figures, by: By) -> Option<Figure> {
    let (uses, table, head) = uses(of, by);
    let cost = |it: &Use| per(it.money, it.questions);
    let dearest = uses
        .iter()
        .filter_map(|it| Some((cost(it)?, it)))
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let says = match dearest {
        Some((usd, it)) => t!(
            "Most for {name}: {cost}.",
            name = it.name,
            cost = words::dollars(usd)
        ),
        None => t!("No price is known for any of them.").to_owned(),
    };
    let tone = tone(by);
    let plot = Plot::new(
        Shape::Bars,
        Unit::Dollars,
        uses.iter().map(|it| it.name.clone()).collect(),
        vec![
            Column::drawn(
                t!("Cost a question"),
                tone,
                uses.iter().map(cost),
                words::dollars,
            ),
            Column::said(
                t!("Cost in all"),
                uses.iter().map(|it| words::money(it.money)),
            ),
            numbers(t!("Questions"), uses.iter().map(|it| it.questions)),
            numbers(t!("Calls"), uses.iter().map(|it| it.calls)),
            numbers(t!("Failed calls"), uses.iter().map(|it| it.failed_calls)),
        ],
    );
    (!uses.is_empty()).then(|| Figure {
        table,
        title: t!("Cost of a question"),
        says,
        head,
        plot: with_agents(plot, uses, by),
        wide: false,
    })
}

fn tokens_per_question(of: &Figures, by: By) -> Option<Figure> {
    let (uses, table, head) = uses(of, by);
    let each = |it: &Use| words::share(it.tokens.total(), it.questions).map(f64::round);
    let most = uses
        .iter()
        .filter_map(|it| Some((each(it)?, it)))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    let says = t!(
        "Most for {name}: {tokens}.",
        name = most.1.name,
        tokens = figures::tokens(most.0 as u64)
    );
    let time = |ms: Option<u64>| or_dash(ms.map(words::time));
    let plot = Plot::new(
        Shape::Bars,
        Unit::Tokens,
        uses.iter().map(|it| it.name.clone()).collect(),
        vec![
            Column::drawn(
                t!("Tokens a question"),
                tone(by),
                uses.iter().map(each),
                words::count,
            ),
            numbers(t!("Sent in all"), uses.iter().map(|it| it.tokens.input)),
            numbers(
                t!("Received in all"),
                uses.iter().map(|it| it.tokens.output),
            ),
            Column::said(
                t!("Half within"),
                uses.iter().map(|it| time(it.latency.p50_ms)),
            ),
            Column::said(
                t!("95 % within"),
                uses.iter().map(|it| time(it.latency.p95_ms)),
            ),
        ],
    );
    Some(Figure {
        table,
        title: t!("Tokens of a question"),
        says,
        head,
        plot: with_agents(plot, uses, by),
        wide: false,
    })
}

fn tone(by: By) -> Tone {
    match by {
        By::Agent => Tone::Agent,
        _ => Tone::Accent,
    }
}

fn with_agents(mut plot: Plot, uses: &[Use], by: By) -> Plot {
    if by == By::Agent {
        plot.agents = uses.iter().map(|it| it.id.clone()).collect();
    }
    plot
}
