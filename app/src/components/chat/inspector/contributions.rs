//! What each agent said, in every round.

use crate::components::figures;
use crate::components::icon::{self, Icon};
use domain::transcript::AgentCard;
use domain::{Contribution, Transcript};
use leptos::prelude::*;

#[component]
pub fn Contributions(transcript: RwSignal<Transcript>) -> impl IntoView {
    let said = Memo::new(move |_| {
        transcript.with(|it| {
            it.agents
                .iter()
                .map(|card| by_agent(card, &it.contributions))
                .collect::<Vec<_>>()
        })
    });
    move || {
        let said = said.get();
        if said.is_empty() {
            return view! { <p class="text-muted">{t!("No agent was asked yet.")}</p> }.into_any();
        }
        said.into_iter()
            .map(|(card, contributions)| view! { <OfAgent card contributions /> })
            .collect_view()
            .into_any()
    }
}

/// The card without its running text, which would redraw all of this with every word.
fn by_agent(card: &AgentCard, all: &[Contribution]) -> (AgentCard, Vec<Contribution>) {
    let card = AgentCard {
        partial: String::new(),
        ..card.clone()
    };
    let own = all.iter().filter(|it| it.agent_id == card.id);
    let own = own.cloned().collect();
    (card, own)
}

#[component]
fn OfAgent(card: AgentCard, contributions: Vec<Contribution>) -> impl IntoView {
    let nothing = contributions.is_empty();
    view! {
        <section data-agent=card.id.to_string() class="mb-6">
            <h3 class="flex items-center gap-2 font-medium">
                <span class="text-(--agent)">
                    <Icon path=icon::of_agent(&card.id) class="size-4" />
                </span>
                {card.name}
            </h3>
            {nothing.then(|| view! { <p class="mt-1 text-muted">{t!("Nothing so far.")}</p> })}
            {contributions.into_iter().map(|it| view! { <Round contribution=it /> }).collect_view()}
        </section>
    }
}

#[component]
fn Round(contribution: Contribution) -> impl IntoView {
    view! {
        <div class="mt-2 border-l border-(--agent)/50 pl-3">
            <p class="text-xs text-muted">{t!("Round {round}", round = contribution.iteration)}</p>
            <Contributed contribution />
        </div>
    }
}

/// What it said, and what that took.
#[component]
pub fn Contributed(contribution: Contribution) -> impl IntoView {
    let figures = [
        contribution.model.to_string(),
        figures::tokens(contribution.tokens_used),
        figures::seconds(contribution.latency_ms),
        figures::cost(contribution.cost_usd),
    ];
    let said = if contribution.lines.is_empty() {
        view! { <p class="mt-1 whitespace-pre-wrap">{contribution.output}</p> }.into_any()
    } else {
        view! {
            <ol class="mt-1 grid list-decimal gap-1 pl-5">
                {contribution.lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
            </ol>
        }
        .into_any()
    };
    view! {
        <div class="wrap-anywhere">
            {said}
            {contribution
                .detail
                .map(|detail| {
                    view! {
                        <details class="mt-1">
                            <summary class="cursor-pointer rounded-sm py-0.5 text-muted">
                                {t!("Reasoning")}
                            </summary>
                            <p class="mt-1 whitespace-pre-wrap">{detail}</p>
                        </details>
                    }
                })}
            <p class="mt-1 flex flex-wrap gap-x-3 text-xs text-muted tabular-nums">
                {figures.into_iter().map(|figure| view! { <span>{figure}</span> }).collect_view()}
            </p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;

    #[test]
    fn every_agent_has_its_own_contributions() {
        let transcript = sample::transcript();
        for card in &transcript.agents {
            let (_, own) = by_agent(card, &transcript.contributions);
            assert_eq!(own.len(), 1);
            assert_eq!(own[0].agent_id, card.id);
        }
    }
}
