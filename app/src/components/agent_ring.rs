//! The agents around the one answer they lead to: a picture of the chosen workflow.

use crate::components::icon;
use domain::{AgentConfig, Workflow};
use leptos::prelude::*;
use std::f64::consts::TAU;

const CENTRE: f64 = 180.0;
const RADIUS: f64 = 134.0;
const NODE: f64 = 27.0;
const HUB: f64 = 47.0;

/// Says nothing that the text beside it does not say, so screen readers skip it.
#[component]
pub fn AgentRing(agents: Vec<AgentConfig>, chosen: RwSignal<Workflow>) -> impl IntoView {
    let count = agents.len();
    let nodes = agents
        .into_iter()
        .enumerate()
        .map(|(index, agent)| {
            let turn = index as f64 / count as f64;
            view! { <Node agent turn chosen /> }
        })
        .collect_view();

    view! {
        <svg viewBox="0 0 360 360" fill="none" aria-hidden="true" class="w-full">
            <circle cx=CENTRE cy=CENTRE r=RADIUS class="stroke-line" />
            {nodes}
            <circle cx=CENTRE cy=CENTRE r=HUB class="fill-raised stroke-accent" stroke-width="1.5" />
            <text
                x=CENTRE
                y=CENTRE
                text-anchor="middle"
                class="fill-text text-sm font-medium"
            >
                <tspan x=CENTRE dy="-3">{t!("One")}</tspan>
                <tspan x=CENTRE dy="18">{t!("answer")}</tspan>
            </text>
        </svg>
    }
}

#[component]
fn Node(agent: AgentConfig, turn: f64, chosen: RwSignal<Workflow>) -> impl IntoView {
    let path = icon::of_agent(&agent.id);
    let id = agent.id.clone();
    let asked = move || {
        chosen
            .with(|workflow| workflow.agent_ids.contains(&id))
            .to_string()
    };
    let (sin, cos) = ((turn - 0.25) * TAU).sin_cos();
    // Whole tenths: server and browser must write the same text.
    let at = |distance: f64| {
        let tenth = |value: f64| (value * 10.0).round() / 10.0;
        (
            tenth(CENTRE + distance * cos),
            tenth(CENTRE + distance * sin),
        )
    };
    let (x, y) = at(RADIUS);
    let (from_x, from_y) = at(RADIUS - NODE);
    let (to_x, to_y) = at(HUB);

    view! {
        <g data-agent=agent.id.to_string() data-asked=asked class="group">
            <line
                x1=from_x
                y1=from_y
                x2=to_x
                y2=to_y
                stroke-width="1.5"
                class="stroke-line transition-colors group-data-[asked=true]:stroke-(--agent)"
            />
            <circle
                cx=x
                cy=y
                r=NODE
                stroke-width="1.5"
                class="fill-surface stroke-line transition-colors group-data-[asked=true]:fill-(--agent-wash) group-data-[asked=true]:stroke-(--agent)"
            />
            <g
                transform=format!("translate({} {})", x - 12.0, y - 12.0)
                stroke-width="1.6"
                stroke-linecap="round"
                stroke-linejoin="round"
                class="stroke-muted transition-colors group-data-[asked=true]:stroke-(--agent)"
            >
                <path d=path></path>
            </g>
        </g>
    }
}
