//! What the organization is called, who may join it, and what its members' questions begin with.

mod quotas;

use super::keeping::KeepingSection;
use crate::api::Refused;
use crate::api::conversations::workflows;
use crate::api::organization::{SaveOrganization, organization};
use crate::components::admin_frame::{AdminFrame, AdminHeading};
use crate::components::form::{
    FormError, FormStatus, PostForm, ReturnTo, Select, SubmitButton, TextField,
};
use crate::components::section::Unreadable;
use crate::state::{Post, Submission};
use domain::{MailDomain, Organization, SignUpPolicy, Workflow};
use leptos::prelude::*;
use quotas::QuotasSection;

#[component]
pub fn OrganizationPage() -> impl IntoView {
    let save = Post::<SaveOrganization>::prepare();
    let submission = save.submission();
    let shown = Resource::new_blocking(
        || (),
        |()| async {
            let organization = organization().await?;
            // The form is of use without them.
            Ok::<_, Refused>((organization, workflows().await.unwrap_or_default()))
        },
    );
    view! {
        <AdminFrame title=t!("Organization")>
            <AdminHeading
                title=t!("Organization")
                text=t!("What holds for every member. What a member has chosen in the settings comes first.")
            />
            <Suspense>
                {move || Suspend::new(async move {
                    match shown.await {
                        Ok((organization, workflows)) => {
                            view! { <Fields organization workflows save submission /> }.into_any()
                        }
                        Err(refused) => {
                            view! { <Unreadable message=refused.message() /> }.into_any()
                        }
                    }
                })}
            </Suspense>
            <QuotasSection />
            <KeepingSection />
        </AdminFrame>
    }
}

const FIELDS: &[&str] = &[
    "organization_name",
    "mail_domains",
    "default_workflow",
    "default_model",
    "requests_per_minute",
];

#[component]
fn Fields(
    organization: Organization,
    workflows: Vec<Workflow>,
    save: Post<SaveOrganization>,
    submission: Submission,
) -> impl IntoView {
    let domains: Vec<&str> = organization
        .mail_domains
        .iter()
        .map(MailDomain::as_str)
        .collect();
    let domains = domains.join(", ");
    let chosen = organization
        .default_workflow
        .map(|id| id.to_string())
        .unwrap_or_default();
    let model = organization
        .default_model
        .map(|model| model.to_string())
        .unwrap_or_default();
    let rate = organization
        .requests_per_minute
        .map(|rate| rate.to_string())
        .unwrap_or_default();
    view! {
        <PostForm post=save id="organization" class="mt-6 grid max-w-104 gap-5">
            <FormError message=submission.about_none_of(FIELDS) />
            <ReturnTo section="organization" />
            <TextField
                label=t!("Name")
                name="name"
                error_field="organization_name"
                required=true
                maxlength="120"
                value=organization.name.to_string()
                submission
            />
            <Select
                label=t!("Sign-up")
                name="sign_up"
                options=policies()
                chosen=organization.sign_up.as_str()
                hint=t!("Without an invitation people join as users, and only while this is the only organization of the server.")
                submission
            />
            <TextField
                label=t!("Allowed mail domains")
                name="mail_domains"
                value=domains
                hint=t!("For example example.org, example.net. Empty: any. Addresses are not verified: whoever is invited or lets themselves in may type one that is not theirs.")
                submission
            />
            <Select
                label=t!("Default workflow")
                name="default_workflow"
                options=choices(workflows, &chosen)
                chosen
                hint=t!("A published one, for whoever has not chosen another.")
                submission
            />
            <TextField
                label=t!("Default model")
                name="default_model"
                value=model
                hint=t!("As provider/model, for example openai/gpt-5.1. Empty: the server's own. A model that a workflow names comes first.")
                submission
            />
            <TextField
                label=t!("Requests per minute")
                name="requests_per_minute"
                kind="number"
                min="1"
                max="1000000"
                step="1"
                value=rate
                hint=t!("Of each member, by programs. Empty: the server's own limit.")
                submission
            />
            <div class="flex items-center gap-4">
                <SubmitButton pending=submission.pending>{t!("Save")}</SubmitButton>
                <FormStatus submission text=t!("Saved") section="organization" />
            </div>
        </PostForm>
    }
}

fn policies() -> Vec<(String, String)> {
    SignUpPolicy::ALL
        .into_iter()
        .map(|policy| {
            let words = match policy {
                SignUpPolicy::Invite => t!("By invitation"),
                SignUpPolicy::Open => t!("Open: everybody with an allowed address"),
                SignUpPolicy::Closed => t!("Closed: nobody, invited or not"),
            };
            (policy.as_str().to_owned(), words.to_owned())
        })
        .collect()
}

/// The chosen one stays in the list even when it is gone, so that saving says so.
fn choices(workflows: Vec<Workflow>, chosen: &str) -> Vec<(String, String)> {
    let mut choices = vec![(String::new(), t!("The server's own").to_owned())];
    choices.extend(
        workflows
            .into_iter()
            .map(|workflow| (workflow.id.to_string(), workflow.name)),
    );
    if !choices.iter().any(|(id, _)| id == chosen) {
        choices.push((chosen.to_owned(), t!("{chosen} (not available)", chosen)));
    }
    choices
}
