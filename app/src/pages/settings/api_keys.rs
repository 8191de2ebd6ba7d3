//! Keys with which programs act for the person: made, shown once, revoked.

use super::{Section, Unreadable};
use crate::api::api_keys::{CreateApiKey, RevokeApiKey, api_keys};
use crate::components::form::{
    Emphasis, FormError, FormStatus, PostForm, ReturnTo, Select, SubmitButton, TextField,
};
use crate::components::moment::Moment;
use crate::components::once_shown::OnceShown;
use crate::state::{Post, Submission};
use domain::{ApiKey, KeyScope};
use leptos::prelude::*;

#[component]
pub fn ApiKeys() -> impl IntoView {
    let create = Post::<CreateApiKey>::prepare();
    let revoke = Post::<RevokeApiKey>::prepare();
    let revoked = revoke.submission();
    let (made, gone) = (create.version(), revoke.version());
    let all = Resource::new_blocking(move || (made.get(), gone.get()), |_| api_keys());

    view! {
        <Section
            id="api-keys"
            title=t!("API keys")
            text=t!("With a key a program asks and reads in your name. It never changes your account.")
        >
            <CreateForm create />
            <div class="mt-6">
                <FormError message=revoked.about_none_of(&[]) />
                <Transition>
                    {move || Suspend::new(async move {
                        match all.await {
                            Ok(all) => view! { <KeyList all revoke submission=revoked /> }.into_any(),
                            Err(refused) => {
                                view! { <Unreadable message=refused.message() /> }.into_any()
                            }
                        }
                    })}
                </Transition>
                <FormStatus submission=revoked text=t!("Revoked") section="api-keys" />
            </div>
        </Section>
    }
}

const FIELDS: &[&str] = &["name", "scope", "expires_in_days", "requests_per_minute"];

#[component]
fn CreateForm(create: Post<CreateApiKey>) -> impl IntoView {
    let submission = create.submission();
    let key = create.secret();
    let options = vec![
        (
            KeyScope::Write.as_str().to_owned(),
            t!("Write: asks, changes and reads").to_owned(),
        ),
        (
            KeyScope::Read.as_str().to_owned(),
            t!("Read: changes nothing").to_owned(),
        ),
    ];
    view! {
        <PostForm post=create class="grid max-w-104 gap-4">
            <FormError message=submission.about_none_of(FIELDS) />
            <TextField
                label=t!("Key name")
                name="name"
                id="api-key-name"
                required=true
                maxlength="100"
                hint=t!("What uses it, so that you know it again")
                submission
            />
            <Select
                label=t!("May")
                name="scope"
                options
                chosen=KeyScope::Write.as_str()
                submission
            />
            <div class="grid gap-4 sm:grid-cols-2">
                <TextField
                    label=t!("Days until it ends")
                    name="expires_in_days"
                    kind="number"
                    min="1"
                    max="3650"
                    hint=t!("Empty: when it is revoked")
                    submission
                />
                <TextField
                    label=t!("Requests per minute")
                    name="requests_per_minute"
                    kind="number"
                    min="1"
                    hint=t!("Empty: all that you may send")
                    submission
                />
            </div>
            <div>
                <SubmitButton pending=submission.pending>{t!("Make key")}</SubmitButton>
            </div>
        </PostForm>
        <div aria-live="polite">
            {move || {
                key.get()
                    .map(|secret| {
                        view! {
                            <OnceShown
                                id="api-key"
                                label=t!("API key")
                                hint=t!("Shown only this once. Whoever has it acts in your name.")
                                secret
                            />
                        }
                    })
            }}
        </div>
    }
}

#[component]
fn KeyList(all: Vec<ApiKey>, revoke: Post<RevokeApiKey>, submission: Submission) -> impl IntoView {
    if all.is_empty() {
        return view! { <p class="text-sm text-muted">{t!("No keys yet.")}</p> }.into_any();
    }
    view! {
        <ul class="mb-3 divide-y divide-line rounded-md border border-line bg-raised">
            {all
                .into_iter()
                .map(|key| view! { <KeyRow key_of_program=key revoke submission /> })
                .collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn KeyRow(
    key_of_program: ApiKey,
    revoke: Post<RevokeApiKey>,
    submission: Submission,
) -> impl IntoView {
    let ApiKey {
        id,
        name,
        last_four,
        scope,
        created_at,
        last_used_at,
        expires_at,
        ..
    } = key_of_program;
    let label = t!("Revoke the key {name}", name);
    let scope = match scope {
        KeyScope::Read => t!(", reads, "),
        KeyScope::Write => t!(", writes, "),
    };
    view! {
        <li class="flex min-h-15 items-center justify-between gap-4 px-4 py-2.5">
            <div class="min-w-0 text-sm">
                <p class="font-medium break-words">{name.to_string()}</p>
                <p class="text-xs text-muted">
                    <span class="font-mono">{format!("ovm_…{last_four}")}</span>
                    {scope}
                    {match last_used_at {
                        Some(used) => view! { {t!("last used ")} <Moment at=used /> }.into_any(),
                        None => {
                            view! { {t!("made ")} <Moment at=created_at /> {t!(", never used")} }
                                .into_any()
                        }
                    }}
                    {expires_at.map(|end| view! { {t!(", until ")} <Moment at=end /> })}
                </p>
            </div>
            <PostForm post=revoke>
                <input type="hidden" name="id" value=id.to_string() />
                <ReturnTo section="api-keys" />
                <SubmitButton pending=submission.pending emphasis=Emphasis::Plain label>
                    {t!("Revoke")}
                </SubmitButton>
            </PostForm>
        </li>
    }
}
