//! One line, always there: which model would answer, and how to connect another.

use crate::state::ModelStatus;
use leptos::prelude::*;

#[component]
pub fn ModelNote(status: ModelStatus) -> impl IntoView {
    let (dot, head, rest) = match status {
        ModelStatus::Demonstration => (
            "bg-warn",
            "Demonstration model.".to_owned(),
            "Answers come from the small model that is built in: good for trying the flow. For real \
             answers set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or OLLAMA_HOST.",
        ),
        ModelStatus::Connected(models) => {
            ("bg-good", format!("Connected: {}.", models.join(", ")), "Every run names the models that it used.")
        }
        ModelStatus::None => (
            "bg-bad",
            "No model is connected.".to_owned(),
            "Set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or OLLAMA_HOST, or fetch the \
             built-in model. The command `overmind models` says what is missing.",
        ),
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
