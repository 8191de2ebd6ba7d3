//! What becomes of what the agents say.

use super::plot::{Column, Plot, Shape, Tone, Unit, or_dash};
use super::section::{Figure, Section, numbers};
use super::words;
use domain::analytics::{AgentContributions, Figures, Table};

pub fn section(of: &Figures) -> Section {
    let agents = &of.contributions;
    let claims: u64 = agents.iter().map(|it| it.claims).sum();
    let reached: u64 = agents.iter().map(|it| it.reached_answer).sum();
    let contributions: u64 = agents.iter().map(|it| it.contributions).sum();
    let answer = match (contributions, words::share(reached, claims)) {
        (0, _) => t!("No agent was asked in this time.").to_owned(),
        (_, Some(share)) => t!(
            "{contributions} to {questions}; {share} of the claims in them stand in the answers.",
            contributions = plural!(contributions, "1 contribution", "{count} contributions"),
            questions = plural!(
                of.totals.endings.questions(),
                "1 question",
                "{count} questions"
            ),
            share = words::percent(share)
        ),
        (_, None) => plural!(
            contributions,
            "1 contribution. Claims are told apart only by workflows that distil.",
            "{count} contributions. Claims are told apart only by workflows that distil."
        ),
    };
    Section {
        id: "agents",
        question: t!("Who contributes?"),
        answer,
        figures: [reaching(agents), troubled(agents)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn reached(it: &AgentContributions) -> Option<f64> {
    words::share(it.reached_answer, it.claims)
}

fn reaching(agents: &[AgentContributions]) -> Option<Figure> {
    let most = agents
        .iter()
        .filter_map(|it| Some((reached(it)?, it)))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    let mut plot = rows(
        agents,
        vec![
            Column::drawn(
                t!("Reached the answer"),
                Tone::Agent,
                agents.iter().map(reached),
                words::percent,
            ),
            numbers(
                t!("Contributions"),
                agents.iter().map(|it| it.contributions),
            ),
            numbers(t!("Claims"), agents.iter().map(|it| it.claims)),
            numbers(t!("Others agreed"), agents.iter().map(|it| it.agreed)),
            numbers(t!("Said by it alone"), agents.iter().map(|it| it.single)),
        ],
    );
    plot.top = Some(1.0);
    Some(Figure {
        table: Table::Contributions,
        title: t!("Claims that reach the answer"),
        says: t!(
            "Most often those of {agent}: {share}.",
            agent = most.1.agent.name,
            share = words::percent(most.0)
        ),
        head: t!("Agent"),
        plot,
        wide: false,
    })
}

fn troubled(agents: &[AgentContributions]) -> Option<Figure> {
    if agents.is_empty() {
        return None;
    }
    let disputed = |it: &AgentContributions| words::share(it.disputed, it.claims);
    let mended = |it: &AgentContributions| words::share(it.repairs, it.contributions);
    let most = agents
        .iter()
        .filter_map(|it| Some((mended(it)?, it)))
        .filter(|(share, _)| *share > 0.0)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let says = match most {
        Some((share, it)) => t!(
            "{agent} was asked most often to mend something: in {share} of its contributions.",
            agent = it.agent.name,
            share = words::percent(share)
        ),
        None => t!("No agent was asked to mend anything.").to_owned(),
    };
    let misaligned = agents.iter().map(|it| it.misaligned);
    let shares = agents.iter().map(|it| {
        or_dash(words::share(it.failed, it.contributions + it.failed).map(words::percent))
    });
    Some(Figure {
        table: Table::Contributions,
        title: t!("Disputed, or asked to mend"),
        says,
        head: t!("Agent"),
        plot: rows(
            agents,
            vec![
                Column::drawn(
                    t!("Claims disputed"),
                    Tone::Warn,
                    agents.iter().map(disputed),
                    words::percent,
                ),
                Column::drawn(
                    t!("Asked to mend"),
                    Tone::Muted,
                    agents.iter().map(mended),
                    words::percent,
                ),
                numbers(t!("Did not fit the question"), misaligned),
                Column::said(t!("Failed"), shares),
            ],
        ),
        wide: false,
    })
}

fn rows(agents: &[AgentContributions], columns: Vec<Column>) -> Plot {
    let labels = agents.iter().map(|it| it.agent.name.clone()).collect();
    let mut plot = Plot::new(Shape::Bars, Unit::Share, labels, columns);
    plot.agents = agents.iter().map(|it| it.agent.id.clone()).collect();
    plot
}
