//! Everything a person changes about their own account.
//! Each section is a module of its own with its own form.

mod answers;
mod api_keys;
mod appearance;
mod deletion;
mod password;
mod sessions;

use crate::api::accounts::ChangePassword;
use crate::components::section::{Section, Unreadable};
use crate::state::{Post, Visitor};
use answers::Answers;
use api_keys::ApiKeys;
use appearance::Appearance;
use deletion::Deletion;
use leptos::prelude::*;
use leptos_meta::Title;
use password::Password;
use sessions::Sessions;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let visitor = Visitor::expect();
    let admin = visitor.is_admin();
    let Some(user) = visitor.user else {
        return ().into_any();
    };
    // A new password may end other sessions, so their list follows it.
    let change_password = Post::<ChangePassword>::prepare();

    view! {
        <Title text=t!("Settings - Overmind") />
        <div class="mx-auto w-full max-w-176 px-5 pt-8 pb-24 sm:px-8">
            <h1 class="text-xl font-bold tracking-tight">{t!("Settings")}</h1>
            <p class="mt-1 text-sm break-words text-muted">
                {format!("{}, {}", user.name, user.email)}
            </p>
            <Contents admin />
            <Appearance />
            <Answers />
            <Password action=change_password />
            <Sessions password_changes=change_password.version() />
            <ApiKeys />
            {admin.then(|| view! { <WhereInvitationsAre /> })}
            <Deletion />
        </div>
    }
    .into_any()
}

#[component]
fn Contents(admin: bool) -> impl IntoView {
    let sections = [
        ("#appearance", t!("Appearance"), true),
        ("#answers", t!("Answers"), true),
        ("#password", t!("Password"), true),
        ("#sessions", t!("Sessions"), true),
        ("#api-keys", t!("API keys"), true),
        ("#invitations", t!("Invitations"), admin),
        ("#delete", t!("Delete account"), true),
    ];
    view! {
        <nav aria-label=t!("Sections") class="mt-4 -ml-2">
            <ul class="flex flex-wrap gap-x-1 text-sm">
                {sections
                    .into_iter()
                    .filter(|(.., shown)| *shown)
                    .map(|(href, label, _)| {
                        view! {
                            <li>
                                <a
                                    href=href
                                    class="flex h-8 items-center rounded-sm px-2 text-muted underline-offset-4 hover:text-text hover:underline"
                                >
                                    {label}
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}

#[component]
fn WhereInvitationsAre() -> impl IntoView {
    view! {
        <Section id="invitations" title=t!("Invitations") text=t!("Members are invited by a link.")>
            <a
                href="/admin/members#invitations"
                class="rounded-sm text-sm font-medium text-accent underline underline-offset-4"
            >
                {t!("Invite people under Members")}
            </a>
        </Section>
    }
}
