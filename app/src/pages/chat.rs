//! Where a conversation begins: one question, and examples for those who have none yet.

use crate::components::chat::composer::Composer;
use crate::components::model_note::ModelNote;
use crate::state::conversations::ConversationIndex;
use crate::state::{ModelStatus, Visitor};
use crate::texts;
use domain::{Run, WorkflowId};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};

const EXAMPLES: [&str; 3] = [
    marked!("How do I improve team productivity?"),
    marked!("Should a small company write its own software or buy it?"),
    marked!("What makes a good first week in a new job?"),
];

#[component]
pub fn NewConversation() -> impl IntoView {
    let status = use_context::<ModelStatus>().unwrap_or_default();
    let note = !matches!(status, ModelStatus::Connected(_));

    view! {
        <Title text=t!("New conversation - Overmind") />
        <div class="mx-auto flex min-h-full w-full max-w-176 flex-col justify-center gap-6 px-5 py-10 sm:px-8">
            <h1 class="text-xl font-bold tracking-tight">{t!("What do you want to know?")}</h1>
            {if Visitor::expect().may_ask() {
                view! { <FirstQuestion /> }.into_any()
            } else {
                view! { <ReadersNote /> }.into_any()
            }}
            {note.then(|| view! { <ModelNote status /> })}
        </div>
    }
}

#[component]
fn FirstQuestion() -> impl IntoView {
    let suggestion = RwSignal::new(None);
    // Where a workflow's page leads to it.
    let workflow_id =
        use_query_map().with_untracked(|query| query.get_str("workflow").map(WorkflowId::from));
    let index = ConversationIndex::expect();
    let navigate = use_navigate();
    let on_asked = Callback::new(move |(run, _): (Run, String)| {
        index.changed();
        navigate(&format!("/c/{}", run.conversation_id), Default::default());
    });
    view! {
        <Composer active=Signal::stored(None) workflow_id suggestion on_asked />
        <div class="needs-script">
            <p class="text-sm text-muted">{t!("For example")}</p>
            <ul class="mt-2 grid gap-2">
                {EXAMPLES
                    .into_iter()
                    .map(texts::of)
                    .map(|example| {
                        view! {
                            <li>
                                <button
                                    type="button"
                                    class="w-full cursor-pointer rounded-md border border-line px-4 py-2.5 text-left text-sm transition-colors hover:border-muted/70 hover:bg-raised"
                                    on:click=move |_| suggestion.set(Some(example))
                                >
                                    {example}
                                </button>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </div>
    }
}

/// In place of the composer.
#[component]
pub fn ReadersNote() -> impl IntoView {
    view! {
        <p class="text-sm text-muted">
            {t!("Viewers read; ask an admin for the role user to ask questions.")}
        </p>
    }
}
