//! Copies a text as it was written, not as it is shown.

use crate::components::chat::QUIET;
use crate::components::command_line::write_to_clipboard;
use crate::components::icon::{self, Icon};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

#[component]
pub fn CopyButton(text: String) -> impl IntoView {
    let said = RwSignal::new("Copy");
    let text = StoredValue::new(text);
    let copy = move |_| {
        spawn_local(async move {
            let copied = write_to_clipboard(&text.get_value()).await;
            said.set(if copied {
                "Copied"
            } else {
                "This browser does not let us copy"
            });
            // The page may be gone by then.
            let reset = move || {
                said.try_set("Copy");
            };
            set_timeout(reset, Duration::from_secs(3));
        });
    };
    view! {
        <button type="button" class=format!("needs-script {QUIET}") on:click=copy>
            <Icon path=icon::COPY class="size-4" />
            <span aria-live="polite">{said}</span>
        </button>
    }
}
