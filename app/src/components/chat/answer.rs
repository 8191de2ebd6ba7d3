//! A finished answer at reading size, and what can be done with it.

use crate::components::chat::QUIET;
use crate::components::chat::copy::CopyButton;
use crate::components::chat::inspector::{Tab, address, link_id};
use crate::state::SavedPreferences;
use domain::Run;
use leptos::prelude::*;

/// `html` is what the server rendered and sanitized; without it the text is shown as it is.
#[component]
pub fn Answer(run: Run, content: String, html: Option<String>) -> impl IntoView {
    let body = match html {
        Some(html) => {
            view! { <div data-testid="final-answer" class="answer" inner_html=html></div> }
                .into_any()
        }
        None => view! {
            <div data-testid="final-answer" class="answer whitespace-pre-wrap">
                {content.clone()}
            </div>
        }
        .into_any(),
    };
    view! {
        <h2 class="sr-only">"Answer"</h2>
        {body}
        <div class="mt-3 -ml-2 flex flex-wrap items-center gap-x-1 no-print">
            <CopyButton text=content />
            <InspectorLinks run />
        </div>
    }
}

/// One link per tab of the inspector: it is part of the address, so it works without scripts.
#[component]
pub fn InspectorLinks(run: Run) -> impl IntoView {
    let saved = SavedPreferences::expect();
    let (run_id, conversation) = (run.id, run.conversation_id);
    move || {
        Tab::offered(saved.get().show_debug_info)
            .map(|tab| {
                view! {
                    <a
                        id=link_id(run_id, tab)
                        href=address(conversation, Some((run_id, tab)))
                        data-noscroll="true"
                        class=QUIET
                    >
                        {tab.label()}
                    </a>
                }
            })
            .collect_view()
    }
}
