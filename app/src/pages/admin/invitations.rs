//! For admins: links that let others sign up.

use crate::api::organization::{Invite, RevokeInvitation, invitations};
use crate::components::form::{
    Emphasis, FormError, FormStatus, PostForm, ReturnTo, Select, SubmitButton,
};
use crate::components::moment::Moment;
use crate::components::once_shown::OnceShown;
use crate::components::roles;
use crate::components::section::{Section, Unreadable};
use crate::state::{Post, Submission};
use domain::{Invitation, Role};
use leptos::prelude::*;

#[component]
pub fn Invitations() -> impl IntoView {
    let invite = Post::<Invite>::prepare();
    let revoke = Post::<RevokeInvitation>::prepare();
    let revoked = revoke.submission();
    let (made, gone) = (invite.version(), revoke.version());
    let all = Resource::new_blocking(move || (made.get(), gone.get()), |_| invitations());

    view! {
        <Section
            id="invitations"
            title=t!("Invitations")
            text=t!("A link lets one person sign up. Send it yourself: the server sends no mail.")
        >
            <InviteForm invite />
            <div class="mt-6">
                <FormError message=revoked.about_none_of(&[]) />
                <Transition>
                    {move || Suspend::new(async move {
                        match all.await {
                            Ok(all) => {
                                view! { <InvitationList all revoke submission=revoked /> }
                                    .into_any()
                            }
                            Err(refused) => {
                                view! { <Unreadable message=refused.message() /> }.into_any()
                            }
                        }
                    })}
                </Transition>
                <FormStatus submission=revoked text=t!("Revoked") section="invitations" />
            </div>
        </Section>
    }
}

#[component]
fn InviteForm(invite: Post<Invite>) -> impl IntoView {
    let submission = invite.submission();
    let link = invite.secret();
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
        <PostForm post=invite class="grid max-w-104 gap-4">
            <FormError message=submission.about_none_of(&["role"]) />
            <Select
                label=t!("Role")
                name="role"
                options
                chosen=Role::User.as_str()
                submission
            />
            <div>
                <SubmitButton pending=submission.pending>{t!("Create link")}</SubmitButton>
            </div>
        </PostForm>
        <div aria-live="polite">
            {move || {
                link.get()
                    .map(|secret| {
                        view! {
                            <OnceShown
                                id="invitation-link"
                                label=t!("Invitation link")
                                hint=t!("Shown only this once. Whoever has it can sign up with it.")
                                secret
                            />
                        }
                    })
            }}
        </div>
    }
}

#[component]
fn InvitationList(
    all: Vec<Invitation>,
    revoke: Post<RevokeInvitation>,
    submission: Submission,
) -> impl IntoView {
    if all.is_empty() {
        return view! { <p class="text-sm text-muted">{t!("No invitations yet.")}</p> }.into_any();
    }
    view! {
        <ul class="mb-3 divide-y divide-line rounded-md border border-line bg-raised">
            {all
                .into_iter()
                .map(|invitation| {
                    view! { <InvitationRow invitation revoke submission /> }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn InvitationRow(
    invitation: Invitation,
    revoke: Post<RevokeInvitation>,
    submission: Submission,
) -> impl IntoView {
    let role = roles::name(invitation.role);
    view! {
        <li class="flex min-h-15 items-center justify-between gap-4 px-4 py-2.5">
            <div class="min-w-0 text-sm">
                <p class="font-medium">{role}</p>
                <p class="text-xs text-muted">
                    {t!("Created ")} <Moment at=invitation.created_at />
                    {match invitation.used_at {
                        Some(used) => view! { {t!(", used ")} <Moment at=used /> }.into_any(),
                        None => {
                            view! { {t!(", works until ")} <Moment at=invitation.expires_at /> }
                                .into_any()
                        }
                    }}
                </p>
            </div>
            {invitation
                .used_at
                .is_none()
                .then(|| {
                    view! {
                        <PostForm post=revoke>
                            <input type="hidden" name="id" value=invitation.id.to_string() />
                            <ReturnTo section="invitations" />
                            <SubmitButton
                                pending=submission.pending
                                emphasis=Emphasis::Plain
                                label=t!("Revoke the invitation as {role}", role)
                            >
                                {t!("Revoke")}
                            </SubmitButton>
                        </PostForm>
                    }
                })}
        </li>
    }
}
