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
    let failed = if issues.is_empty() {
        format!("Round {} fell short", repair.iteration)
    } else {
        format!("Round {} fell short on: {issues}", repair.iteration)
    };
    match listed(&names) {
        Some(names) => format!("{failed}. Asked to mend it: {names}."),
        None => format!("{failed}."),
    }
}

/// "A, B and C".
fn listed(names: &[&str]) -> Option<String> {
    let (last, before) = names.split_last()?;
    Some(if before.is_empty() {
        (*last).to_owned()
    } else {
        format!("{} and {last}", before.join(", "))
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
