//! What the agents agree on, what they dispute, and what only one of them said.

use crate::components::chat::claim::behind;
use domain::synthesis::Agreement;
use domain::{Claim, Transcript};
use leptos::prelude::*;

fn sections() -> [(Agreement, &'static str); 3] {
    [
        (Agreement::Disputed, t!("Disputed")),
        (Agreement::Agreed, t!("Agreed")),
        (Agreement::Single, t!("Said by one agent")),
    ]
}

#[component]
pub fn Disagreements(transcript: RwSignal<Transcript>) -> impl IntoView {
    let claims = Memo::new(move |_| {
        transcript.with(|it| {
            let claims = it.distillation.as_ref().map(|it| it.claims.as_slice());
            claims
                .unwrap_or_default()
                .iter()
                .map(|claim| {
                    let names = behind(claim, &it.agents).into_iter().map(|(_, name)| name);
                    (claim.clone(), names.collect::<Vec<_>>().join(", "))
                })
                .collect::<Vec<_>>()
        })
    });
    move || {
        let claims = claims.get();
        if claims.is_empty() {
            return view! {
                <p class="text-muted">
                    {t!("No claims of the agents were set apart in this run.")}
                </p>
            }
            .into_any();
        }
        sections()
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
            {nothing.then(|| view! { <p class="mt-1 text-muted">{t!("Nothing.")}</p> })}
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
