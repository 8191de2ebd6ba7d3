//! The end of an account.

use super::Section;
use crate::api::accounts::DeleteAccount;
use crate::components::form::{Emphasis, FormError, PostForm, SubmitButton, TextField};
use crate::state::Post;
use leptos::prelude::*;

#[component]
pub fn Deletion() -> impl IntoView {
    let delete = Post::<DeleteAccount>::prepare();
    let submission = delete.submission().leaving();
    submission.on_done(|| {
        crate::state::drafts::forget_all();
        let _ = window().location().set_href("/");
    });
    let failed = submission.about("password");
    let refused = submission.about_none_of(&["password"]);
    // Without scripts the page comes back from the server: it opens where the error is.
    let open = failed.get_untracked().is_some() || refused.get_untracked().is_some();

    view! {
        <Section id="delete" title=t!("Delete account")>
            <details open=open class="text-sm">
                <summary class="cursor-pointer rounded-sm py-1 font-medium">
                    {t!("Delete my account and everything in it")}
                </summary>
                <div class="mt-3 grid max-w-104 gap-5">
                    <p>
                        {t!("Your account, all your conversations with their questions, answers and agents' contributions, your preferences and your sessions are removed at once and for good. Nobody can bring them back, admins included.")}
                    </p>
                    <PostForm post=delete class="grid gap-5">
                        <FormError message=refused />
                        <TextField
                            label=t!("Your password, to confirm")
                            name="password"
                            id="delete-password"
                            kind="password"
                            autocomplete="current-password"
                            required=true
                            submission
                        />
                        <div>
                            <SubmitButton
                                pending=submission.pending
                                emphasis=Emphasis::Danger
                            >
                                {t!("Delete account for good")}
                            </SubmitButton>
                        </div>
                    </PostForm>
                </div>
            </details>
        </Section>
    }
}
