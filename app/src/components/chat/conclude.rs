//! Asks a stopped run to answer with what it has.

use crate::api::conversations::ConcludeRun;
use crate::components::form::{FormError, PostForm};
use crate::state::Post;
use domain::{Run, RunId};
use leptos::prelude::*;

#[component]
pub fn ConcludeForm(run_id: RunId, on_concluded: Callback<Run>) -> impl IntoView {
    let conclude = Post::<ConcludeRun>::prepare();
    let submission = conclude.submission().leaving();
    conclude.on_answer(move |run| on_concluded.run(run));
    view! {
        <PostForm post=conclude class="mb-4 no-print">
            <input type="hidden" name="id" value=run_id.to_string() />
            <button
                type="submit"
                aria-disabled=move || submission.pending.get().then_some("true")
                class="inline-flex h-9 cursor-pointer items-center justify-center rounded-sm border border-muted/70 bg-raised px-4 text-sm font-medium hover:border-text aria-disabled:cursor-progress aria-disabled:opacity-60"
                on:click=move |click| {
                    if submission.pending.get_untracked() {
                        click.prevent_default();
                    }
                }
            >
                {t!("Answer with what you have")}
            </button>
            <FormError message=submission.about_none_of(&[]) />
        </PostForm>
    }
}
