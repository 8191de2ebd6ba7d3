//! The timeline: a row for each agent and phase of a round, all on one axis of time. A line shows
//! where the replay stands; what comes after it is faint.

use super::replay::Replay;
use crate::components::figures;
use crate::components::icon::{self, Icon};
use domain::Transcript;
use domain::deliberation::{Bar, BarState, Lane, Row, Timeline, TimelineRound};
use domain::transcript::{AgentCard, Draft};
use leptos::prelude::*;

/// Name, bars and figure; on phones the bars are below the other two.
const COLUMNS: &str =
    "grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 sm:grid-cols-[11rem_minmax(0,1fr)_4.75rem]";

#[component]
pub fn Chart(
    timeline: Timeline,
    replay: Replay,
    /// The run as far as it is known.
    whole: Transcript,
) -> impl IntoView {
    let wall_ms = timeline.wall_ms.max(1);
    let step = step(wall_ms);
    // At its last event all of it is seen, what is under way as well.
    let at = move || match replay.at.get() {
        at if at == replay.last() => percent(1, 1),
        at => percent(replay.ms(at).min(wall_ms), wall_ms),
    };
    let summary = summary(&timeline, whole.ending.is_some());
    let with_models = has_several_models(&timeline);
    let rounds = timeline
        .rounds
        .into_iter()
        .map(|it| round(it, wall_ms, with_models, &whole))
        .collect_view();
    view! {
        <p class="text-sm tabular-nums" data-testid="timing">
            {summary}
        </p>
        <Legend />
        <div
            class="mt-4 text-sm"
            style:--at=at
            style:--tick=percent(step, wall_ms)
            data-testid="timeline"
        >
            <Axis wall_ms step />
            <ol class="grid gap-5">{rounds}</ol>
        </div>
    }
}

#[component]
fn Legend() -> impl IntoView {
    let mark = |class: &str, words: &'static str| {
        view! {
            <span class="inline-flex items-center gap-1.5">
                <span class=format!("h-3 w-6 rounded-sm {class}")></span>
                {words}
            </span>
        }
    };
    view! {
        <p aria-hidden="true" class="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
            {mark("bg-muted", t!("the answer waited for it"))}
            {mark("border border-muted", t!("beside it"))}
            {mark("border border-dashed border-muted", t!("broken off, or under way"))}
        </p>
    }
}

#[component]
fn Axis(wall_ms: u64, step: u64) -> impl IntoView {
    let ticks = (0..)
        .map(|count| count * step)
        // The last one would stand beyond the edge.
        .take_while(|ms| ms * 100 <= wall_ms * 88)
        .map(|ms| {
            view! {
                <span class="absolute top-0 pl-1" style:left=percent(ms, wall_ms)>
                    {label(ms, step)}
                </span>
            }
        })
        .collect_view();
    view! {
        <div aria-hidden="true" class=COLUMNS>
            <div class="relative h-5 text-xs text-muted tabular-nums max-sm:col-span-full sm:col-start-2">
                {ticks}
            </div>
        </div>
    }
}

fn round(round: TimelineRound, wall_ms: u64, with_models: bool, whole: &Transcript) -> AnyView {
    let result = result(&whole.drafts, round.number);
    let rows = round
        .rows
        .into_iter()
        .map(|row| {
            let card = match &row.lane {
                Lane::Agent(id) => whole.agents.iter().find(|card| card.id == *id),
                _ => None,
            };
            let model = row.model.clone().filter(|_| with_models);
            line(name(&row.lane, card), model, &row, wall_ms)
        })
        .collect_view();
    view! {
        <li>
            <h3 class="mb-1.5 flex flex-wrap items-baseline gap-x-2 border-t border-line pt-2 font-medium">
                {t!("Round {round} ", round = round.number)}
                <span class="font-normal text-muted">{result}</span>
            </h3>
            <ul class="grid gap-2 sm:gap-1">{rows}</ul>
        </li>
    }
    .into_any()
}

fn line(name: String, model: Option<String>, row: &Row, wall_ms: u64) -> AnyView {
    let agent = match &row.lane {
        Lane::Agent(id) => Some(id.clone()),
        _ => None,
    };
    let icon = agent.as_ref().map(|id| {
        let path = icon::of_agent(id);
        view! {
            <span class="text-(--agent)">
                <Icon path class="size-4" />
            </span>
        }
    });
    let model = model.map(|model| match model.split_once('/') {
        Some((_, own)) => own.to_owned(),
        None => model,
    });
    let figure = match row.lane {
        Lane::Adapt => t!("computed").to_owned(),
        _ if row.bars.is_empty() => t!("not asked").to_owned(),
        _ => figures::seconds(row.length_ms()),
    };
    let spoken = spoken(row);
    let weight = if row.is_critical() { "font-medium" } else { "" };
    let is_agent = agent.is_some();
    let bars = row
        .bars
        .iter()
        .map(|bar| piece(bar, &row.lane, wall_ms))
        .collect_view();
    view! {
        <li data-agent=agent.map(|id| id.to_string()) class=format!("items-center {COLUMNS}")>
            <div class="flex min-w-0 items-center gap-2">
                <span class="grid w-4 shrink-0 place-items-center">{icon}</span>
                <span class="min-w-0">
                    <span class="block truncate">{name}</span>
                    {model
                        .map(|model| {
                            view! {
                                <span class="block truncate text-xs text-muted max-sm:hidden">
                                    {model}
                                </span>
                            }
                        })}
                </span>
            </div>
            <div
                aria-hidden="true"
                class=format!(
                    "relative overflow-hidden rounded-sm bg-line/35 bg-[linear-gradient(to_right,var(--color-line)_1px,transparent_1px)] bg-size-[var(--tick)_100%] max-sm:order-last max-sm:col-span-full {}",
                    if is_agent { "h-5" } else { "h-4" },
                )
            >
                {bars}
                <span class="absolute inset-y-0 right-0 left-(--at) border-l-2 border-text bg-surface/70"></span>
            </div>
            <span class=format!("text-right whitespace-nowrap tabular-nums {weight}")>
                {figure} <span class="sr-only">{spoken}</span>
            </span>
        </li>
    }
    .into_any()
}

fn piece(bar: &Bar, lane: &Lane, wall_ms: u64) -> AnyView {
    let look = match (bar.state, lane) {
        (BarState::Failed, _) => "border border-bad bg-bad/25",
        (_, Lane::Adapt) => "bg-warn",
        (BarState::Open, Lane::Agent(_)) => "border border-dashed border-(--agent)",
        (BarState::Open, _) => "border border-dashed border-muted",
        (BarState::Done, Lane::Agent(_)) if bar.critical => "bg-(--agent)",
        (BarState::Done, Lane::Agent(_)) => "border border-(--agent) bg-(--agent-wash)",
        (BarState::Done, _) if bar.critical => "bg-muted",
        (BarState::Done, _) => "border border-muted bg-raised",
    };
    view! {
        <span
            class=format!("absolute inset-y-0.5 min-w-1 rounded-sm {look}")
            style:left=percent(bar.from_ms, wall_ms)
            style:width=percent(bar.length_ms(), wall_ms)
        ></span>
    }
    .into_any()
}

/// One that is the same everywhere is said by the agents' cards.
fn has_several_models(timeline: &Timeline) -> bool {
    let rows = timeline.rounds.iter().flat_map(|round| &round.rows);
    let mut models = rows.filter_map(|row| row.model.as_deref());
    let first = models.next();
    models.any(|model| Some(model) != first)
}

fn name(lane: &Lane, card: Option<&AgentCard>) -> String {
    let words = match lane {
        Lane::Agent(id) => {
            return card.map_or_else(|| id.to_string(), |card| card.name.clone());
        }
        Lane::Observe => t!("Observe"),
        Lane::Distill => t!("Distill"),
        Lane::Integrate => t!("Integrate"),
        Lane::Combine => t!("Distill, integrate"),
        Lane::Judge => t!("Judge"),
        Lane::Adapt => t!("Adapt"),
    };
    words.to_owned()
}

/// For those who do not see the bars.
fn spoken(row: &Row) -> String {
    let (Some(first), Some(last)) = (row.bars.first(), row.bars.last()) else {
        return String::new();
    };
    let mut words = match row.lane {
        Lane::Adapt => t!(", at {time}", time = figures::seconds(first.from_ms)),
        _ => t!(
            ", from {start} to {end}",
            start = figures::seconds(first.from_ms),
            end = figures::seconds(last.to_ms)
        ),
    };
    if row.is_critical() {
        words.push_str(t!(", on the critical path"));
    }
    match last.state {
        BarState::Done => {}
        BarState::Failed => words.push_str(t!(", failed")),
        BarState::Open => words.push_str(t!(", not finished")),
    }
    words
}

/// Each round writes at most one draft, which carries its number.
fn result(drafts: &[Draft], number: u32) -> Option<String> {
    let draft = drafts.iter().find(|draft| draft.id == number)?;
    Some(match draft.score {
        Some(score) => t!("The draft scored {score}.", score = figures::score(score)),
        None => t!("The draft has no score.").to_owned(),
    })
}

fn summary(timeline: &Timeline, ended: bool) -> String {
    let took = figures::seconds(timeline.wall_ms);
    let critical = figures::seconds(timeline.critical_ms);
    let idle = figures::grouped(timeline.overhead_ms);
    let mut words = if ended {
        t!(
            "{took} in all: {critical} on the critical path, and {idle} ms in which no model was at work.",
            took,
            critical,
            idle
        )
    } else {
        t!(
            "{took} so far: {critical} on the critical path, and {idle} ms in which no model was at work.",
            took,
            critical,
            idle
        )
    };
    if timeline.taken_over > 0 {
        words.push_str(&plural!(
            timeline.taken_over,
            " 1 call had been made by the run that was stopped.",
            " {count} calls had been made by the run that was stopped."
        ));
    }
    words
}

fn percent(ms: u64, of: u64) -> String {
    format!("{:.3}%", ms as f64 * 100.0 / of.max(1) as f64)
}

/// A round number of milliseconds, so that about five of them fill the axis.
fn step(wall_ms: u64) -> u64 {
    let mut power = 1;
    loop {
        for digit in [1, 2, 5] {
            if digit * power * 6 >= wall_ms {
                return digit * power;
            }
        }
        power *= 10;
    }
}

fn label(ms: u64, step: u64) -> String {
    match step {
        0..100 => t!("{ms} ms", ms),
        100..1_000 => t!("{seconds} s", seconds = format!("{:.1}", ms as f64 / 1e3)),
        _ => t!("{seconds} s", seconds = ms / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_round_figures() {
        for (wall_ms, expected, labelled) in [
            (1, 1, "1 ms"),
            (40, 10, "10 ms"),
            (900, 200, "0.2 s"),
            (14_230, 5_000, "5 s"),
            (61_000, 20_000, "20 s"),
        ] {
            let step = step(wall_ms);
            assert_eq!(step, expected, "{wall_ms}");
            assert_eq!(label(step, step), labelled);
        }
    }

    #[test]
    fn the_summary_says_what_was_waited_for() {
        let mut timeline = Timeline {
            started_at: Default::default(),
            wall_ms: 14_230,
            busy_ms: 13_000,
            overhead_ms: 1_230,
            critical_ms: 12_900,
            taken_over: 0,
            rounds: Vec::new(),
        };
        assert_eq!(
            summary(&timeline, true),
            "14.2 s in all: 12.9 s on the critical path, and 1,230 ms in which no model was at work."
        );
        timeline.taken_over = 2;
        let words = summary(&timeline, false);
        assert!(words.starts_with("14.2 s so far:"), "{words}");
        assert!(words.ends_with("2 calls had been made by the run that was stopped."));
    }
}
