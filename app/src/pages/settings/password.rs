//! A new password, for whoever knows the old one.

use super::Section;
use crate::api::accounts::ChangePassword;
use crate::components::form::{FormError, FormStatus, PostForm, ReturnTo, SubmitButton, TextField};
use crate::state::{Post, Visitor};
use leptos::html::Form;
use leptos::prelude::*;

#[component]
pub fn Password(action: Post<ChangePassword>) -> impl IntoView {
    let submission = action.submission();
    let form = NodeRef::<Form>::new();
    submission.on_done(move || {
        if let Some(form) = form.get_untracked() {
            form.reset();
        }
    });
    // Tells password managers whose password it is.
    let email = Visitor::expect().user.map(|user| user.email.to_string());

    view! {
        <Section id="password" title=t!("Password")>
            <PostForm post=action node_ref=form class="grid max-w-104 gap-5">
                <FormError message=submission.about_none_of(&["current", "password"]) />
                <ReturnTo section="password" />
                <input
                    type="text"
                    value=email
                    autocomplete="username"
                    readonly
                    hidden
                    aria-label=t!("Account")
                />
                <TextField
                    label=t!("Current password")
                    name="current"
                    id="current-password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                    submission
                />
                <TextField
                    label=t!("New password")
                    name="password"
                    id="new-password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    minlength="8"
                    maxlength="256"
                    hint=t!("At least 8 characters")
                    submission
                />
                <div class="flex items-center gap-4">
                    <SubmitButton pending=submission.pending>{t!("Change password")}</SubmitButton>
                    <FormStatus submission text=t!("Changed") section="password" />
                </div>
            </PostForm>
        </Section>
    }
}
