//! In the place of a conversation or a run that the reader does not get to see.

use crate::api::Refused;
use crate::pages::NotFound;
use leptos::prelude::*;
use leptos_meta::Title;

/// What is somebody else's looks like what never was.
#[component]
pub fn NotShown(
    /// Of the window.
    title: &'static str,
    heading: &'static str,
    refused: Refused,
) -> impl IntoView {
    if matches!(refused.0.http_status(), 403 | 404) {
        return view! {
            <div class="px-5 sm:px-8">
                <NotFound />
            </div>
        }
        .into_any();
    }
    view! {
        <Title text=t!("{title} - Overmind", title) />
        <div class="mx-auto max-w-176 px-5 py-24 sm:px-8">
            <h1 class="text-lg font-bold">{heading}</h1>
            <p role="alert" class="mt-3 text-muted">
                {refused.message()}
            </p>
        </div>
    }
    .into_any()
}
