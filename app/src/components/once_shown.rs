//! A secret that is shown only once, to be copied: an invitation's link, an API key.

use crate::components::command_line::write_to_clipboard;
use crate::state::page_is_an_answer;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub fn OnceShown(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    secret: String,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let copied = RwSignal::new(None::<bool>);
    let text = secret.clone();
    let hint_id = format!("{id}-hint");
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let done = write_to_clipboard(&text).await;
            if !done && let Some(input) = input.get_untracked() {
                input.select();
            }
            copied.set(Some(done));
        });
    };
    view! {
        <div class="mt-5 rounded-md border border-good/50 bg-raised p-4">
            <label for=id class="block text-sm font-medium">
                {label}
            </label>
            <p id=hint_id.clone() class="text-xs text-muted">
                {hint}
            </p>
            <div class="mt-2 flex gap-2">
                <input
                    node_ref=input
                    id=id
                    type="text"
                    readonly
                    autofocus=page_is_an_answer()
                    value=secret
                    aria-describedby=hint_id
                    class="h-9 min-w-0 grow rounded-sm border border-muted/70 bg-surface px-3 font-mono text-xs"
                    on:focus=move |_| {
                        if let Some(input) = input.get_untracked() {
                            input.select();
                        }
                    }
                />
                <button
                    type="button"
                    class="needs-script h-9 w-24 shrink-0 cursor-pointer rounded-sm border border-line px-3 text-sm font-medium hover:border-muted/70"
                    on:click=copy
                >
                    {move || match copied.get() {
                        None => t!("Copy"),
                        Some(true) => t!("Copied"),
                        Some(false) => t!("Selected"),
                    }}
                </button>
            </div>
        </div>
    }
}
