//! The header and the footer around every page.

use crate::components::icon::{self, Icon};
use crate::components::theme_toggle::ThemeToggle;
use leptos::prelude::*;

#[component]
pub fn SiteHeader() -> impl IntoView {
    view! {
        <header class="mx-auto flex h-16 w-full max-w-272 items-center justify-between px-5 sm:px-8">
            <a href="/" class="flex items-center gap-2 rounded-sm font-bold tracking-tight">
                <span class="text-accent">
                    <Icon path=icon::MARK class="size-6" />
                </span>
                "Overmind"
            </a>
            <div class="flex items-center gap-1 sm:gap-2 no-print">
                <nav aria-label="On this page" class="hidden text-sm text-muted sm:flex">
                    <PageLink href="/#workflows" label="Workflows" />
                    <PageLink href="/#deliberation" label="How it works" />
                    <PageLink href="/#terminal" label="Terminal" />
                </nav>
                <ThemeToggle />
            </div>
        </header>
    }
}

#[component]
fn PageLink(href: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <a href=href class="rounded-sm px-3 py-1.5 transition-colors hover:text-text">
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
                    ", free software under MIT or Apache-2.0"
                </p>
                <p>"This page asks nothing of any other server."</p>
            </div>
        </footer>
    }
}
