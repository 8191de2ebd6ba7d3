//! The start page: what Overmind is, who takes part, how an answer comes about, how to ask.

use crate::components::agent_grid::AgentGrid;
use crate::components::agent_ring::AgentRing;
use crate::components::command_line::CommandLine;
use crate::components::deliberation::Deliberation;
use crate::components::model_note::ModelNote;
use crate::components::outcomes::Outcomes;
use crate::components::workflow_picker::WorkflowPicker;
use crate::state::ModelStatus;
use domain::shipped::{self, DEFAULT_WORKFLOW};
use domain::{AgentConfig, Workflow};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

#[component]
pub fn Home() -> impl IntoView {
    let workflows = shipped::workflows();
    let Some(default) = shipped::workflow(DEFAULT_WORKFLOW) else {
        return ().into_any();
    };
    let chosen = RwSignal::new(default);
    let agents = shipped::agents();
    let status = use_context::<ModelStatus>().unwrap_or_default();

    view! {
        <Title text=t!("Overmind: six agents, one judged answer") />
        <Meta
            name="description"
            content=t!("Overmind puts a question to six agents at once, weaves what they say into one answer and has it judged before you read it.")
        />
        <Opening agents=agents.clone() chosen status />
        <Section
            id="workflows"
            title=t!("Choose how much thinking a question gets")
            text=t!("A workflow says which agents are asked, how often they may mend their work, and what score an answer has to reach.")
        >
            <WorkflowPicker workflows chosen />
            <p role="status" class="mt-10 mb-4 text-sm text-muted">
                {move || chosen.with(|workflow| participants(workflow, shipped::agents().len()))}
            </p>
            <AgentGrid agents chosen />
        </Section>
        <Section
            id="deliberation"
            title=t!("How a deliberation goes")
            text=t!("Nothing is taken on trust: the answer is checked against a list that was written before it.")
        >
            <Deliberation />
        </Section>
        <Section
            id="outcomes"
            title=t!("What an answer says about itself")
            text=t!("Every answer comes with its outcome and with the checklist behind its score.")
        >
            <Outcomes chosen />
        </Section>
        <Section
            id="terminal"
            title=t!("Ask from the terminal")
            text=t!("Progress goes to standard error and the answer to standard output, so it works in a pipe.")
        >
            <CommandLine command=Signal::derive(move || chosen.with(command)) />
            <Options />
        </Section>
    }
    .into_any()
}

#[component]
fn Opening(
    agents: Vec<AgentConfig>,
    chosen: RwSignal<Workflow>,
    status: ModelStatus,
) -> impl IntoView {
    view! {
        <div class="grid items-center gap-12 pt-10 sm:pt-16 lg:grid-cols-[minmax(0,1fr)_22rem] lg:gap-20">
            <div class="max-w-160">
                <h1 class="text-xl font-bold tracking-tight">
                    {t!("Six agents think about your question. One answer comes back, judged.")}
                </h1>
                <p class="mt-4 text-muted">
                    {t!("Overmind asks six agents at once, each with a job of its own: options, order, facts, people, consequences, the next step. It weaves what they say into one answer and holds it against a checklist. What fails goes back to the agents who can mend it.")}
                </p>
                <div class="mt-8">
                    <CommandLine command=format!("overmind ask \"{}\"", question()) />
                </div>
                <div class="mt-5">
                    <ModelNote status />
                </div>
            </div>
            <div class="hidden lg:block no-print">
                <AgentRing agents chosen />
            </div>
        </div>
    }
}

#[component]
fn Section(
    id: &'static str,
    title: &'static str,
    text: &'static str,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <section id=id aria-labelledby=heading class="mt-24">
            <div class="mb-8 max-w-176">
                <h2 id=heading.clone() class="text-lg font-bold tracking-tight">
                    {title}
                </h2>
                <p class="mt-1.5 text-muted">{text}</p>
            </div>
            {children()}
        </section>
    }
}

#[component]
fn Options() -> impl IntoView {
    let options = [
        ("--workflow quick", t!("Fewer agents, fewer calls.")),
        ("--model provider/model", t!("Uses that model throughout.")),
        (
            "--json",
            t!("Prints one object: answer, score, checklist, every contribution, tokens and cost."),
        ),
        ("-", t!("Reads the question from standard input.")),
    ];
    view! {
        <dl class="mt-6 grid gap-x-8 gap-y-3 text-sm sm:grid-cols-[auto_1fr]">
            {options
                .into_iter()
                .map(|(option, text)| {
                    view! {
                        <dt class="font-mono">{option}</dt>
                        <dd class="mb-2 text-muted sm:mb-0">{text}</dd>
                    }
                })
                .collect_view()}
        </dl>
    }
}

fn question() -> &'static str {
    t!("How do I improve team productivity?")
}

/// The default workflow needs no option.
fn command(workflow: &Workflow) -> String {
    let question = question();
    if workflow.id.as_str() == DEFAULT_WORKFLOW {
        format!("overmind ask \"{question}\"")
    } else {
        format!("overmind ask --workflow {} \"{question}\"", workflow.id)
    }
}

fn participants(workflow: &Workflow, all: usize) -> String {
    let name = &workflow.name;
    let asked = workflow.agent_ids.len();
    if asked == all {
        t!("{name} asks all {all} agents.", name, all)
    } else {
        plural!(
            asked,
            "{name} asks one of the {all} agents.",
            "{name} asks {count} of the {all} agents.",
            name,
            all
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_a_workflow_only_when_it_is_not_the_default() {
        let commands: Vec<_> = shipped::workflows().iter().map(command).collect();
        assert_eq!(
            commands,
            [
                "overmind ask --workflow quick \"How do I improve team productivity?\"",
                "overmind ask --workflow balanced \"How do I improve team productivity?\"",
                "overmind ask \"How do I improve team productivity?\"",
            ]
        );
    }

    #[test]
    fn participants_are_counted_in_words_that_fit() {
        let texts: Vec<_> = shipped::workflows()
            .iter()
            .map(|workflow| participants(workflow, 6))
            .collect();
        assert_eq!(
            texts,
            [
                "Quick asks one of the 6 agents.",
                "Balanced asks 3 of the 6 agents.",
                "Overmind asks all 6 agents.",
            ]
        );
    }
}
