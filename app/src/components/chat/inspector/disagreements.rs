//! What the agents agree on, what they dispute, and what only one of them said.

use domain::synthesis::Agreement;
use domain::transcript::AgentCard;
use domain::{AgentId, Claim, Transcript};
use leptos::prelude::*;

const SECTIONS: [(Agreement, &str); 3] = [
    (Agreement::Disputed, "Disputed"),
    (Agreement::Agreed, "Agreed"),
    (Agreement::Single, "Said by one agent"),
];

#[component]
pub fn Disagreements(transcript: RwSignal<Transcript>) -> impl IntoView {
    let claims = Memo::new(move |_| {
        transcript.with(|it| {
            let claims = it.distillation.as_ref().map(|it| it.claims.as_slice());
            claims
                .unwrap_or_default()
                .iter()
                .map(|claim| (claim.clone(), names(claim, &it.agents)))
                .collect::<Vec<_>>()
        })
    });
    move || {
        let claims = claims.get();
        if claims.is_empty() {
            return view! {
                <p class="text-muted">"No claims of the agents were set apart in this run."</p>
            }
            .into_any();
        }
        SECTIONS
            .into_iter()
            .map(|(agreement, title)| {
                let of_kind: Vec<_> = claims
                    .iter()
                    .filter(|(claim, _)| claim.agreement == agreement)
                    .cloned()
                    .collect();
                view! { <Section title claims=of_kind /> }
            })
            .collect_view()
            .into_any()
    }
}

#[component]
fn Section(title: &'static str, claims: Vec<(Claim, String)>) -> impl IntoView {
    let nothing = claims.is_empty();
    view! {
        <section class="mb-6">
            <h3 class="font-medium">{title}</h3>
            {nothing.then(|| view! { <p class="mt-1 text-muted">"Nothing."</p> })}
            <ul class="mt-1 grid gap-2 wrap-anywhere">
                {claims
                    .into_iter()
                    .map(|(claim, names)| {
                        view! {
                            <li class="border-l border-line pl-3">
                                <p>{claim.text}</p>
                                <p class="text-xs text-muted">{names}</p>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
}

fn names(claim: &Claim, agents: &[AgentCard]) -> String {
    let name = |id: &AgentId| {
        agents
            .iter()
            .find(|card| card.id == *id)
            .map_or_else(|| id.to_string(), |card| card.name.clone())
    };
    claim.agents.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;

    #[test]
    fn claims_name_their_agents() {
        let transcript = sample::transcript();
        let distillation = transcript.distillation.expect("the sample distills");
        let mut claim = distillation.claims[0].clone();
        claim.agents.push("gone".into());
        assert_eq!(names(&claim, &transcript.agents), "Creative Clarity, gone");
    }
}
