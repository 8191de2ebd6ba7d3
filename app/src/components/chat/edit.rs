//! A question in other words: written in its place, asked as a branch beside it. That it is being
//! edited is part of the address, so it works without scripts.

use crate::api::conversations::EditQuestion;
use crate::components::chat::turn::Reread;
use crate::components::form::{FormError, PostForm, SubmitButton, text_box_content};
use crate::state::Post;
use domain::{Message, Question, WorkflowId};
use leptos::html::Textarea;
use leptos::prelude::*;

#[component]
pub fn EditForm(question: Message, workflow_id: Option<WorkflowId>) -> impl IntoView {
    let edit = Post::<EditQuestion>::prepare();
    let submission = edit.submission().leaving();
    let refused = submission.about_none_of(&[]);
    let reread = Reread::expect();
    let text = submission.typed("message").unwrap_or(question.content);
    let text_box = NodeRef::<Textarea>::new();
    text_box.on_load(|text_box| {
        let _ = text_box.focus();
    });
    edit.on_answer(move |run| reread.at(run.question_id));

    view! {
        <PostForm
            post=edit
            class="rounded-md border border-muted/60 bg-raised p-2 focus-within:border-accent"
        >
            <input type="hidden" name="id" value=question.id.to_string() />
            {workflow_id
                .map(|id| {
                    view! { <input type="hidden" name="workflow_id" value=id.to_string() /> }
                })}
            <FormError message=refused />
            <textarea
                node_ref=text_box
                inner_html=text_box_content(&text)
                name="message"
                aria-label=t!("The question in other words")
                rows="2"
                required=true
                maxlength=Question::MAX_CHARS.to_string()
                autocomplete="off"
                aria-invalid=move || refused.get().map(|_| "true")
                readonly=move || submission.pending.get()
                class="block field-sizing-content max-h-[calc(12lh+1rem)] w-full resize-none rounded-sm bg-transparent px-2 py-2 outline-none"
            ></textarea>
            <div class="mt-1 flex items-center justify-end gap-2">
                <a
                    href=format!("/c/{}", question.conversation_id)
                    data-noscroll="true"
                    class="inline-flex h-10 items-center rounded-sm border border-line px-4 text-sm font-medium hover:border-muted/70"
                >
                    {t!("Cancel")}
                </a>
                <SubmitButton pending=submission.pending>{t!("Ask in other words")}</SubmitButton>
            </div>
        </PostForm>
    }
}
