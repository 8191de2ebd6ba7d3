//! The agents, each with its job; those that the chosen workflow asks stand out.

use crate::components::icon::{self, Icon};
use domain::{AgentConfig, Workflow};
use leptos::prelude::*;

#[component]
pub fn AgentGrid(agents: Vec<AgentConfig>, chosen: RwSignal<Workflow>) -> impl IntoView {
    view! {
        <ul class="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
            {agents
                .into_iter()
                .map(|agent| view! { <AgentCard agent chosen /> })
                .collect_view()}
        </ul>
    }
}

#[component]
fn AgentCard(agent: AgentConfig, chosen: RwSignal<Workflow>) -> impl IntoView {
    let id = agent.id.clone();
    let asked = Memo::new(move |_| chosen.with(|workflow| workflow.agent_ids.contains(&id)));

    view! {
        <li
            data-agent=agent.id.to_string()
            data-asked=move || asked.get().to_string()
            class="group rounded-md border border-line p-5 transition-colors data-[asked=true]:border-(--agent)/45 data-[asked=true]:bg-raised"
        >
            <div class="flex items-center gap-3">
                <span class="grid size-9 shrink-0 place-items-center rounded-sm bg-line/50 text-muted transition-colors group-data-[asked=true]:bg-(--agent-wash) group-data-[asked=true]:text-(--agent)">
                    <Icon path=icon::of_agent(&agent.id) />
                </span>
                <div class="min-w-0 grow">
                    <h3 class="leading-snug font-medium">{agent.name}</h3>
                    <p class="text-sm text-muted">{agent.role}</p>
                </div>
            </div>
            <p class="mt-3 text-sm text-muted group-data-[asked=true]:text-text">{agent.goal}</p>
            <p class="mt-3 text-xs text-muted group-data-[asked=true]:text-(--agent)">
                {move || if asked.get() { t!("Takes part") } else { t!("Sits this one out") }}
            </p>
        </li>
    }
}
