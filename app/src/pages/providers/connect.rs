//! The form that connects a provider.

use crate::api::connections::CreateConnection;
use crate::components::form::{FormError, PostForm, ReturnTo, Select, SubmitButton, TextField};
use crate::state::Post;
use domain::ProviderKind;
use leptos::prelude::*;

const FIELDS: &[&str] = &["provider", "name", "base_url", "default_model", "api_key"];

#[component]
pub fn ConnectForm(create: Post<CreateConnection>) -> impl IntoView {
    let submission = create.submission().leaving();
    let options = ProviderKind::ALL
        .into_iter()
        .map(|kind| (kind.as_str().to_owned(), kind.title().to_owned()))
        .collect();
    view! {
        <section aria-labelledby="connect-title" class="mt-10 border-t border-line pt-8">
            <h2 id="connect-title" class="text-lg font-bold tracking-tight">
                {t!("Connect a provider")}
            </h2>
            <PostForm post=create class="mt-5 grid max-w-104 gap-5">
                <FormError message=submission.about_none_of(FIELDS) />
                <ReturnTo section="connected" />
                <Select
                    label=t!("Provider")
                    name="provider"
                    options
                    chosen=ProviderKind::OpenAi.as_str()
                    submission
                />
                <TextField
                    label=t!("Key")
                    name="api_key"
                    kind="password"
                    autocomplete="new-password"
                    maxlength="1000"
                    hint=t!("Its last four characters are all that is shown from then on.")
                    submission
                />
                <TextField
                    label=t!("Base URL")
                    name="base_url"
                    maxlength="500"
                    hint=t!("For Ollama and OpenAI-compatible servers, for example https://llm.example.org/v1")
                    submission
                />
                <TextField
                    label=t!("Default model")
                    name="default_model"
                    maxlength="240"
                    hint=t!("Asked where nobody names another. An OpenAI-compatible server needs one.")
                    submission
                />
                <TextField
                    label=t!("Name")
                    name="name"
                    maxlength="40"
                    hint=t!("The first part of its models' names, as in lab/llama-3.3. Empty: the provider's own name.")
                    submission
                />
                <div>
                    <SubmitButton pending=submission.pending>{t!("Connect")}</SubmitButton>
                </div>
            </PostForm>
        </section>
    }
}
