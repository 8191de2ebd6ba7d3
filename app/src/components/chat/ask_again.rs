//! Another answer to a question, with the same workflow or another one. That the form is open is
//! part of the address, so it works without scripts.

use crate::api::conversations::AskAgain;
use crate::components::chat::QUIET;
use crate::components::chat::this_question::ThisQuestion;
use crate::components::chat::turn::{Reread, acting_on};
use crate::components::chat::workflow_select::WorkflowSelect;
use crate::components::form::{FormError, PostForm, SubmitButton};
use crate::state::Post;
use domain::Run;
use leptos::prelude::*;

const FORM: &str = "ask-again";

/// In the line below the answer.
#[component]
pub fn AskAgainLink(run: Run) -> impl IntoView {
    view! {
        <a
            href=format!("/c/{}?again={}", run.conversation_id, run.id)
            data-noscroll="true"
            class=QUIET
        >
            {t!("Ask again")}
        </a>
    }
}

/// Below that line, once somebody followed the link.
#[component]
pub fn AskAgainPanel(run: Run) -> impl IntoView {
    let open = acting_on("again", run.id.to_string());
    move || open.get().then(|| view! { <Panel run=run.clone() /> })
}

#[component]
fn Panel(run: Run) -> impl IntoView {
    let again = Post::<AskAgain>::prepare();
    let submission = again.submission().leaving();
    let reread = Reread::expect();
    again.on_answer(move |run| reread.at(run.question_id));
    let typed = submission.typed("workflow_id");
    let chosen = typed.map_or_else(|| run.workflow_id.clone(), |id| id.as_str().into());
    view! {
        <PostForm
            post=again
            id=FORM
            class="mt-2 grid gap-3 rounded-md border border-line bg-raised p-3 no-print"
        >
            <input type="hidden" name="id" value=run.question_id.to_string() />
            <p class="text-sm">
                {t!("The same question gets another answer; this one stays beside it.")}
            </p>
            <FormError message=submission.about_none_of(&[]) />
            <div class="flex flex-wrap items-center justify-between gap-2">
                <div class="flex min-w-0 items-center gap-1">
                    <WorkflowSelect form=FORM chosen=Some(chosen) />
                    <ThisQuestion form=FORM submission />
                </div>
                <div class="flex items-center gap-2">
                    <a
                        href=format!("/c/{}", run.conversation_id)
                        data-noscroll="true"
                        class="inline-flex h-10 items-center rounded-sm border border-line px-4 text-sm font-medium hover:border-muted/70"
                    >
                        {t!("Cancel")}
                    </a>
                    <SubmitButton pending=submission.pending>{t!("Ask again")}</SubmitButton>
                </div>
            </div>
        </PostForm>
    }
}
