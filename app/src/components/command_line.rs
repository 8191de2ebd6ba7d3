//! A command for the terminal, with a button that copies it.

use crate::components::icon::{self, Icon};
use leptos::html::Code;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

#[derive(Clone, Copy, PartialEq)]
enum Copy {
    Idle,
    Done,
    /// The browser has no clipboard for us; the command is selected instead.
    ByHand,
}

#[component]
pub fn CommandLine(#[prop(into)] command: Signal<String>) -> impl IntoView {
    let copy = RwSignal::new(Copy::Idle);
    let code = NodeRef::<Code>::new();

    let on_click = move |_| {
        spawn_local(async move {
            let copied = write_to_clipboard(&command.get_untracked()).await;
            if !copied && let Some(code) = code.get_untracked() {
                select(&code);
            }
            copy.set(if copied { Copy::Done } else { Copy::ByHand });
            set_timeout(move || copy.set(Copy::Idle), Duration::from_secs(3));
        });
    };

    view! {
        <div class="flex items-start gap-2 rounded-md border border-line bg-raised py-2 pr-2 pl-4">
            <code
                node_ref=code
                class="min-w-0 grow py-1.5 font-mono text-sm wrap-break-word before:mr-2 before:text-muted before:content-['$'] before:select-none"
            >
                {command}
            </code>
            <button
                type="button"
                class="needs-script flex h-9 shrink-0 cursor-pointer items-center justify-center gap-1.5 rounded-sm border border-line px-2.5 text-xs font-medium text-muted transition-colors hover:text-text sm:w-26 no-print"
                on:click=on_click
            >
                <Show
                    when=move || copy.get() == Copy::Done
                    fallback=|| view! { <Icon path=icon::COPY class="size-4" /> }
                >
                    <span class="text-good">
                        <Icon path=icon::CHECK class="size-4" />
                    </span>
                </Show>
                <span aria-live="polite" class="max-sm:sr-only">
                    {move || match copy.get() {
                        Copy::Idle => t!("Copy"),
                        Copy::Done => t!("Copied"),
                        Copy::ByHand => t!("Selected"),
                    }}
                </span>
            </button>
        </div>
    }
}

/// False where the browser has no clipboard for us.
pub async fn write_to_clipboard(text: &str) -> bool {
    // Elsewhere the clipboard is undefined, and asking for it would throw.
    if !window().is_secure_context() {
        return false;
    }
    JsFuture::from(window().navigator().clipboard().write_text(text))
        .await
        .is_ok()
}

fn select(code: &leptos::web_sys::HtmlElement) {
    if let Ok(Some(selection)) = window().get_selection() {
        let _ = selection.select_all_children(code);
    }
}
