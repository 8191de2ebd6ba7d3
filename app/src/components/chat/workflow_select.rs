//! Which workflow answers: the offered ones, and in short what an answer of each takes.

use crate::api::conversations::offered_workflows;
use crate::components::figures;
use domain::{Cost, Estimate, OfferedWorkflow, WorkflowId};
use leptos::prelude::*;

#[component]
pub fn WorkflowSelect(
    /// The id of the form that it belongs to.
    form: &'static str,
    chosen: Option<WorkflowId>,
) -> impl IntoView {
    let offered = Resource::new_blocking(|| (), |()| offered_workflows());
    view! {
        <label class="min-w-0 text-xs text-muted">
            <span class="sr-only">{t!("Workflow")}</span>
            <Suspense>
                {move || Suspend::new({
                    let chosen = chosen.clone();
                    async move {
                        // Without the list the server takes its default.
                        let offered = offered.await.unwrap_or_default();
                        view! {
                            <select
                                name="workflow_id"
                                form=form
                                autocomplete="off"
                                class="h-9 w-full max-w-full cursor-pointer truncate rounded-sm bg-transparent px-1 text-sm"
                            >
                                {offered
                                    .into_iter()
                                    .map(|offered| {
                                        let id = &offered.workflow.id;
                                        let selected = chosen.as_ref() == Some(id);
                                        view! {
                                            <option value=id.to_string() selected=selected>
                                                {in_short(&offered)}
                                            </option>
                                        }
                                    })
                                    .collect_view()}
                            </select>
                        }
                    }
                })}
            </Suspense>
        </label>
    }
}

/// "Overmind: 6 agents, about 10 calls a round"; once it has answered, what that took: "Overmind: 6
/// agents, 10 to 14 calls, 9.1 to 14.2 k tokens, $0.02 to $0.05".
fn in_short(offered: &OfferedWorkflow) -> String {
    let workflow = &offered.workflow;
    let agents = plural!(workflow.agent_ids.len(), "1 agent", "{count} agents");
    let takes = match &offered.estimate {
        Some(estimate) => taken(estimate),
        None => plural!(
            workflow.first_round_calls(),
            "about 1 call a round",
            "about {count} calls a round"
        ),
    };
    format!("{}: {agents}, {takes}", workflow.name)
}

fn taken(estimate: &Estimate) -> String {
    let Estimate {
        calls,
        tokens,
        micros,
    } = estimate;
    let call = |count: u32| plural!(count, "1 call", "{count} calls");
    let cost = |micros| figures::cost(Cost::micros(micros));
    let mut taken = vec![
        span(&call(calls.0), &call(calls.1)),
        span(&figures::tokens(tokens.0), &figures::tokens(tokens.1)),
    ];
    taken.extend(micros.map(|(least, most)| span(&cost(least), &cost(most))));
    taken.join(", ")
}

/// The unit once, where both have the same; one figure, where that is the same.
fn span(least: &str, most: &str) -> String {
    if least == most {
        return most.to_owned();
    }
    let unit = most.find(' ').map_or("", |at| &most[at..]);
    let least = least.strip_suffix(unit).unwrap_or(least);
    t!("{least} to {most}", least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflows_say_what_they_take() {
        let offered = |estimate: Option<Estimate>| {
            let workflows = domain::shipped::workflows().into_iter();
            let offer = |workflow| OfferedWorkflow {
                workflow,
                estimate: estimate.clone(),
            };
            workflows
                .map(|workflow| in_short(&offer(workflow)))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            offered(None),
            [
                "Quick: 1 agent, about 3 calls a round",
                "Balanced: 3 agents, about 5 calls a round",
                "Overmind: 6 agents, about 10 calls a round",
            ]
        );
        let took = |calls, tokens, micros| {
            let estimate = Estimate {
                calls,
                tokens,
                micros,
            };
            offered(Some(estimate)).swap_remove(0)
        };
        assert_eq!(
            took((3, 6), (9_120, 14_240), Some((20_000, 50_000))),
            "Quick: 1 agent, 3 to 6 calls, 9.1 to 14.2 k tokens, $0.02 to $0.05"
        );
        assert_eq!(
            took((3, 3), (812, 1_240), None),
            "Quick: 1 agent, 3 calls, 812 tokens to 1.2 k tokens"
        );
        assert_eq!(
            took((1, 1), (812, 812), Some((0, 0))),
            "Quick: 1 agent, 1 call, 812 tokens, $0.00"
        );
    }
}
