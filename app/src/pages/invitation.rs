//! What the holder of an invitation's link sees: where they are invited to, and the form.

use super::sign_up::{AccountPage, SignUpForm, SignedIn, TextLink};
use crate::api::Refused;
use crate::api::accounts::SignUp;
use crate::api::organization::{InvitedTo, invitation};
use crate::state::{Post, Visitor};
use domain::Role;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

#[component]
pub fn InvitationPage() -> impl IntoView {
    let action = Post::<SignUp>::prepare();
    let signed_in = Visitor::expect().user.is_some();
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token").unwrap_or_default()));
    let invited = Resource::new_blocking(move || token.get(), invitation);

    view! {
        <Title text=t!("Invitation - Overmind") />
        // The address is a secret: it is not told to the pages that this one links to.
        <Meta name="referrer" content="same-origin" />
        {if signed_in {
            view! { <SignedIn /> }.into_any()
        } else {
            view! {
                <Suspense>
                    {move || Suspend::new(async move {
                        match invited.await {
                            Ok(to) => {
                                view! { <Invited to action token=token.get_untracked() /> }
                                    .into_any()
                            }
                            Err(refused) => view! { <Unusable refused /> }.into_any(),
                        }
                    })}
                </Suspense>
            }
                .into_any()
        }}
    }
}

#[component]
fn Invited(to: InvitedTo, action: Post<SignUp>, token: String) -> impl IntoView {
    let text = match to.role {
        Role::Admin => t!("Your role will be admin: you may ask questions and invite people."),
        Role::User => t!("Your role will be user: you may ask questions."),
        Role::Viewer => t!("Your role will be viewer: you may read, but not ask."),
    };
    view! {
        <AccountPage title=t!("Join {organization}", organization = to.organization) text>
            <SignUpForm action invitation=token />
        </AccountPage>
    }
}

#[component]
fn Unusable(refused: Refused) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::answer_with(&refused);

    view! {
        <AccountPage title=t!("This invitation cannot be used") text=refused.message()>
            <p class="text-sm">
                {t!("Each link works once and for a limited time. Ask whoever sent it for a new one, or ")}
                <TextLink href="/log-in">{t!("log in")}</TextLink>
                {t!(" if you have an account already.")}
            </p>
        </AccountPage>
    }
}
