//! One member: their role, what they come in with, and how they are removed.

mod entries;
mod removal;

use crate::api::Refused;
use crate::api::members::{
    ChangeRole, EndMemberSession, MemberEntries, RemoveMember, RevokeMemberKey, member,
};
use crate::components::admin_frame::{AdminFrame, AdminHeading};
use crate::components::form::{FormError, FormStatus, PostForm, ReturnTo, Select, SubmitButton};
use crate::components::roles;
use crate::components::section::Section;
use crate::pages::NotFound;
use crate::state::{Post, Submission};
use domain::{ApiError, ErrorCode, Role, User, UserId};
use entries::{Keys, Sessions};
use leptos::html::Div;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use removal::Removal;

#[component]
pub fn MemberPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get_str("id")?.parse::<UserId>().ok()));
    let change = Post::<ChangeRole>::prepare();
    let end = Post::<EndMemberSession>::prepare();
    let revoke = Post::<RevokeMemberKey>::prepare();
    let remove = Post::<RemoveMember>::prepare();
    let versions = (change.version(), end.version(), revoke.version());
    let shown = Resource::new_blocking(
        move || {
            let (change, end, revoke) = versions;
            (id.get(), change.get() + end.get() + revoke.get())
        },
        |(id, _)| async move {
            match id {
                Some(id) => member(id).await,
                None => Err(Refused(ApiError::from_code(
                    ErrorCode::NotFound,
                    t!("There is no member at this address."),
                ))),
            }
        },
    );
    let changed = change.submission();
    let ended = end.submission();
    let revoked = revoke.submission();

    // What says how a form went stays while what the form is about is read again.
    view! {
        <AdminFrame title=t!("Member")>
            <Part
                shown
                view=|shown: MemberEntries| { view! { <Head user=shown.user /> }.into_any() }
                refused=true
            />
            <Part
                shown
                view=move |shown: MemberEntries| {
                    view! { <RoleForm user=shown.user change submission=changed /> }.into_any()
                }
            />
            <FormError message=changed.about_none_of(&["role"]) />
            <Said submission=changed text=t!("Changed") section="change-role" />
            <Part
                shown
                view=move |shown: MemberEntries| {
                    view! { <Sessions all=shown.sessions end submission=ended /> }.into_any()
                }
            />
            <FormError message=ended.about_none_of(&[]) />
            <Said submission=ended text=t!("Logged out") section="sessions" />
            <Part
                shown
                view=move |shown: MemberEntries| {
                    view! { <Keys all=shown.keys revoke submission=revoked /> }.into_any()
                }
            />
            <FormError message=revoked.about_none_of(&[]) />
            <Said submission=revoked text=t!("Revoked") section="api-keys" />
            <Part
                shown
                view=move |shown: MemberEntries| { view! { <Removal user=shown.user remove /> }.into_any() }
            />
        </AdminFrame>
    }
}

/// How it went. What was pressed goes, or is made anew, so that the focus comes here.
#[component]
fn Said(submission: Submission, text: &'static str, section: &'static str) -> impl IntoView {
    let said = NodeRef::<Div>::new();
    submission.on_done(move || {
        if let Some(said) = said.get_untracked() {
            let _ = said.focus();
        }
    });
    view! {
        <div node_ref=said tabindex="-1">
            <FormStatus submission text section />
        </div>
    }
}

type Shown = Resource<Result<MemberEntries, Refused>>;

/// A part of the page; where there is nothing to show, one of them says why.
#[component]
fn Part<V>(shown: Shown, view: V, #[prop(optional)] refused: bool) -> impl IntoView
where
    V: Fn(MemberEntries) -> AnyView + Copy + Send + Sync + 'static,
{
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(shown) => view(shown),
                    Err(error) if refused => view! { <NotShown refused=error /> }.into_any(),
                    Err(_) => ().into_any(),
                }
            })}
        </Transition>
    }
}

/// Somebody of another organization looks like somebody who never was.
#[component]
fn NotShown(refused: Refused) -> impl IntoView {
    if refused.0.http_status() == 404 {
        return view! { <NotFound /> }.into_any();
    }
    view! {
        <h1 class="text-xl font-bold tracking-tight">{t!("This member cannot be shown")}</h1>
        <p role="alert" class="mt-3 text-muted">
            {refused.message()}
        </p>
    }
    .into_any()
}

#[component]
fn Head(user: User) -> impl IntoView {
    view! { <AdminHeading title=user.name.to_string() text=user.email.to_string() /> }
}

#[component]
fn RoleForm(user: User, change: Post<ChangeRole>, submission: Submission) -> impl IntoView {
    let options = [Role::User, Role::Viewer, Role::Admin]
        .into_iter()
        .map(|role| {
            let words = t!(
                "{role}: may {rights}",
                role = roles::name(role),
                rights = roles::may(role)
            );
            (role.to_string(), words)
        })
        .collect();
    view! {
        <Section
            id="change-role"
            title=t!("Role")
            text=t!("It counts at once, also where they are logged in now.")
        >
            <PostForm post=change class="mb-3 grid max-w-104 gap-4">
                <input type="hidden" name="id" value=user.id.to_string() />
                <ReturnTo section="change-role" />
                <Select
                    label=t!("Role")
                    name="role"
                    options
                    chosen=user.role.as_str()
                    submission
                />
                <div>
                    <SubmitButton pending=submission.pending>{t!("Change role")}</SubmitButton>
                </div>
            </PostForm>
        </Section>
    }
}
