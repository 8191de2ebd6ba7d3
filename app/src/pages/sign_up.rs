//! Signing up: the first account of a server, or later as its organization lets people. The form
//! is also what the invitation's page shows.

use crate::api::accounts::SignUp;
use crate::api::organization::{SignUpOffer, sign_up_offer};
use crate::components::form::{Card, FormError, PostForm, SubmitButton, TextField};
use crate::state::{Post, Visitor};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn SignUpPage() -> impl IntoView {
    let action = Post::<SignUp>::prepare();
    let visitor = Visitor::expect();
    let offer = Resource::new_blocking(|| (), |()| sign_up_offer());
    view! {
        <Title text=t!("Sign up - Overmind") />
        {if visitor.user.is_some() {
            view! { <SignedIn /> }.into_any()
        } else {
            view! {
                <Suspense>
                    {move || Suspend::new(async move {
                        match offer.await {
                            Ok(offer) => view! { <Offered offer action /> }.into_any(),
                            Err(refused) => {
                                view! { <WithoutForm title=t!("Sign up") text=refused.message() /> }
                                    .into_any()
                            }
                        }
                    })}
                </Suspense>
            }
                .into_any()
        }}
    }
}

#[component]
fn Offered(offer: SignUpOffer, action: Post<SignUp>) -> impl IntoView {
    let (title, text) = match offer {
        SignUpOffer::First => (
            t!("Create the first account").to_owned(),
            t!("You will be the admin: you invite the others.").to_owned(),
        ),
        SignUpOffer::Open {
            organization,
            domains,
        } => {
            let text = if domains.is_empty() {
                t!("You will be a user: you may ask questions.").to_owned()
            } else {
                t!(
                    "You will be a user: you may ask questions. Your mail address has to end in {domains}.",
                    domains = domains.join(t!(" or "))
                )
            };
            (t!("Join {organization}", organization), text)
        }
        SignUpOffer::ByInvitation => {
            return view! {
                <WithoutForm
                    title=t!("Sign up by invitation")
                    text=t!("New accounts on this server need an invitation. Ask an admin for a link and open it here.")
                />
            }
            .into_any();
        }
        SignUpOffer::Closed => {
            return view! {
                <WithoutForm
                    title=t!("Signing up is closed")
                    text=t!("This server takes no new accounts at the moment. Ask an admin to open it, if you should have one.")
                />
            }
            .into_any();
        }
    };
    view! {
        <AccountPage title text>
            <SignUpForm action />
        </AccountPage>
    }
    .into_any()
}

#[component]
fn WithoutForm(#[prop(into)] title: String, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <AccountPage title text>
            <p class="text-sm">
                {t!("You have an account? ")} <TextLink href="/log-in">{t!("Log in")}</TextLink>
            </p>
        </AccountPage>
    }
}

/// The action is made by the page: only there does it learn of an error in the address, which is
/// how a form that was sent without scripts is answered.
#[component]
pub(super) fn SignUpForm(
    action: Post<SignUp>,
    #[prop(optional)] invitation: Option<String>,
) -> impl IntoView {
    let submission = action.submission().leaving();
    submission.on_done(|| {
        let _ = window().location().set_href("/");
    });
    view! {
        <Card>
            <PostForm post=action class="grid gap-5">
                <FormError message=submission.about_none_of(&["name", "email", "password"]) />
                {invitation
                    .map(|secret| view! { <input type="hidden" name="invitation" value=secret /> })}
                <TextField
                    label=t!("Name")
                    name="name"
                    autocomplete="name"
                    required=true
                    maxlength="100"
                    submission
                />
                <TextField
                    label=t!("Email")
                    name="email"
                    kind="email"
                    autocomplete="email"
                    required=true
                    maxlength="254"
                    submission
                />
                <TextField
                    label=t!("Password")
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    minlength="8"
                    maxlength="256"
                    hint=t!("At least 8 characters")
                    submission
                />
                <SubmitButton pending=submission.pending>{t!("Create account")}</SubmitButton>
            </PostForm>
        </Card>
    }
}

/// One narrow column: what the page is for, then its form.
#[component]
pub(super) fn AccountPage(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="mx-auto w-full max-w-104 pt-10 sm:pt-16">
            <h1 class="text-xl font-bold tracking-tight wrap-anywhere">{title}</h1>
            <p class="mt-2 mb-6 text-muted">{text}</p>
            {children()}
        </div>
    }
}

#[component]
pub(super) fn SignedIn() -> impl IntoView {
    view! {
        <div class="px-5 sm:px-8">
            <AccountPage
                title=t!("You are signed in")
                text=t!("To use another account or an invitation, log out first, at the foot of the sidebar.")
            >
                <p class="text-sm">
                    <TextLink href="/">{t!("Open chat")}</TextLink>
                </p>
            </AccountPage>
        </div>
    }
}

#[component]
pub(super) fn TextLink(href: &'static str, children: Children) -> impl IntoView {
    view! {
        <a href=href class="rounded-sm font-medium text-accent underline underline-offset-4">
            {children()}
        </a>
    }
}
