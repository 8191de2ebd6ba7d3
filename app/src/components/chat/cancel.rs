//! Stops a run: on its card and, where the send button was, in the composer.

use crate::api::conversations::CancelRun;
use crate::components::form::PostForm;
use crate::components::toasts::Told;
use crate::state::Post;
use domain::RunId;
use leptos::prelude::*;

/// `label` names it for screen readers where `children` are only an icon.
#[component]
pub fn CancelForm(
    run_id: RunId,
    #[prop(optional)] label: Option<&'static str>,
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let cancel = Post::<CancelRun>::prepare();
    let submission = cancel.submission().leaving();
    view! {
        <PostForm post=cancel>
            <input type="hidden" name="id" value=run_id.to_string() />
            <button
                type="submit"
                aria-label=label
                title=label
                aria-disabled=move || submission.pending.get().then_some("true")
                class=format!("{class} aria-disabled:cursor-progress aria-disabled:opacity-60")
                on:click=move |click| {
                    if submission.pending.get_untracked() {
                        click.prevent_default();
                    }
                }
            >
                {children()}
            </button>
            <Told submission />
        </PostForm>
    }
}
