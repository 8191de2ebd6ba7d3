//! The fields of an agent and of a workflow, drawn by one list: as a form for whoever may change
//! them, as words for everybody else.

use super::order::AgentOrder;
use crate::api::library::{Offered, Shelf};
use crate::components::form::{Checkbox, Select, TextArea, TextField};
use crate::components::known_models::KnownModels;
use crate::state::{Submission, Visitor};
use crate::texts;
use domain::Fields;
use leptos::prelude::*;

#[derive(Clone, Copy)]
enum Kind {
    /// On one line, with its greatest length.
    Line(&'static str),
    /// Its rows and its greatest length.
    Text(&'static str, &'static str),
    /// Least, greatest, step.
    Number(&'static str, &'static str, &'static str),
    Model,
    /// One on each line.
    Models,
    Choice(&'static [(&'static str, &'static str)]),
    Check,
    /// Shown to admins; others send it along as it is.
    AdminsCheck,
    /// Which agents, and in which order.
    Agents,
}

#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    label: &'static str,
    kind: Kind,
    hint: &'static str,
    required: bool,
}

const fn field(name: &'static str, label: &'static str, kind: Kind, hint: &'static str) -> Field {
    Field {
        name,
        label,
        kind,
        hint,
        required: false,
    }
}

const fn needed(name: &'static str, label: &'static str, kind: Kind, hint: &'static str) -> Field {
    Field {
        required: true,
        ..field(name, label, kind, hint)
    }
}

type Group = (&'static str, &'static [Field]);

const AGENT: &[Group] = &[
    (
        marked!("What it does"),
        &[
            needed("fields[name]", marked!("Name"), Kind::Line("100"), ""),
            needed(
                "fields[role]",
                marked!("Role"),
                Kind::Line("200"),
                marked!("Its job in a few words: finds errors, checks facts and numbers"),
            ),
            needed(
                "fields[goal]",
                marked!("Goal"),
                Kind::Text("3", "2000"),
                marked!("What it is told to reach"),
            ),
            field(
                "fields[backstory]",
                marked!("Backstory"),
                Kind::Text("3", "8000"),
                marked!("How it thinks and what it cares about"),
            ),
        ],
    ),
    (
        marked!("Model"),
        &[
            field(
                "fields[llm_config.model]",
                marked!("Model"),
                Kind::Model,
                marked!("As provider/model. Empty: the workflow's, or the usual one."),
            ),
            field(
                "fields[llm_config.fallbacks]",
                marked!("Fallback models"),
                Kind::Models,
                marked!("One on each line, tried in this order when the model fails. At most 5."),
            ),
            field(
                "fields[llm_config.temperature]",
                marked!("Temperature"),
                Kind::Number("0", "2", "any"),
                marked!("0 to 2: higher is freer. Empty: as the model does."),
            ),
            field(
                "fields[llm_config.max_tokens]",
                marked!("Tokens at most"),
                Kind::Number("16", "1000000", "1"),
                marked!("Of one reply"),
            ),
            field(
                "fields[llm_config.top_p]",
                marked!("Top p"),
                Kind::Number("0", "1", "any"),
                marked!("0 to 1"),
            ),
            field(
                "fields[llm_config.frequency_penalty]",
                marked!("Frequency penalty"),
                Kind::Number("-2", "2", "any"),
                marked!("-2 to 2"),
            ),
            field(
                "fields[llm_config.presence_penalty]",
                marked!("Presence penalty"),
                Kind::Number("-2", "2", "any"),
                marked!("-2 to 2"),
            ),
        ],
    ),
    (
        marked!("How it answers"),
        &[
            field(
                "fields[output_format]",
                marked!("Output format"),
                Kind::Choice(&[
                    ("sim_4_lines", marked!("Four lines")),
                    ("json", marked!("JSON")),
                    ("markdown", marked!("Markdown")),
                ]),
                "",
            ),
            field(
                "fields[allow_delegation]",
                marked!("May ask another agent"),
                Kind::Check,
                marked!("One sub-question to one other agent, before it answers."),
            ),
            field(
                "fields[verbose]",
                marked!("Tells its whole reasoning"),
                Kind::Check,
                marked!("In the detail beside its lines, not only a summary."),
            ),
        ],
    ),
];

const WORKFLOW: &[Group] = &[
    (
        marked!("What it is for"),
        &[
            needed("fields[name]", marked!("Name"), Kind::Line("100"), ""),
            field(
                "fields[description]",
                marked!("Description"),
                Kind::Text("2", "1000"),
                marked!("For which questions"),
            ),
            field(
                "fields[is_public]",
                marked!("Public"),
                Kind::AdminsCheck,
                marked!("Everybody in the organization may use it."),
            ),
        ],
    ),
    (
        marked!("Agents"),
        &[
            field("fields[agent_ids]", marked!("Agents"), Kind::Agents, ""),
            field(
                "fields[execution_mode]",
                marked!("They work"),
                Kind::Choice(&[
                    ("parallel", marked!("At the same time")),
                    (
                        "sequential",
                        marked!("One after the other, each reading the others"),
                    ),
                ]),
                "",
            ),
        ],
    ),
    (
        marked!("Synthesis"),
        &[
            field(
                "fields[synthesis_mode]",
                marked!("Woven together"),
                Kind::Choice(&[
                    ("staged", marked!("Phase by phase")),
                    (
                        "combined",
                        marked!("In one step: for small or cheap models"),
                    ),
                ]),
                "",
            ),
            field(
                "fields[model]",
                marked!("Model"),
                Kind::Model,
                marked!("For every agent and phase that names none. Empty: the usual one."),
            ),
            field(
                "fields[synthesizer_models]",
                marked!("Synthesizer models"),
                Kind::Models,
                marked!("One on each line, the first preferred. At most 5."),
            ),
            field(
                "fields[judge_models]",
                marked!("Judge models"),
                Kind::Models,
                marked!(
                    "One on each line, the first preferred. Another model than the synthesizer's judges more freely."
                ),
            ),
        ],
    ),
    (
        marked!("When to stop"),
        &[
            needed(
                "fields[quality_threshold]",
                marked!("Quality threshold"),
                Kind::Number("0", "10", "any"),
                marked!("0 to 10: the score with which an answer passes"),
            ),
            needed(
                "fields[max_n2_iterations]",
                marked!("Rounds at most"),
                Kind::Number("1", "20", "1"),
                "",
            ),
            field(
                "fields[deadline_s]",
                marked!("Deadline in seconds"),
                Kind::Number("5", "86400", "1"),
                marked!("After it the best so far is the answer"),
            ),
            field(
                "fields[soft_deadline_s]",
                marked!("Soft deadline in seconds"),
                Kind::Number("1", "3600", "1"),
                marked!(
                    "After it a round goes on without those who have not answered, once enough have"
                ),
            ),
            field(
                "fields[budget.calls]",
                marked!("Calls at most"),
                Kind::Number("1", "10000", "1"),
                "",
            ),
            field(
                "fields[budget.tokens]",
                marked!("Tokens at most"),
                Kind::Number("1", "1000000000000", "1"),
                "",
            ),
            field(
                "fields[budget.cost]",
                marked!("Cost at most, in US dollars"),
                Kind::Number("0.000001", "1000000", "any"),
                marked!("Counts only models whose price is known"),
            ),
        ],
    ),
];

fn groups(shelf: Shelf) -> &'static [Group] {
    match shelf {
        Shelf::Agents => AGENT,
        Shelf::Workflows => WORKFLOW,
    }
}

fn value(fields: &Fields, name: &str) -> Option<String> {
    let key = name.strip_prefix("fields[")?.strip_suffix(']')?;
    fields.get(key).cloned()
}

/// The controls of a form.
#[component]
pub fn FieldGroups(
    shelf: Shelf,
    fields: Fields,
    agents: Vec<Offered>,
    submission: Submission,
) -> impl IntoView {
    let draw = |&(title, group): &Group| {
        let controls = group
            .iter()
            .map(|field| {
                let value = value(&fields, field.name);
                match field.kind {
                    Kind::Agents => {
                        let (agents, fields) = (agents.clone(), fields.clone());
                        view! { <AgentOrder agents fields submission /> }.into_any()
                    }
                    _ => view! { <Control field=*field value submission /> }.into_any(),
                }
            })
            .collect_view();
        view! {
            <fieldset class="min-w-0">
                <legend class="mb-4 text-base font-bold">{texts::of(title)}</legend>
                <div class="grid gap-5">{controls}</div>
            </fieldset>
        }
    };
    view! {
        {groups(shelf).iter().map(draw).collect_view()}
        <KnownModels />
    }
}

#[component]
fn Control(field: Field, value: Option<String>, submission: Submission) -> impl IntoView {
    let Field {
        name,
        label,
        kind,
        hint,
        required,
    } = field;
    let (label, hint) = (texts::of(label), texts::of(hint));
    let is_set = value.is_some();
    let value = value.unwrap_or_default();
    match kind {
        Kind::Line(maxlength) => {
            view! { <TextField label name maxlength required value hint submission /> }.into_any()
        }
        Kind::Model => {
            view! { <TextField label name list="models" value hint submission /> }.into_any()
        }
        Kind::Number(min, max, step) => view! {
            <div class="max-w-64">
                <TextField
                    label
                    name
                    kind="number"
                    min
                    max
                    step
                    required
                    value
                    hint
                    submission
                />
            </div>
        }
        .into_any(),
        Kind::Text(rows, maxlength) => {
            view! { <TextArea label name rows maxlength required value hint submission /> }
                .into_any()
        }
        Kind::Models => view! { <TextArea label name rows="2" value hint submission /> }.into_any(),
        Kind::Choice(choices) => {
            let options = choices
                .iter()
                .map(|&(value, words)| (value.to_owned(), texts::of(words).to_owned()))
                .collect();
            view! { <Select label name options chosen=value hint submission /> }.into_any()
        }
        Kind::AdminsCheck if !Visitor::expect().is_admin() => is_set
            .then(|| view! { <input type="hidden" name=name value="on" /> })
            .into_any(),
        Kind::Check | Kind::AdminsCheck => {
            view! { <Checkbox label name checked=is_set hint submission /> }.into_any()
        }
        Kind::Agents => ().into_any(),
    }
}

/// The same in words, for those who may only read.
#[component]
pub fn FieldWords(shelf: Shelf, fields: Fields, agents: Vec<Offered>) -> impl IntoView {
    let draw = |&(title, group): &Group| {
        let lines = group
            .iter()
            .map(|field| {
                let words = words(field.kind, value(&fields, field.name), &fields, &agents);
                view! {
                    <dt class="text-muted sm:col-start-1">{texts::of(field.label)}</dt>
                    <dd class="mb-2 whitespace-pre-wrap wrap-anywhere sm:mb-0">{words}</dd>
                }
            })
            .collect_view();
        view! {
            <section class="border-t border-line pt-5">
                <h2 class="mb-3 text-base font-bold">{texts::of(title)}</h2>
                <dl class="grid gap-x-6 gap-y-1 text-sm sm:grid-cols-[12rem_minmax(0,1fr)] sm:gap-y-2">
                    {lines}
                </dl>
            </section>
        }
    };
    groups(shelf).iter().map(draw).collect_view()
}

fn words(kind: Kind, value: Option<String>, fields: &Fields, agents: &[Offered]) -> String {
    match (kind, value) {
        (Kind::Check | Kind::AdminsCheck, Some(_)) => t!("Yes").to_owned(),
        (Kind::Check | Kind::AdminsCheck, None) => t!("No").to_owned(),
        (Kind::Choice(choices), Some(value)) => choices
            .iter()
            .find(|(choice, _)| *choice == value)
            .map_or(value, |&(_, words)| texts::of(words).to_owned()),
        (Kind::Agents, _) => {
            let (taking_part, _) = super::order::placed(agents, fields);
            let names: Vec<String> = taking_part.into_iter().map(|agent| agent.name).collect();
            names.join("\n")
        }
        (_, Some(value)) if !value.is_empty() => value,
        _ => t!("Not set").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{AgentForm, WorkflowForm};
    use std::collections::BTreeSet;

    /// Every field of a form stands on its page, and the page has no other.
    #[test]
    fn pages_have_every_field() {
        let names = |shelf| -> BTreeSet<String> {
            groups(shelf)
                .iter()
                .flat_map(|(_, fields)| fields.iter())
                .map(|field| field.name.to_owned())
                .collect()
        };
        let mut agent = AgentForm::from_fields(&Fields::new()).expect("nothing is wrong yet");
        let config = &mut agent.llm_config;
        config.model = "a/b".parse().ok();
        config.temperature = Some(0.5);
        config.max_tokens = Some(100);
        config.top_p = Some(0.5);
        config.frequency_penalty = Some(0.5);
        config.presence_penalty = Some(0.5);
        (agent.allow_delegation, agent.verbose) = (true, true);
        let fields = |fields: Fields| -> BTreeSet<String> {
            fields.keys().map(|key| format!("fields[{key}]")).collect()
        };
        assert_eq!(names(Shelf::Agents), fields(agent.to_fields()));

        let mut workflow = WorkflowForm::usual();
        workflow.model = "a/b".parse().ok();
        workflow.budget.calls = Some(1);
        workflow.budget.tokens = Some(1);
        workflow.budget.cost_micros = Some(1);
        workflow.soft_deadline_s = Some(1);
        workflow.is_public = true;
        let mut fields = fields(workflow.to_fields());
        fields.insert("fields[agent_ids]".to_owned());
        assert_eq!(names(Shelf::Workflows), fields);
    }
}
