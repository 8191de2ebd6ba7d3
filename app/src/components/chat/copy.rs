//! Copies a text as it was written, not as it is shown.

use crate::components::chat::QUIET;
use crate::components::command_line::write_to_clipboard;
use crate::components::icon::{self, Icon};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

#[component]
pub fn CopyButton(
    text: String,
    #[prop(default = t!("Copy"))] label: &'static str,
    /// The text is an address of this site, and is copied whole.
    #[prop(optional)]
    is_address: bool,
) -> impl IntoView {
    let said = RwSignal::new(label);
    let text = StoredValue::new(text);
    let path = if is_address { icon::LINK } else { icon::COPY };
    let copy = move |_| {
        spawn_local(async move {
            let mut text = text.get_value();
            if is_address && let Ok(origin) = window().location().origin() {
                text.insert_str(0, &origin);
            }
            let copied = write_to_clipboard(&text).await;
            said.set(if copied {
                t!("Copied")
            } else {
                t!("This browser does not let us copy")
            });
            // The page may be gone by then.
            let reset = move || {
                said.try_set(label);
            };
            set_timeout(reset, Duration::from_secs(3));
        });
    };
    view! {
        <button type="button" class=format!("needs-script {QUIET}") on:click=copy>
            <Icon path class="size-4" />
            <span aria-live="polite">{said}</span>
        </button>
    }
}
