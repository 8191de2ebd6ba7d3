//! Who is signed in, and what they can do about it: settings, theme, logging out; above it the way
//! to the pages beside conversations and, for admins, to where they administer.

use crate::api::accounts::LogOut;
use crate::components::admin_frame;
use crate::components::form::PostForm;
use crate::components::icon::{self, Icon};
use crate::components::roles;
use crate::components::theme_toggle::ThemeToggle;
use crate::components::toasts::Told;
use crate::state::{Post, Visitor, drafts};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

const ENTRY: &str = "flex h-8 items-center gap-2.5 rounded-sm px-2 text-sm text-muted transition-colors hover:bg-line/50 hover:text-text aria-[current=page]:font-medium aria-[current=page]:text-text";
const SQUARE: &str = "grid size-9 shrink-0 cursor-pointer place-items-center rounded-sm text-muted transition-colors hover:text-text aria-[current=page]:text-text";

/// Address, name and icon.
pub fn pages() -> [(&'static str, &'static str, &'static str); 3] {
    [
        ("/agents", t!("Agents"), icon::AGENTS),
        ("/workflows", t!("Workflows"), icon::WORKFLOWS),
        ("/analytics", t!("Analytics"), icon::ANALYTICS),
    ]
}

/// All of it in the open: a few controls need no menu that has to be opened first.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let visitor = Visitor::expect();
    let admin = visitor.is_admin();
    let Some(user) = visitor.user else {
        return ().into_any();
    };
    view! {
        <nav aria-label=t!("Pages") class="grid border-t border-line p-2">
            {pages()
                .into_iter()
                .map(|(href, name, path)| {
                    view! {
                        <A href=href attr:class=ENTRY>
                            <Icon path class="size-4" />
                            {name}
                        </A>
                    }
                })
                .collect_view()}
            {admin.then(|| view! { <AdministrationLink /> })}
        </nav>
        <div
            role="group"
            aria-label=t!("Account")
            class="flex items-center border-t border-line py-2 pr-2 pl-4"
        >
            <div class="min-w-0 grow">
                <p class="truncate text-sm font-medium">{user.name.to_string()}</p>
                <p class="truncate text-xs text-muted">{roles::name(user.role)}</p>
            </div>
            <ThemeToggle />
            <A
                href="/settings"
                attr:class=SQUARE
                attr:aria-label=t!("Settings")
                attr:title=t!("Settings")
            >
                <Icon path=icon::SETTINGS />
            </A>
            <LogOutForm />
        </div>
    }
    .into_any()
}

/// To the first of its pages; each of them leads to the others.
#[component]
fn AdministrationLink() -> impl IntoView {
    let path = use_location().pathname;
    let is_there = move || path.with(|path| path.starts_with("/admin/"));
    view! {
        <a
            href=admin_frame::pages()[0].0
            aria-current=move || is_there().then_some("page")
            class=ENTRY
        >
            <Icon path=icon::ADMIN class="size-4" />
            {t!("Administration")}
        </a>
    }
}

#[component]
fn LogOutForm() -> impl IntoView {
    let log_out = Post::<LogOut>::prepare();
    let submission = log_out.submission().leaving();
    submission.on_done(|| {
        drafts::forget_all();
        let _ = window().location().set_href("/");
    });
    view! {
        <PostForm post=log_out>
            <button
                type="submit"
                aria-label=t!("Log out")
                title=t!("Log out")
                aria-disabled=move || submission.pending.get().then_some("true")
                class=SQUARE
            >
                <Icon path=icon::LOG_OUT />
            </button>
            <Told submission />
        </PostForm>
    }
}
