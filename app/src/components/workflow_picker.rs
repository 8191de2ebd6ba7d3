//! The shipped workflows as a radio group: what each costs, and which one is chosen.

use crate::components::figures;
use domain::{SynthesisMode, Workflow};
use leptos::prelude::*;

#[component]
pub fn WorkflowPicker(workflows: Vec<Workflow>, chosen: RwSignal<Workflow>) -> impl IntoView {
    view! {
        <fieldset>
            <legend class="sr-only">{t!("Workflow")}</legend>
            <div class="grid gap-3 lg:grid-cols-3">
                {workflows
                    .into_iter()
                    .map(|workflow| view! { <WorkflowCard workflow chosen /> })
                    .collect_view()}
            </div>
        </fieldset>
    }
}

#[component]
fn WorkflowCard(workflow: Workflow, chosen: RwSignal<Workflow>) -> impl IntoView {
    let id = workflow.id.clone();
    let checked = move || chosen.with(|chosen| chosen.id == id);
    let name_id = format!("workflow-{}-name", workflow.id);
    let text_id = format!("workflow-{}-text", workflow.id);
    let facts = facts(&workflow);
    let name = workflow.name.clone();
    let description = workflow.description.clone();
    let value = workflow.id.to_string();

    view! {
        <label class="group relative flex cursor-pointer flex-col rounded-md border border-line bg-raised p-5 transition-colors hover:border-muted/50 has-checked:border-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
            <input
                type="radio"
                name="workflow"
                value=value
                autocomplete="off"
                class="sr-only"
                aria-labelledby=name_id.clone()
                aria-describedby=text_id.clone()
                prop:checked=checked.clone()
                checked=checked()
                on:change=move |_| chosen.set(workflow.clone())
            />
            <span class="flex items-center justify-between">
                <span id=name_id class="font-medium">
                    {name}
                </span>
                <span
                    aria-hidden="true"
                    class="grid size-4 place-items-center rounded-full border border-muted/60 group-has-checked:border-accent no-print"
                >
                    <span class="size-2 scale-0 rounded-full bg-accent transition-transform group-has-checked:scale-100"></span>
                </span>
            </span>
            <span id=text_id class="mt-1 block grow text-sm text-muted">
                {description}
            </span>
            <dl class="mt-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 border-t border-line pt-4 text-sm tabular-nums">
                {facts
                    .into_iter()
                    .map(|(name, value)| {
                        view! {
                            <dt class="text-muted">{name}</dt>
                            <dd class="text-right">{value}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
        </label>
    }
}

fn facts(workflow: &Workflow) -> Vec<(&'static str, String)> {
    let rounds = match workflow.max_n2_iterations {
        1 => "1".to_owned(),
        most => t!("up to {most}", most),
    };
    let synthesis = match workflow.synthesis_mode {
        SynthesisMode::Staged => t!("phase by phase"),
        SynthesisMode::Combined => t!("in one step"),
    };
    let mut facts = vec![
        (t!("Agents"), workflow.agent_ids.len().to_string()),
        (t!("Woven together"), synthesis.to_owned()),
        (t!("Rounds"), rounds),
        (
            t!("Passes at"),
            t!(
                "{score} of 10",
                score = figures::score(workflow.quality_threshold)
            ),
        ),
        (
            t!("Calls in the first round"),
            workflow.first_round_calls().to_string(),
        ),
    ];
    if let Some(most) = workflow.budget.calls {
        facts.push((t!("Calls at most"), most.to_string()));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_follow_the_workflow() {
        let calls: Vec<_> = domain::shipped::workflows()
            .iter()
            .map(|workflow| (workflow.id.to_string(), workflow.first_round_calls()))
            .collect();
        assert_eq!(
            calls,
            [
                ("quick".into(), 3),
                ("balanced".into(), 5),
                ("overmind".into(), 10)
            ]
        );

        let mut workflow = domain::shipped::workflow("overmind").expect("shipped");
        workflow.budget.calls = None;
        let facts = facts(&workflow);
        assert!(
            facts.contains(&("Rounds", "up to 4".to_owned())),
            "{facts:?}"
        );
        assert!(
            facts.iter().all(|(name, _)| *name != "Calls at most"),
            "{facts:?}"
        );
    }
}
