//! Who is signed in, and what they can do about it: settings, theme, logging out; above it the way
//! to the pages beside conversations and, for admins, to where they administer.

use crate::api::accounts::LogOut;
use crate::components::admin_frame::PageLinks;
use crate::components::roles;
use crate::components::theme_toggle::ThemeToggle;
use crate::state::{Submission, Visitor, drafts};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::A;

const ENTRY: &str = "flex h-9 cursor-pointer items-center rounded-sm px-2 text-sm text-muted transition-colors hover:text-text aria-[current=page]:font-medium aria-[current=page]:text-text";

/// Address and name.
pub const PAGES: &[(&str, &str)] = &[
    ("/agents", "Agents"),
    ("/workflows", "Workflows"),
    ("/analytics", "Analytics"),
];

/// All of it in the open: a few controls need no menu that has to be opened first.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let visitor = Visitor::expect();
    let admin = visitor.is_admin();
    let Some(user) = visitor.user else {
        return ().into_any();
    };
    view! {
        <nav aria-label="Pages" class="flex flex-wrap border-t border-line px-3 py-1.5">
            {PAGES
                .iter()
                .map(|&(href, name)| {
                    view! {
                        <A href=href attr:class=ENTRY>
                            {name}
                        </A>
                    }
                })
                .collect_view()}
        </nav>
        {admin
            .then(|| {
                view! {
                    <nav
                        aria-labelledby="administration"
                        class="border-t border-line px-3 pt-3 pb-2"
                    >
                        <p id="administration" class="px-2 text-xs text-muted">
                            "Administration"
                        </p>
                        <PageLinks class=ENTRY />
                    </nav>
                }
            })}
        <div role="group" aria-label="Account" class="border-t border-line p-3">
            <p class="truncate px-2 text-sm font-medium">{user.name.to_string()}</p>
            <p class="truncate px-2 text-xs text-muted">{roles::name(user.role)}</p>
            <div class="mt-1 flex items-center">
                <A href="/settings" attr:class=ENTRY>
                    "Settings"
                </A>
                <LogOutForm />
                <span class="grow"></span>
                <ThemeToggle />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn LogOutForm() -> impl IntoView {
    let log_out = ServerAction::<LogOut>::new();
    let submission = Submission::of(log_out).leaving();
    submission.on_done(|| {
        drafts::forget_all();
        let _ = window().location().set_href("/");
    });
    view! {
        <ActionForm action=log_out>
            <button
                type="submit"
                aria-disabled=move || submission.pending.get().then_some("true")
                class=ENTRY
            >
                "Log out"
            </button>
        </ActionForm>
    }
}
