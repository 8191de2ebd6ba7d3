//! What is connected: the organization's own, to be changed, tested and removed, and the environment's.

use crate::api::connections::{DeleteConnection, TestConnection};
use crate::components::form::{Emphasis, PostForm, ReturnTo, SubmitButton};
use crate::state::Post;
use domain::{Connection, EnvironmentConnection};
use leptos::prelude::*;

const LIST: &str = "mt-4 divide-y divide-line rounded-md border border-line bg-raised";
const ROW: &str =
    "flex min-h-15 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-2.5";

#[component]
pub fn Own(
    all: Vec<Connection>,
    test: Post<TestConnection>,
    delete: Post<DeleteConnection>,
) -> impl IntoView {
    if all.is_empty() {
        return ().into_any();
    }
    view! {
        <ul class=LIST aria-label=t!("Your organization's connections")>
            {all
                .into_iter()
                .map(|connection| view! { <Row connection test delete /> })
                .collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn Row(
    connection: Connection,
    test: Post<TestConnection>,
    delete: Post<DeleteConnection>,
) -> impl IntoView {
    let Connection {
        id,
        provider,
        name,
        base_url,
        default_model,
        last_four,
        models,
        ..
    } = connection;
    let testing = test.submission().pending;
    let removing = delete.submission().leaving().pending;
    let (test_it, remove_it) = (t!("Test {name}", name), t!("Remove {name}", name));
    let change_it = t!("Change {name}", name);
    let details = [
        Some(provider.title().to_owned()),
        base_url,
        default_model.map(|model| t!("model {model}", model)),
    ];
    let details: Vec<String> = details.into_iter().flatten().collect();
    view! {
        <li class=ROW>
            <div class="min-w-0 text-sm">
                <p class="font-medium break-words">{name.to_string()}</p>
                <p class="text-xs text-muted wrap-anywhere">
                    {details.join(", ")} ", " <Key last_four />
                </p>
                <Offer models />
            </div>
            <div class="flex flex-wrap gap-2">
                <a
                    href=format!("/admin/providers/{id}")
                    aria-label=change_it
                    class="inline-flex h-9 items-center rounded-sm border border-line bg-raised px-3 text-sm font-medium hover:border-muted/70"
                >
                    {t!("Change")}
                </a>
                <PostForm post=test>
                    <input type="hidden" name="id" value=id.to_string() />
                    <ReturnTo section="tested" />
                    <SubmitButton
                        pending=testing
                        emphasis=Emphasis::Plain
                        label=test_it
                    >
                        {t!("Test")}
                    </SubmitButton>
                </PostForm>
                <PostForm post=delete>
                    <input type="hidden" name="id" value=id.to_string() />
                    <ReturnTo section="removed" />
                    <SubmitButton
                        pending=removing
                        emphasis=Emphasis::Plain
                        label=remove_it
                    >
                        {t!("Remove")}
                    </SubmitButton>
                </PostForm>
            </div>
        </li>
    }
}

#[component]
fn Key(last_four: Option<String>) -> impl IntoView {
    match last_four {
        Some(last) if last.len() == 4 => {
            view! { {t!("key ")} <span class="font-mono">{format!("…{last}")}</span> }.into_any()
        }
        Some(_) => t!("key kept").into_any(),
        None => t!("no key").into_any(),
    }
}

/// What the provider listed when it was last tested.
#[component]
fn Offer(models: Vec<String>) -> impl IntoView {
    if models.is_empty() {
        return ().into_any();
    }
    view! {
        <details class="mt-1 text-xs text-muted">
            <summary class="flex h-6 w-fit cursor-pointer items-center rounded-sm underline underline-offset-4 hover:text-text">
                {plural!(models.len(), "1 model", "{count} models")}
            </summary>
            <p class="mt-1 font-mono wrap-anywhere">{models.join(", ")}</p>
        </details>
    }
    .into_any()
}

#[component]
pub fn Environment(all: Vec<EnvironmentConnection>, overridden: bool) -> impl IntoView {
    if all.is_empty() {
        return ().into_any();
    }
    view! {
        <h3 class="mt-6 text-sm font-medium">{t!("From the server's environment")}</h3>
        <p class="mt-1 text-xs text-muted">
            {if overridden {
                t!("Questions go to your own connections; the models of these can still be named.")
            } else {
                t!("Set by whoever runs this server, for everybody. Questions go there until you connect a provider of your own.")
            }}
        </p>
        <ul class=LIST aria-label=t!("Connections from the environment")>
            {all
                .into_iter()
                .map(|it| {
                    view! {
                        <li class=ROW>
                            <div class="text-sm">
                                <p class="font-medium">{it.provider.title()}</p>
                                <p class="text-xs text-muted">
                                    <Key last_four=it.last_four />
                                </p>
                            </div>
                            <span class="text-xs text-muted">{t!("Read-only")}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}
