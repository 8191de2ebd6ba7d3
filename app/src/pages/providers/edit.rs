//! One connection, to be changed: its name, key and address, what its models cost, and how often they
//! are asked.

use crate::api::Refused;
use crate::api::connections::{SaveConnection, connection};
use crate::components::admin_frame::{AdminFrame, AdminHeading};
use crate::components::form::{FormError, PostForm, SubmitButton, TextArea, TextField};
use crate::components::section::Unreadable;
use crate::pages::NotFound;
use crate::state::{Post, Submission};
use domain::{ApiError, Connection, ConnectionId, ErrorCode};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

const FIELDS: &[&str] = &[
    "name",
    "base_url",
    "default_model",
    "api_key",
    "prices",
    "requests_per_minute",
    "concurrent_calls",
];

#[component]
pub fn ProviderPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get_str("id")?.parse::<ConnectionId>().ok())
    });
    let save = Post::<SaveConnection>::prepare();
    let submission = save.submission().leaving();
    // What every page says about models has changed: the next one is loaded anew.
    submission.on_done(|| super::go_to("/admin/providers?done=changed"));
    let shown = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => connection(id).await,
                None => Err(Refused(ApiError::from_code(
                    ErrorCode::NotFound,
                    t!("There is no connection at this address."),
                ))),
            }
        },
    );
    view! {
        <AdminFrame title=t!("Provider")>
            <Suspense>
                {move || Suspend::new(async move {
                    match shown.await {
                        Ok(connection) => view! { <Fields connection save submission /> }.into_any(),
                        Err(refused) if refused.0.http_status() == 404 => {
                            view! { <NotFound /> }.into_any()
                        }
                        Err(refused) => {
                            view! { <Unreadable message=refused.message() /> }.into_any()
                        }
                    }
                })}
            </Suspense>
        </AdminFrame>
    }
}

#[component]
fn Fields(
    connection: Connection,
    save: Post<SaveConnection>,
    submission: Submission,
) -> impl IntoView {
    let Connection {
        id,
        provider,
        name,
        base_url,
        default_model,
        last_four,
        terms,
        ..
    } = connection;
    let key = match &last_four {
        Some(last) if last.len() == 4 => t!("with the key that ends in {last}", last),
        Some(_) => t!("with a key").to_owned(),
        None => t!("without a key").to_owned(),
    };
    let number = |number: Option<u32>| number.map(|it| it.to_string()).unwrap_or_default();
    view! {
        <AdminHeading
            title=name.to_string()
            text=t!(
                "{provider}, {key}. What is under way goes on as it began.",
                provider = provider.title(),
                key,
            )
        />
        <PostForm post=save class="mt-6 grid max-w-104 gap-5">
            <FormError message=submission.about_none_of(FIELDS) />
            <input type="hidden" name="id" value=id.to_string() />
            <TextField
                label=t!("Name")
                name="name"
                required=true
                maxlength="40"
                value=name.to_string()
                hint=t!("The first part of its models' names. Agents and workflows that name them by the old one have to be changed too.")
                submission
            />
            <TextField
                label=t!("New key")
                name="api_key"
                kind="password"
                autocomplete="new-password"
                maxlength="1000"
                hint=t!("Empty: the one that is kept stays. Beside a new address it has to be written again.")
                submission
            />
            {provider
                .needs_address()
                .then(|| {
                    view! {
                        <TextField
                            label=t!("Base URL")
                            name="base_url"
                            required=true
                            maxlength="500"
                            value=base_url.unwrap_or_default()
                            submission
                        />
                    }
                })}
            <TextField
                label=t!("Default model")
                name="default_model"
                maxlength="240"
                value=default_model.unwrap_or_default()
                hint=t!("Asked where nobody names another.")
                submission
            />
            <TextArea
                label=t!("Prices")
                name="prices"
                rows="3"
                maxlength="50000"
                value=terms.prices_as_text()
                hint=t!("On each line a model and what a million tokens cost in dollars, in and out: llama-3.3-70b 0.60 2.40. Others cost what price lists say, or nobody knows what.")
                submission
            />
            <TextField
                label=t!("Requests per minute")
                name="requests_per_minute"
                kind="number"
                min="1"
                max="1000000"
                step="1"
                value=number(terms.requests_per_minute)
                hint=t!("Further ones wait. Of each server process. Empty: no limit.")
                submission
            />
            <TextField
                label=t!("Calls at the same time")
                name="concurrent_calls"
                kind="number"
                min="1"
                max="10000"
                step="1"
                value=number(terms.concurrent_calls)
                hint=t!("Further ones wait. Of each server process. Empty: no limit.")
                submission
            />
            <div class="flex items-center gap-4">
                <SubmitButton pending=submission.pending>{t!("Save")}</SubmitButton>
                <a href="/admin/providers" class="rounded-sm text-sm underline underline-offset-4">
                    {t!("Back to all")}
                </a>
            </div>
        </PostForm>
    }
}
