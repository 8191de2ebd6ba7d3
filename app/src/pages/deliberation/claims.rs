//! What the agents agreed on, what they disputed, and what only one of them said.

use crate::components::chat::claim::behind;
use crate::components::icon::{self, Icon};
use domain::synthesis::Agreement;
use domain::{AgentId, Claim, Transcript};
use leptos::prelude::*;

fn columns() -> [(Agreement, &'static str, &'static str); 3] {
    [
        (
            Agreement::Agreed,
            t!("Agreed"),
            t!("Several agents say it; the answer rests on it."),
        ),
        (
            Agreement::Disputed,
            t!("Disputed"),
            t!("They contradict each other; the answer names it."),
        ),
        (
            Agreement::Single,
            t!("Only one said it"),
            t!("Nobody contradicts, and nobody confirms."),
        ),
    ]
}

#[component]
pub fn Claims(transcript: RwSignal<Transcript>) -> impl IntoView {
    let claims = Memo::new(move |_| {
        transcript.with(|it| {
            let distillation = it.distillation.as_ref()?;
            let claims = distillation.claims.iter();
            let claims: Vec<_> = claims
                .map(|claim| (claim.clone(), behind(claim, &it.agents)))
                .collect();
            Some(claims)
        })
    });
    move || {
        match claims.get() {
        None => view! {
            <p class="text-sm text-muted">{t!("Nothing had been set apart by then.")}</p>
        }
        .into_any(),
        Some(claims) => view! {
            <div class="grid gap-6 sm:grid-cols-3" data-testid="claims">
                {columns()
                    .map(|(agreement, title, text)| {
                        let claims = claims.iter().filter(|(claim, _)| claim.agreement == agreement);
                        column(title, text, claims.cloned().collect())
                    })
                    .collect_view()}
            </div>
        }
        .into_any(),
    }
    }
}

fn column(
    title: &'static str,
    text: &'static str,
    claims: Vec<(Claim, Vec<(AgentId, String)>)>,
) -> AnyView {
    let nothing = claims.is_empty();
    view! {
        <div class="min-w-0">
            <h3 class="flex items-baseline gap-2 font-medium">
                {title} " "
                <span class="text-sm font-normal text-muted tabular-nums">{claims.len()}</span>
            </h3>
            <p class="text-xs text-muted">{text}</p>
            {nothing.then(|| view! { <p class="mt-3 text-sm text-muted">{t!("Nothing.")}</p> })}
            <ul class="mt-3 grid gap-3 text-sm wrap-anywhere">
                {claims
                    .into_iter()
                    .map(|(claim, agents)| {
                        view! {
                            <li class="rounded-sm border border-line bg-raised p-3">
                                <p>{claim.text}</p>
                                <ul class="mt-2 flex flex-wrap gap-x-3 gap-y-1 text-xs">
                                    {agents.into_iter().map(agent).collect_view()}
                                </ul>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </div>
    }
    .into_any()
}

fn agent((id, name): (AgentId, String)) -> AnyView {
    let path = icon::of_agent(&id);
    view! {
        <li data-agent=id.to_string() class="inline-flex items-center gap-1 text-(--agent)">
            <Icon path class="size-4 shrink-0" />
            {name}
        </li>
    }
    .into_any()
}
