//! Every provider call of a run: what was sent and what came back. For those who asked for it.

use crate::api::conversations::run_steps;
use crate::components::figures;
use domain::{RunId, StepView, Transcript};
use leptos::prelude::*;

#[component]
pub fn Prompts(run_id: RunId, transcript: RwSignal<Transcript>) -> impl IntoView {
    // A running run has more of them at its end.
    let ended = Memo::new(move |_| transcript.with(|it| it.ending.is_some()));
    let steps = Resource::new_blocking(move || ended.get(), move |_| run_steps(run_id));
    view! {
        <Transition fallback=|| view! { <p class="text-muted">"Reading the prompts"</p> }>
            {move || Suspend::new(async move {
                match steps.await {
                    Ok(steps) if steps.is_empty() => {
                        view! { <p class="text-muted">"No call has finished yet."</p> }.into_any()
                    }
                    Ok(steps) => {
                        steps.into_iter().map(|step| view! { <Step step /> }).collect_view().into_any()
                    }
                    Err(refused) => {
                        view! {
                            <p role="alert" class="text-bad">
                                {refused.message()}
                            </p>
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Step(step: StepView) -> impl IntoView {
    let who = step.agent.unwrap_or_default();
    let attempt = match step.attempt {
        0 | 1 => String::new(),
        more => format!(", attempt {more}"),
    };
    let (mut system, mut prompt) = (step.system, step.prompt);
    if prompt.is_empty() {
        prompt.push_str("Not kept, and this version of Overmind would write another one.");
        system.clone_from(&prompt);
    }
    let figures = [
        step.model.unwrap_or_else(|| "no model".to_owned()),
        format!("{} in", figures::tokens(step.input_tokens)),
        format!("{} out", figures::tokens(step.output_tokens)),
        figures::seconds(step.latency_ms),
        figures::cost(step.cost_usd),
    ];
    view! {
        <details class="border-b border-line py-2">
            <summary class="cursor-pointer rounded-sm wrap-anywhere">
                <span class="font-medium">
                    {format!("Round {}, {} {who}{attempt}", step.iteration, step.kind)}
                </span>
                <span class="flex flex-wrap gap-x-3 pl-4 text-xs text-muted tabular-nums">
                    {figures
                        .into_iter()
                        .map(|figure| view! { <span>{figure}</span> })
                        .collect_view()}
                </span>
            </summary>
            <Text title="System prompt" text=system />
            <Text title="Prompt" text=prompt />
            <Text title="Reply" text=step.reply />
        </details>
    }
}

#[component]
fn Text(title: &'static str, text: String) -> impl IntoView {
    view! {
        <h3 class="mt-3 text-xs text-muted">{title}</h3>
        <p class="mt-1 rounded-sm border border-line bg-raised p-2 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
            {text}
        </p>
    }
}
