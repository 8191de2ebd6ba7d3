//! Which agents take part in a workflow, and in which order: a number for each, which buttons
//! write too.

use crate::api::library::Offered;
use crate::components::icon::{self, Icon};
use crate::state::Submission;
use domain::{AgentId, Fields};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Those that take part, in their order, and the others.
pub fn placed(agents: &[Offered], fields: &Fields) -> (Vec<Offered>, Vec<Offered>) {
    let place = |agent: &Offered| -> Option<u32> {
        let text = fields.get(&format!("agent.{}", agent.id))?;
        text.trim().parse().ok()
    };
    let (mut taking_part, others): (Vec<Offered>, Vec<Offered>) =
        agents.iter().cloned().partition(|it| place(it).is_some());
    taking_part.sort_by_key(place);
    (taking_part, others)
}

#[derive(Clone)]
struct Row {
    agent: Offered,
    place: RwSignal<String>,
}

impl Row {
    fn number(&self) -> Option<u32> {
        self.place.with_untracked(|place| place.trim().parse().ok())
    }
}

#[component]
pub fn AgentOrder(agents: Vec<Offered>, fields: Fields, submission: Submission) -> impl IntoView {
    let typed = || -> Fields {
        let typed = agents.iter().filter_map(|agent| {
            let name = format!("agent.{}", agent.id);
            let typed = submission.typed(&format!("fields[{name}]"))?;
            Some((name, typed))
        });
        typed.collect()
    };
    // The browser reads what the server wrote into the page, else it would put the rows elsewhere.
    let typed = SharedValue::new(typed).into_inner();
    let fields = if typed.is_empty() { fields } else { typed };
    let (taking_part, others) = placed(&agents, &fields);
    let count = taking_part.len();
    let rows: Vec<Row> = taking_part
        .into_iter()
        .chain(others)
        .enumerate()
        .map(|(index, agent)| Row {
            agent,
            place: RwSignal::new(if index < count {
                (index + 1).to_string()
            } else {
                String::new()
            }),
        })
        .collect();
    let rows = RwSignal::new(rows);
    let said = RwSignal::new(String::new());
    let error = submission.about("fields[agent_ids]");
    let shift = move |id: String, up: bool| {
        let moved = moved(rows.get_untracked(), &id, up);
        let place = moved.iter().position(|row| row.agent.id == id);
        if let Some(row) = place.and_then(|place| moved.get(place)) {
            let place = row.place.get_untracked();
            said.set(t!("{name} is number {place}", name = row.agent.name, place));
        }
        rows.set(moved);
        // The row that moves loses the focus.
        let button = button_id(&id, up);
        request_animation_frame(move || {
            let button = document().get_element_by_id(&button);
            if let Some(button) = button.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
                let _ = button.focus();
            }
        });
    };

    view! {
        <div role="group" aria-labelledby="agents-label" aria-describedby="agents-hint agents-error">
            <p id="agents-label" class="text-sm font-medium">
                {t!("Who takes part")}
            </p>
            <p id="agents-hint" class="mb-2 text-xs text-muted">
                {t!("Number those that take part: 1, 2, 3. Without a number an agent sits it out.")}
            </p>
            <ul class="divide-y divide-line rounded-md border border-line bg-raised">
                <For each=move || rows.get() key=|row| row.agent.id.clone() let(row)>
                    <OrderRow row shift />
                </For>
            </ul>
            <p aria-live="polite" class="sr-only">
                {said}
            </p>
            <p
                id="agents-error"
                role="alert"
                class="mt-1.5 text-sm font-medium text-bad empty:hidden"
            >
                {move || error.get()}
            </p>
        </div>
    }
}

fn button_id(id: &str, up: bool) -> String {
    format!("{}-{id}", if up { "up" } else { "down" })
}

/// One place up or down. Whoever sits it out comes in at the end when moved up.
fn moved(rows: Vec<Row>, id: &str, up: bool) -> Vec<Row> {
    let (mut taking_part, mut others): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.number().is_some());
    taking_part.sort_by_key(Row::number);
    if let Some(index) = taking_part.iter().position(|row| row.agent.id == id) {
        let other = if up {
            index.checked_sub(1)
        } else {
            Some(index + 1)
        };
        if let Some(other) = other.filter(|other| *other < taking_part.len()) {
            taking_part.swap(index, other);
        }
    } else if up && let Some(index) = others.iter().position(|row| row.agent.id == id) {
        taking_part.push(others.remove(index));
    }
    for (index, row) in taking_part.iter().enumerate() {
        row.place.set((index + 1).to_string());
    }
    taking_part.extend(others);
    taking_part
}

#[component]
fn OrderRow(row: Row, shift: impl Fn(String, bool) + Copy + Send + 'static) -> impl IntoView {
    let Row { agent, place } = row;
    let Offered {
        id,
        name,
        is_active,
    } = agent;
    let button = |up: bool| {
        let id = id.clone();
        let label = if up {
            t!("Move {name} up", name)
        } else {
            t!("Move {name} down", name)
        };
        let class = if up {
            "size-4 -rotate-90"
        } else {
            "size-4 rotate-90"
        };
        view! {
            <button
                type="button"
                id=button_id(&id, up)
                aria-label=label
                class="needs-script grid size-8 shrink-0 cursor-pointer place-items-center rounded-sm text-muted hover:text-text"
                on:click=move |_| shift(id.clone(), up)
            >
                <Icon path=icon::CHEVRON class />
            </button>
        }
    };
    let (up, down) = (button(true), button(false));
    let path = icon::of_agent(&AgentId::new(id.clone()));
    view! {
        <li data-agent=id.clone() class="flex items-center gap-2 px-3 py-1.5 text-sm">
            <input
                type="number"
                name=format!("fields[agent.{id}]")
                min="1"
                max="200"
                step="1"
                autocomplete="off"
                aria-label=t!("Place of {name}", name)
                value=place.get_untracked()
                prop:value=place
                on:input=move |event| place.set(event_target_value(&event))
                class="h-9 w-16 shrink-0 rounded-sm border border-muted/70 bg-surface px-2 text-base tabular-nums sm:text-sm"
            />
            <span class="shrink-0 text-(--agent)">
                <Icon path class="size-4" />
            </span>
            <span class="min-w-0 grow wrap-anywhere">
                {name}
                {(!is_active).then(|| view! { <span class="text-muted">{t!(" (off)")}</span> })}
            </span>
            {up}
            {down}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents() -> Vec<Offered> {
        ["a", "b", "c", "d"]
            .map(|id| Offered {
                id: id.to_owned(),
                name: id.to_uppercase(),
                is_active: true,
            })
            .into()
    }

    fn fields(places: &[(&str, &str)]) -> Fields {
        let place = |(id, place): &(&str, &str)| (format!("agent.{id}"), (*place).to_owned());
        places.iter().map(place).collect()
    }

    #[test]
    fn those_with_a_number_come_first() {
        let (taking_part, others) =
            placed(&agents(), &fields(&[("c", "1"), ("a", "2"), ("b", "")]));
        let ids = |list: Vec<Offered>| list.into_iter().map(|it| it.id).collect::<String>();
        assert_eq!((ids(taking_part), ids(others)), ("ca".into(), "bd".into()));
    }

    #[test]
    fn a_move_writes_the_numbers_anew() {
        let owner = Owner::new();
        owner.with(|| {
            let order = |id: &str, up: bool| {
                let places = ["2", "7", "", ""];
                let rows = agents().into_iter().zip(places).map(|(agent, place)| Row {
                    agent,
                    place: RwSignal::new(place.to_owned()),
                });
                let moved = moved(rows.collect(), id, up).into_iter();
                moved
                    .map(|row| format!("{}{} ", row.agent.id, row.place.get_untracked()))
                    .collect::<String>()
            };
            assert_eq!(order("b", true), "b1 a2 c d ");
            assert_eq!(order("a", true), "a1 b2 c d ");
            assert_eq!(order("b", false), "a1 b2 c d ");
            assert_eq!(order("d", true), "a1 b2 d3 c ");
            assert_eq!(order("d", false), "a1 b2 c d ");
        });
    }
}
