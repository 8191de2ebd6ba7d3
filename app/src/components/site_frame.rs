//! The frame of the pages that everybody may read: header, content and footer.
//! The frame of those who are signed in is the workspace.

use crate::components::icon::{self, Icon};
use crate::components::theme_toggle::ThemeToggle;
use crate::state::Visitor;
use leptos::prelude::*;

#[component]
pub fn SiteFrame(children: Children) -> impl IntoView {
    view! {
        <SiteHeader />
        <main id="main" tabindex="-1" class="mx-auto w-full max-w-272 px-5 outline-none sm:px-8">
            {children()}
        </main>
        <SiteFooter />
    }
}

#[component]
pub fn SiteHeader() -> impl IntoView {
    let visitor = Visitor::expect();
    let signed_in = visitor.user.is_some();
    view! {
        <header class="mx-auto flex h-16 w-full max-w-272 items-center justify-between px-5 sm:px-8">
            <a href="/" class="flex items-center gap-2 rounded-sm font-bold tracking-tight">
                <span class="text-accent">
                    <Icon path=icon::MARK class="size-6" />
                </span>
                "Overmind"
            </a>
            <div class="flex items-center gap-1 sm:gap-2 no-print">
                // The start page of those who are signed in is the chat.
                {(!signed_in)
                    .then(|| {
                        view! {
                            <nav
                                aria-label=t!("On the start page")
                                class="hidden sm:flex"
                            >
                                <PageLink href="/#workflows" label=t!("Workflows") />
                                <PageLink href="/#deliberation" label=t!("How it works") />
                                <PageLink href="/#terminal" label=t!("Terminal") />
                            </nav>
                        }
                    })}
                {if signed_in {
                    view! { <WayIn href="/" label=t!("Open chat") /> }.into_any()
                } else if visitor.first {
                    view! {
                        // Nobody can log in yet, so it gives way where there is little room.
                        <span class="max-sm:hidden">
                            <PageLink href="/log-in" label=t!("Log in") />
                        </span>
                        <WayIn href="/sign-up" label=t!("Create account") />
                    }
                        .into_any()
                } else {
                    view! { <WayIn href="/log-in" label=t!("Log in") /> }.into_any()
                }}
                <ThemeToggle />
            </div>
        </header>
    }
}

#[component]
fn WayIn(href: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <a
            href=href
            class="flex h-9 items-center rounded-sm border border-line bg-raised px-3 text-sm font-medium whitespace-nowrap transition-colors hover:border-muted/70"
        >
            {label}
        </a>
    }
}

#[component]
fn PageLink(href: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <a href=href class="rounded-sm px-3 py-1.5 text-sm text-muted transition-colors hover:text-text">
            {label}
        </a>
    }
}

#[component]
pub fn SiteFooter() -> impl IntoView {
    view! {
        <footer class="mx-auto mt-24 w-full max-w-272 px-5 pb-12 sm:px-8">
            <div class="flex flex-wrap justify-between gap-x-8 gap-y-2 border-t border-line pt-6 text-xs text-muted">
                <p>
                    "Overmind " <span class="tabular-nums">{env!("CARGO_PKG_VERSION")}</span>
                    {t!(", free software under MIT or Apache-2.0")}
                </p>
                <p>{t!("This page asks nothing of any other server.")}</p>
            </div>
        </footer>
    }
}
