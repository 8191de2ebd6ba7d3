//! The pages of Overmind: the document shell, the routes and what every page shares.
//! Pages live in `pages/`, their parts in `components/`; business code lives below this crate.

// The type of a page names every element in it.
#![recursion_limit = "512"]

// First: its macros are there for all that follow.
#[macro_use]
mod texts;

pub mod api;
pub mod components;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod state;

use crate::components::admin_frame::ForAdmins;
use crate::components::site_frame::SiteFrame;
use crate::components::workspace::Workspace;
use crate::pages::{ConversationPage, Home, NewConversation, NotFound, lazy};
use crate::state::conversations::ConversationIndex;
use crate::state::live::Live;
use crate::state::{ModelStatus, Visitor};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{Lazy, SsrMode, path};

#[cfg(feature = "ssr")]
const GO_BY_OWN_ADDRESS: &str =
    "history.replaceState(null, \"\", document.currentScript.dataset.address)";

/// The document around every page; rendered on the server only.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos_meta::{HashedStylesheet, MetaTags};

    ssr::send_content_security_policy(&options);
    let theme = ssr::chosen_theme();
    // The answer to a form has the form's address; scripts, if there are any, go by the page's own.
    let own_address = ssr::typed::own_address().map(|address| {
        view! {
            <script nonce=leptos::nonce::use_nonce() data-address=address>
                {GO_BY_OWN_ADDRESS}
            </script>
        }
    });

    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.map(|theme| theme.as_str())>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                {own_address}
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
    provide_context(visitor());
    Live::provide();
    ConversationIndex::provide();

    view! {
        // The router would swallow the click and leave the focus where it was.
        <a
            href="#main"
            rel="external"
            class="sr-only z-10 rounded-sm bg-raised px-3 py-2 text-sm font-medium focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
        >
            {t!("Skip to content")}
        </a>
        <Router>
            <Routes fallback=|| view! { <SiteFrame><NotFound /></SiteFrame> }>
                // Pages are complete before they are sent: they read without scripts, and an unknown
                // conversation can still answer 404.
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("/") view=Start />
                    <Route path=path!("/c/:id") view=|| members_only(ConversationPage) />
                    <Route path=path!("/c/:id/share") view={Lazy::<lazy::Share>::new()} />
                    <Route path=path!("/c/:id/runs/:run") view={Lazy::<lazy::Deliberation>::new()} />
                    <Route path=path!("/shared/:token") view={Lazy::<lazy::Shared>::new()} />
                    <ParentRoute path=path!("/agents") view=|| view! { <Outlet /> }>
                        <Route path=path!("") view={Lazy::<lazy::Agents>::new()} />
                        <Route path=path!("/new") view={Lazy::<lazy::NewAgent>::new()} />
                        <Route path=path!("/:id") view={Lazy::<lazy::Agent>::new()} />
                        <Route path=path!("/:id/versions") view={Lazy::<lazy::AgentVersions>::new()} />
                    </ParentRoute>
                    <ParentRoute path=path!("/workflows") view=|| view! { <Outlet /> }>
                        <Route path=path!("") view={Lazy::<lazy::Workflows>::new()} />
                        <Route path=path!("/new") view={Lazy::<lazy::NewWorkflow>::new()} />
                        <Route path=path!("/:id") view={Lazy::<lazy::Workflow>::new()} />
                        <Route path=path!("/:id/versions") view={Lazy::<lazy::WorkflowVersions>::new()} />
                    </ParentRoute>
                    <Route path=path!("/analytics") view={Lazy::<lazy::Analytics>::new()} />
                    <Route path=path!("/settings") view={Lazy::<lazy::Settings>::new()} />
                    <Route path=path!("/admin/members") view={Lazy::<lazy::Members>::new()} />
                    <Route path=path!("/admin/members/:id") view={Lazy::<lazy::Member>::new()} />
                    <Route path=path!("/admin/organization") view={Lazy::<lazy::Organization>::new()} />
                    <Route path=path!("/admin/providers") view={Lazy::<lazy::Providers>::new()} />
                    <Route path=path!("/admin/providers/:id") view={Lazy::<lazy::Provider>::new()} />
                    <Route path=path!("/admin/prompts") view={Lazy::<lazy::Prompts>::new()} />
                    <Route path=path!("/admin/audit") view={Lazy::<lazy::Audit>::new()} />
                    <Route path=path!("/sign-up") view={Lazy::<lazy::SignUp>::new()} />
                    <Route path=path!("/log-in") view={Lazy::<lazy::LogIn>::new()} />
                    <Route path=path!("/invitation/:token") view={Lazy::<lazy::Invitation>::new()} />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Around every page; it stays while one page follows the other.
#[component]
fn Frame() -> impl IntoView {
    match Visitor::expect().user {
        Some(_) => view! { <Workspace><Outlet /></Workspace> }.into_any(),
        None => view! { <SiteFrame><Outlet /></SiteFrame> }.into_any(),
    }
}

/// What Overmind is for those who are new, a new conversation for those who are at home.
#[component]
fn Start() -> impl IntoView {
    match Visitor::expect().user {
        Some(_) => view! { <NewConversation /> }.into_any(),
        None => view! { <Home /> }.into_any(),
    }
}

/// Whoever is not logged in is sent to log in first, and comes back.
fn members_only<V: IntoView + 'static>(page: impl Fn() -> V) -> AnyView {
    if Visitor::expect().user.is_some() {
        return page().into_any();
    }
    let next = use_location().pathname.get_untracked();
    let log_in = format!("/log-in?next={next}");
    #[cfg(feature = "ssr")]
    leptos_axum::redirect(&log_in);
    view! {
        <p class="py-16">
            <a href=log_in class="text-accent underline">
                {t!("Log in to read this")}
            </a>
        </p>
    }
    .into_any()
}

/// The same for the administration's pages, which others are told not to be for them.
fn admins_only<V: IntoView + 'static>(page: impl Fn() -> V) -> AnyView {
    members_only(|| {
        if Visitor::expect().is_admin() {
            page().into_any()
        } else {
            view! { <ForAdmins /> }.into_any()
        }
    })
}

/// The server knows it; the browser reads what the server wrote into the page.
fn model_status() -> ModelStatus {
    #[cfg(feature = "ssr")]
    let known = ssr::model_status;
    #[cfg(not(feature = "ssr"))]
    let known = ModelStatus::default;
    SharedValue::new(known).into_inner()
}

/// As above.
fn visitor() -> Visitor {
    #[cfg(feature = "ssr")]
    let known = ssr::visitor;
    #[cfg(not(feature = "ssr"))]
    let known = Visitor::default;
    SharedValue::new(known).into_inner()
}
