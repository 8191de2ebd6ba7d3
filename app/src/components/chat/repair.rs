//! Why another round was needed and who was asked to mend what failed, one sentence per round.

use domain::Transcript;
use domain::transcript::{AgentCard, Repair};
use leptos::prelude::*;

#[component]
pub fn Repairs(transcript: RwSignal<Transcript>) -> impl IntoView {
    let sentences = Memo::new(move |_| {
        transcript.with(|it| {
            it.repairs
                .iter()
                .map(|repair| sentence(repair, &it.agents))
                .collect::<Vec<_>>()
        })
    });
    view! {
        {move || {
            sentences
                .get()
                .into_iter()
                .map(|text| view! { <p class="text-sm text-muted wrap-anywhere">{text}</p> })
                .collect_view()
        }}
    }
}

pub fn sentence(repair: &Repair, agents: &[AgentCard]) -> String {
    let names: Vec<&str> = agents
        .iter()
        .filter(|card| repair.directives.contains_key(&card.id))
        .map(|card| card.name.as_str())
        .collect();
    let issues = repair
        .issues
        .iter()
        .map(|issue| issue.trim().trim_end_matches('.'))
        .collect::<Vec<_>>()
        .join("; ");
    let round = repair.iteration;
    match (issues.is_empty(), listed(&names)) {
        (true, None) => t!("Round {round} fell short.", round),
        (true, Some(names)) => t!(
            "Round {round} fell short. Asked to mend it: {names}.",
            round,
            names
        ),
        (false, None) => t!("Round {round} fell short on: {issues}.", round, issues),
        (false, Some(names)) => t!(
            "Round {round} fell short on: {issues}. Asked to mend it: {names}.",
            round,
            issues,
            names
        ),
    }
}

/// "A, B and C".
fn listed(names: &[&str]) -> Option<String> {
    let (last, before) = names.split_last()?;
    Some(if before.is_empty() {
        (*last).to_owned()
    } else {
        t!("{names} and {last}", names = before.join(", "), last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;

    #[test]
    fn says_what_failed_and_who_mends_it() {
        let transcript = sample::transcript();
        assert_eq!(
            sentence(&transcript.repairs[0], &transcript.agents),
            "Round 1 fell short on: Item c2. Asked to mend it: Creative Clarity."
        );
        assert_eq!(listed(&["A", "B", "C"]).as_deref(), Some("A, B and C"));
        assert_eq!(listed(&[]), None);
    }
}
