//! The log-ins and keys that somebody comes in with, each of which an admin can take away.

use crate::api::members::{EndMemberSession, RevokeMemberKey};
use crate::components::form::{Emphasis, PostForm, ReturnTo, SubmitButton};
use crate::components::moment::Moment;
use crate::components::section::Section;
use crate::components::user_agent;
use crate::state::{Post, Submission};
use domain::{ApiKey, KeyScope, Session};
use leptos::prelude::*;

const LIST: &str = "mb-3 divide-y divide-line rounded-md border border-line bg-raised";
const ROW: &str = "flex min-h-15 items-center justify-between gap-4 px-4 py-2.5";

#[component]
pub fn Sessions(
    all: Vec<Session>,
    end: Post<EndMemberSession>,
    submission: Submission,
) -> impl IntoView {
    let list = if all.is_empty() {
        view! { <p class="text-sm text-muted">{t!("Not logged in anywhere.")}</p> }.into_any()
    } else {
        view! {
            <ul class=LIST>
                {all
                    .into_iter()
                    .map(|session| view! { <SessionRow session end submission /> })
                    .collect_view()}
            </ul>
        }
        .into_any()
    };
    view! {
        <Section
            id="sessions"
            title=t!("Sessions")
            text=t!("Browsers and programs that are logged in.")
        >
            {list}
        </Section>
    }
}

#[component]
fn SessionRow(
    session: Session,
    end: Post<EndMemberSession>,
    submission: Submission,
) -> impl IntoView {
    let name = user_agent::name(&session);
    let label = t!("Log out {name}", name);
    view! {
        <li class=ROW>
            <div class="min-w-0 text-sm">
                <p class="font-medium wrap-anywhere">{name}</p>
                <p class="text-xs text-muted">
                    {t!("Last seen ")} <Moment at=session.last_seen_at />
                </p>
            </div>
            <PostForm post=end>
                <input type="hidden" name="id" value=session.id.to_string() />
                <ReturnTo section="sessions" />
                <SubmitButton pending=submission.pending emphasis=Emphasis::Plain label>
                    {t!("Log out")}
                </SubmitButton>
            </PostForm>
        </li>
    }
}

#[component]
pub fn Keys(
    all: Vec<ApiKey>,
    revoke: Post<RevokeMemberKey>,
    submission: Submission,
) -> impl IntoView {
    let list = if all.is_empty() {
        view! { <p class="text-sm text-muted">{t!("No keys.")}</p> }.into_any()
    } else {
        view! {
            <ul class=LIST>
                {all
                    .into_iter()
                    .map(|key| view! { <KeyRow key_of_program=key revoke submission /> })
                    .collect_view()}
            </ul>
        }
        .into_any()
    };
    view! {
        <Section id="api-keys" title=t!("API keys") text=t!("Programs that act in their name.")>
            {list}
        </Section>
    }
}

#[component]
fn KeyRow(
    key_of_program: ApiKey,
    revoke: Post<RevokeMemberKey>,
    submission: Submission,
) -> impl IntoView {
    let key = key_of_program;
    let label = t!("Revoke the key {name}", name = key.name);
    let scope = match key.scope {
        KeyScope::Read => t!(", reads, "),
        KeyScope::Write => t!(", writes, "),
    };
    view! {
        <li class=ROW>
            <div class="min-w-0 text-sm">
                <p class="font-medium wrap-anywhere">{key.name.to_string()}</p>
                <p class="text-xs text-muted">
                    <span class="font-mono">{format!("ovm_…{}", key.last_four)}</span>
                    {scope}
                    {match key.last_used_at {
                        Some(used) => view! { {t!("last used ")} <Moment at=used /> }.into_any(),
                        None => t!("never used").into_any(),
                    }}
                    {key.expires_at.map(|end| view! { {t!(", until ")} <Moment at=end /> })}
                </p>
            </div>
            <PostForm post=revoke>
                <input type="hidden" name="id" value=key.id.to_string() />
                <ReturnTo section="api-keys" />
                <SubmitButton pending=submission.pending emphasis=Emphasis::Plain label>
                    {t!("Revoke")}
                </SubmitButton>
            </PostForm>
        </li>
    }
}
