//! Who belongs to the organization, and who is invited to.

use super::invitations::Invitations;
use crate::api::members::{SeenMember, members};
use crate::components::admin_frame::{AdminFrame, AdminHeading};
use crate::components::moment::Moment;
use crate::components::roles;
use crate::components::section::Unreadable;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

#[component]
pub fn MembersPage() -> impl IntoView {
    let all = Resource::new_blocking(|| (), |()| members());
    let query = use_query_map();
    let removed = move || query.with(|query| query.get_str("done") == Some("removed"));

    view! {
        <AdminFrame title=t!("Members")>
            <AdminHeading
                title=t!("Members")
                text=t!("Everybody in your organization. Open a name to change a role, end a session, revoke a key or remove somebody.")
            />
            <p role="status" class="mt-3 text-sm text-good empty:hidden">
                {move || removed().then_some(t!("Removed"))}
            </p>
            <Suspense>
                {move || Suspend::new(async move {
                    match all.await {
                        Ok(all) => view! { <MemberList all /> }.into_any(),
                        Err(refused) => {
                            view! { <Unreadable message=refused.message() /> }.into_any()
                        }
                    }
                })}
            </Suspense>
            <Invitations />
        </AdminFrame>
    }
}

#[component]
fn MemberList(all: Vec<SeenMember>) -> impl IntoView {
    let alone = all.len() == 1;
    view! {
        <ul
            aria-label=t!("Members")
            class="mt-5 divide-y divide-line rounded-md border border-line bg-raised"
        >
            {all.into_iter().map(|member| view! { <MemberRow member /> }).collect_view()}
        </ul>
        {alone
            .then(|| {
                view! {
                    <p class="mt-3 text-sm text-muted">
                        {t!("Nobody else is here yet: create a link below and send it to somebody.")}
                    </p>
                }
            })}
    }
}

#[component]
fn MemberRow(member: SeenMember) -> impl IntoView {
    let SeenMember { user, last_seen_at } = member;
    view! {
        <li class="flex min-h-15 items-center justify-between gap-4 px-4 py-2.5">
            <div class="min-w-0 text-sm">
                <a
                    href=format!("/admin/members/{}", user.id)
                    class="inline-block rounded-sm py-0.5 font-medium wrap-anywhere underline decoration-line underline-offset-4 hover:decoration-muted"
                >
                    {user.name.to_string()}
                </a>
                <p class="text-xs wrap-anywhere text-muted">{user.email.to_string()}</p>
                <p class="text-xs text-muted">
                    {t!("Joined ")} <Moment at=user.created_at />
                    {match last_seen_at {
                        Some(seen) => view! { {t!(", last seen ")} <Moment at=seen /> }.into_any(),
                        None => t!(", never seen").into_any(),
                    }}
                </p>
            </div>
            <span class="shrink-0 text-sm">{roles::name(user.role)}</span>
        </li>
    }
}
