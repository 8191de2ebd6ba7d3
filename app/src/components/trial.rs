//! What an agent said when it was asked alone: read, and as its model wrote it.

use crate::api::Refused;
use crate::components::chat::inspector::contributions::Contributed;
use domain::Trial;
use leptos::prelude::*;

/// What failed says its provider, in its own words.
#[component]
pub fn Tried(result: Result<Trial, Refused>) -> impl IntoView {
    match result {
        Ok(Trial {
            contribution,
            reply,
        }) => view! {
            <Contributed contribution />
            <details class="mt-2">
                <summary class="cursor-pointer rounded-sm py-0.5 text-muted">
                    {t!("Raw reply")}
                </summary>
                <p class="mt-1 rounded-sm border border-line bg-surface p-2 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
                    {reply}
                </p>
            </details>
        }
        .into_any(),
        Err(refused) => view! {
            <p role="alert" class="mt-1 text-bad wrap-anywhere">
                {refused.message()}
            </p>
        }
        .into_any(),
    }
}
