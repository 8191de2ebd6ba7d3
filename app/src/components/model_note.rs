//! One line, always there: which model would answer, and how to connect another.

use crate::state::ModelStatus;
use leptos::prelude::*;

#[component]
pub fn ModelNote(status: ModelStatus) -> impl IntoView {
    let (dot, head) = match &status {
        ModelStatus::Demonstration => ("bg-warn", "Demonstration model.".to_owned()),
        ModelStatus::Connected(models) => ("bg-good", format!("Connected: {}.", models.join(", "))),
        ModelStatus::None => ("bg-bad", "No model is connected.".to_owned()),
    };
    let rest = match status {
        ModelStatus::Demonstration => view! {
            "Answers come from the small model that is built in: good for trying the flow. For real answers set one of "
            <ProviderVariables />
            "."
        }
        .into_any(),
        ModelStatus::Connected(_) => "Every answer names the models behind it.".into_any(),
        ModelStatus::None => view! {
            "Set one of "
            <ProviderVariables />
            ", or fetch the small built-in model. "
            <Literal text="overmind models" />
            " says what is missing."
        }
        .into_any(),
    };

    view! {
        <p role="note" class="flex gap-3 text-sm text-muted">
            <span aria-hidden="true" class=format!("mt-2 size-2 shrink-0 rounded-full {dot}")></span>
            <span>
                <span class="font-medium text-text">{head}</span>
                " "
                {rest}
            </span>
        </p>
    }
}

#[component]
fn ProviderVariables() -> impl IntoView {
    view! {
        <Literal text="OPENAI_API_KEY" />
        ", "
        <Literal text="ANTHROPIC_API_KEY" />
        ", "
        <Literal text="GEMINI_API_KEY" />
        " or "
        <Literal text="OLLAMA_HOST" />
    }
}

#[component]
fn Literal(text: &'static str) -> impl IntoView {
    view! { <code class="font-mono text-xs">{text}</code> }
}
