//! Every provider call of the run: what was sent, what came back, and which versions were at work.
//! For those who asked for it in their settings.

use crate::api::deliberation::run_steps;
use crate::components::figures;
use crate::state::SavedPreferences;
use domain::{RunId, StepView};
use leptos::prelude::*;

#[component]
pub fn Prompts(run_id: RunId) -> impl IntoView {
    if !SavedPreferences::expect().get_untracked().show_debug_info {
        return view! {
            <p class="text-sm text-muted">
                {t!("Prompts, replies and versions are shown when “debug info” is switched on in the ")}
                <a href="/settings#answers" class="underline underline-offset-4 hover:text-text">
                    {t!("settings")}
                </a> "."
            </p>
        }
        .into_any();
    }
    view! { <Steps run_id /> }.into_any()
}

#[component]
fn Steps(run_id: RunId) -> impl IntoView {
    let steps = Resource::new_blocking(|| (), move |()| run_steps(run_id));
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match steps.await {
                    Ok(steps) if steps.is_empty() => {
                        view! { <p class="text-muted">{t!("No call has finished yet.")}</p> }
                            .into_any()
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
        </Suspense>
    }
}

#[component]
fn Step(step: StepView) -> impl IntoView {
    let who = step.agent.unwrap_or_default();
    let heading = match step.attempt {
        0 | 1 => t!(
            "Round {round}, {kind} {who}",
            round = step.iteration,
            kind = step.kind,
            who
        ),
        attempt => t!(
            "Round {round}, {kind} {who}, attempt {attempt}",
            round = step.iteration,
            kind = step.kind,
            who,
            attempt
        ),
    };
    let (mut system, mut prompt) = (step.system, step.prompt);
    if prompt.is_empty() {
        prompt.push_str(t!(
            "Not kept, and this version of Overmind would write another one."
        ));
        system.clone_from(&prompt);
    }
    let version = step
        .agent_version
        .map(|version| t!("agent version {version}", version));
    let figures = [
        step.model.unwrap_or_else(|| t!("no model").to_owned()),
        t!("{tokens} in", tokens = figures::tokens(step.input_tokens)),
        t!("{tokens} out", tokens = figures::tokens(step.output_tokens)),
        figures::seconds(step.latency_ms),
        figures::cost(step.cost_usd),
        t!("prompts version {version}", version = step.prompt_version),
    ];
    let figures = figures.into_iter().chain(version);
    view! {
        <details class="border-b border-line py-2 text-sm">
            <summary class="cursor-pointer rounded-sm wrap-anywhere">
                <span class="font-medium">{heading}</span>
                <span class="flex flex-wrap gap-x-3 pl-4 text-xs text-muted tabular-nums">
                    {figures
                        .map(|figure| view! { <span>{figure}</span> })
                        .collect_view()}
                </span>
            </summary>
            <Text title=t!("System prompt") text=system />
            <Text title=t!("Prompt") text=prompt />
            <Text title=t!("Reply") text=step.reply />
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
