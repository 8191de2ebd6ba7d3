//! The page behind every address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }

    view! {
        <Title text=t!("Page not found - Overmind") />
        <div class="max-w-176 py-24">
            <p class="font-mono text-sm text-muted">"404"</p>
            <h1 class="mt-2 text-xl font-bold tracking-tight">
                {t!("There is no page at this address")}
            </h1>
            <p class="mt-3 text-muted">
                {t!("It may have moved, or the address has a typing error in it.")}
            </p>
            <p class="mt-6">
                <a href="/" class="font-medium text-accent underline underline-offset-4">
                    {t!("Go to the start page")}
                </a>
            </p>
        </div>
    }
}
