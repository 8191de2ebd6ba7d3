//! The pages of Overmind: the document shell, the routes and what every page shares.
//! Pages live in `pages/`, their parts in `components/`; business code lives below this crate.

pub mod components;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod state;

use crate::components::site_frame::{SiteFooter, SiteHeader};
use crate::pages::{Home, NotFound};
use crate::state::ModelStatus;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// The document around every page; rendered on the server only.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos_meta::{HashedStylesheet, MetaTags};

    ssr::send_content_security_policy(&options);
    let theme = ssr::chosen_theme();

    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.map(|theme| theme.as_str())>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link
                    rel="preload"
                    href="/fonts/geist-latin.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <HashedStylesheet options=options.clone() id="overmind" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(model_status());

    view! {
        // The router would swallow the click and leave the focus where it was.
        <a
            href="#main"
            rel="external"
            class="sr-only z-10 rounded-sm bg-raised px-3 py-2 text-sm font-medium focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
        >
            "Skip to content"
        </a>
        <Router>
            <SiteHeader />
            <main id="main" tabindex="-1" class="mx-auto w-full max-w-272 px-5 outline-none sm:px-8">
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Home />
                </Routes>
            </main>
            <SiteFooter />
        </Router>
    }
}

/// The server knows it; the browser reads what the server wrote into the page.
fn model_status() -> ModelStatus {
    #[cfg(feature = "ssr")]
    let known = || {
        use_context::<ssr::AppState>()
            .map(|state| state.models)
            .unwrap_or_default()
    };
    #[cfg(not(feature = "ssr"))]
    let known = ModelStatus::default;
    SharedValue::new(known).into_inner()
}
