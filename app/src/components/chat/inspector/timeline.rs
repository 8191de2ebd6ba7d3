//! Who took how long, round by round, and what came of each round.

use crate::components::figures;
use domain::transcript::Ending;
use domain::{AgentId, Transcript};
use leptos::prelude::*;

#[derive(Clone, Debug, PartialEq)]
struct Round {
    number: u32,
    /// In order of completion.
    agents: Vec<Bar>,
    result: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Bar {
    agent_id: AgentId,
    name: String,
    latency_ms: u64,
    /// Of the slowest in the whole run, 0-100.
    percent: u64,
}

#[component]
pub fn Timeline(transcript: RwSignal<Transcript>) -> impl IntoView {
    let rounds = Memo::new(move |_| transcript.with(rounds));
    let total = Memo::new(move |_| transcript.with(total));
    view! {
        <p class="mb-4 text-muted tabular-nums">{total}</p>
        <ol class="grid gap-6">
            {move || {
                rounds.get().into_iter().map(|round| view! { <RoundRow round /> }).collect_view()
            }}
        </ol>
    }
}

#[component]
fn RoundRow(round: Round) -> impl IntoView {
    view! {
        <li>
            <h3 class="font-medium">{format!("Round {}", round.number)}</h3>
            <ul class="mt-2 grid gap-2">
                {round
                    .agents
                    .into_iter()
                    .map(|bar| {
                        view! {
                            <li data-agent=bar.agent_id.to_string()>
                                <p class="flex justify-between gap-2">
                                    <span class="truncate">{bar.name}</span>
                                    <span class="shrink-0 text-muted tabular-nums">
                                        {figures::seconds(bar.latency_ms)}
                                    </span>
                                </p>
                                <div aria-hidden="true" class="mt-0.5 h-1.5 rounded-full bg-line">
                                    <div
                                        class="h-full min-w-1 rounded-full bg-(--agent)"
                                        style:width=format!("{}%", bar.percent)
                                    ></div>
                                </div>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
            <p class="mt-2 text-muted">{round.result}</p>
        </li>
    }
}

fn rounds(transcript: &Transcript) -> Vec<Round> {
    let slowest = transcript
        .contributions
        .iter()
        .map(|it| it.latency_ms)
        .max();
    let slowest = slowest.unwrap_or_default().max(1);
    (1..=transcript.iteration)
        .map(|number| Round {
            number,
            agents: transcript
                .contributions
                .iter()
                .filter(|it| it.iteration == number)
                .map(|it| Bar {
                    agent_id: it.agent_id.clone(),
                    name: it.agent_name.clone(),
                    latency_ms: it.latency_ms,
                    percent: it.latency_ms * 100 / slowest,
                })
                .collect(),
            result: result(transcript, number),
        })
        .collect()
}

/// Each round writes at most one draft, which carries its number.
fn result(transcript: &Transcript, number: u32) -> String {
    let draft = transcript.drafts.iter().find(|draft| draft.id == number);
    match draft {
        None => "No draft was written.".to_owned(),
        Some(draft) => match draft.score {
            Some(score) => format!("The draft scored {}.", figures::score(score)),
            None => "The draft has no score.".to_owned(),
        },
    }
}

fn total(transcript: &Transcript) -> Option<String> {
    let Some(Ending::Answer { metadata, .. }) = &transcript.ending else {
        return None;
    };
    let mut total = format!(
        "{} on the critical path, {}",
        figures::seconds(metadata.critical_ms),
        figures::counted(metadata.calls as usize, "call")
    );
    if let Some(wall_ms) = metadata.wall_ms {
        total = format!("{} in all, {total}", figures::seconds(wall_ms));
    }
    if let Some(overhead_ms) = metadata.overhead_ms {
        total.push_str(&format!(", {overhead_ms} ms without a model at work"));
    }
    Some(format!("{total}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;

    #[test]
    fn rounds_show_who_worked_and_what_came_of_it() {
        let transcript = sample::transcript();
        let rounds = rounds(&transcript);
        let shown: Vec<_> = rounds
            .iter()
            .map(|round| (round.number, round.agents.len(), round.result.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (1, 2, "The draft scored 8.7."),
                (2, 0, "No draft was written.")
            ]
        );
        assert_eq!(rounds[0].agents[0].percent, 100);
        assert_eq!(
            total(&transcript).as_deref(),
            Some("14.2 s in all, 13.0 s on the critical path, 8 calls.")
        );
    }
}
