//! The browsers that are logged in, each of which can be logged out from here.

use super::{Section, Unreadable};
use crate::api::accounts::{self, EndSession, sessions};
use crate::components::form::{Emphasis, FormError, FormStatus, PostForm, ReturnTo, SubmitButton};
use crate::components::moment::Moment;
use crate::components::user_agent;
use crate::state::{Post, Submission};
use domain::Session;
use leptos::prelude::*;

#[component]
pub fn Sessions(password_changes: Signal<usize>) -> impl IntoView {
    let end = Post::<EndSession>::prepare();
    let submission = end.submission();
    let ended = end.version();
    let all = Resource::new_blocking(
        move || (ended.get(), password_changes.get()),
        |_| sessions(),
    );

    view! {
        <Section id="sessions" title=t!("Sessions") text=t!("Browsers in which you are logged in.")>
            <FormError message=submission.about_none_of(&[]) />
            <Transition>
                {move || Suspend::new(async move {
                    match all.await {
                        Ok(all) => view! { <SessionList all end submission /> }.into_any(),
                        Err(refused) => {
                            view! { <Unreadable message=refused.message() /> }.into_any()
                        }
                    }
                })}
            </Transition>
            <FormStatus submission text=t!("Logged out") section="sessions" />
        </Section>
    }
}

#[component]
fn SessionList(
    all: accounts::Sessions,
    end: Post<EndSession>,
    submission: Submission,
) -> impl IntoView {
    let current = all.current;
    view! {
        <ul class="mb-3 divide-y divide-line rounded-md border border-line bg-raised">
            {all
                .all
                .into_iter()
                .map(|session| {
                    let this = Some(session.id) == current;
                    view! { <SessionRow session this end submission /> }
                })
                .collect_view()}
        </ul>
    }
}

#[component]
fn SessionRow(
    session: Session,
    this: bool,
    end: Post<EndSession>,
    submission: Submission,
) -> impl IntoView {
    let name = user_agent::name(&session);
    let label = t!("Log out {name}", name);
    view! {
        <li class="flex min-h-15 items-center justify-between gap-4 px-4 py-2.5">
            <div class="min-w-0 text-sm">
                <p class="font-medium">{name}</p>
                <p class="text-xs text-muted">
                    {if this {
                        t!("This browser").into_any()
                    } else {
                        view! {
                            {t!("Last seen ")}
                            <Moment at=session.last_seen_at />
                        }
                            .into_any()
                    }}
                </p>
            </div>
            // This browser's own button is the account menu's.
            {(!this)
                .then(|| {
                    view! {
                        <PostForm post=end>
                            <input type="hidden" name="id" value=session.id.to_string() />
                            <ReturnTo section="sessions" />
                            <SubmitButton
                                pending=submission.pending
                                emphasis=Emphasis::Plain
                                label
                            >
                                {t!("Log out")}
                            </SubmitButton>
                        </PostForm>
                    }
                })}
        </li>
    }
}
