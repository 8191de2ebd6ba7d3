//! Gives a conversation another title: in its header and in the list.

use crate::api::conversations::RenameConversation;
use crate::components::form::{Emphasis, FormError, PostForm, SubmitButton};
use crate::state::Post;
use crate::state::conversations::ConversationIndex;
use domain::ConversationId;
use leptos::html::Input;
use leptos::prelude::*;

#[component]
pub fn RenameForm(
    id: ConversationId,
    title: String,
    /// The form appeared because somebody asked for it, so it takes the focus.
    #[prop(optional)]
    takes_focus: bool,
    on_renamed: Callback<()>,
) -> impl IntoView {
    let rename = Post::<RenameConversation>::prepare();
    let submission = rename.submission();
    let title = submission.typed("title").unwrap_or(title);
    let index = ConversationIndex::expect();
    let input = NodeRef::<Input>::new();
    if takes_focus {
        input.on_load(|input| {
            let _ = input.focus();
            input.select();
        });
    }
    submission.on_done(move || {
        if let Some(input) = input.get_untracked() {
            index.renamed(id, input.value().trim().to_owned());
            on_renamed.run(());
        }
    });

    view! {
        <PostForm post=rename class="grid gap-2">
            <input type="hidden" name="id" value=id.to_string() />
            <FormError message=submission.about_none_of(&[]) />
            <div class="flex items-center gap-2">
                <input
                    node_ref=input
                    name="title"
                    aria-label=t!("Title")
                    value=title
                    required=true
                    maxlength="200"
                    autocomplete="off"
                    class="h-9 w-full min-w-0 rounded-sm border border-muted/70 bg-raised px-2 text-base sm:text-sm"
                />
                <SubmitButton pending=submission.pending emphasis=Emphasis::Plain>
                    {t!("Save")}
                </SubmitButton>
            </div>
        </PostForm>
    }
}
