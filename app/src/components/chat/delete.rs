//! Deletes a conversation, after a dialog that says what is lost. The dialog is modal; without
//! scripts the same element opens as a popover.

use crate::api::conversations::DeleteConversation;
use crate::components::form::{Emphasis, FormError, PostForm, SubmitButton};
use crate::state::Post;
use crate::state::conversations::ConversationIndex;
use domain::ConversationId;
use leptos::html::Dialog;
use leptos::prelude::*;

#[component]
pub fn DeleteButton(
    id: ConversationId,
    #[prop(into)] title: Signal<String>,
    /// Tells the header's dialog from the list's.
    place: &'static str,
    class: &'static str,
    on_deleted: Callback<()>,
) -> impl IntoView {
    let delete = Post::<DeleteConversation>::prepare();
    let submission = delete.submission().leaving();
    let index = ConversationIndex::expect();
    let dialog = NodeRef::<Dialog>::new();
    let dialog_id = format!("{place}-delete-{id}");
    let hidden_id = dialog_id.clone();
    let title_id = format!("{dialog_id}-title");
    submission.on_done(move || {
        index.changed();
        on_deleted.run(());
    });

    view! {
        <button
            type="button"
            popovertarget=dialog_id.clone()
            class=class
            on:click=move |click| {
                if let Some(dialog) = dialog.get_untracked() && dialog.show_modal().is_ok() {
                    click.prevent_default();
                }
            }
        >
            {t!("Delete")}
        </button>
        <dialog
            node_ref=dialog
            id=dialog_id.clone()
            popover="auto"
            on:keydown=move |key| {
                // Escape closes the dialog, not also what it was opened from.
                key.stop_propagation();
            }
            aria-labelledby=title_id.clone()
            class="m-auto w-[min(26rem,92vw)] rounded-md border border-line bg-raised p-5 text-text shadow-lg backdrop:bg-text/30"
        >
            <h2 id=title_id.clone() class="font-medium">
                {t!("Delete this conversation?")}
            </h2>
            <p class="mt-2 text-sm text-muted wrap-anywhere">
                {move || {
                    t!(
                        "\u{201c}{title}\u{201d}, with every question, answer and contribution in it, is removed for good.",
                        title = title.get(),
                    )
                }}
            </p>
            <PostForm post=delete class="mt-5 grid gap-3">
                <input type="hidden" name="id" value=id.to_string() />
                <FormError message=submission.about_none_of(&[]) />
                <div class="flex justify-end gap-2">
                    <button
                        type="button"
                        popovertarget=hidden_id
                        popovertargetaction="hide"
                        class="inline-flex h-10 cursor-pointer items-center rounded-sm border border-line px-4 text-sm font-medium hover:border-muted/70"
                        on:click=move |_| {
                            if let Some(dialog) = dialog.get_untracked() {
                                dialog.close();
                            }
                        }
                    >
                        {t!("Keep it")}
                    </button>
                    <SubmitButton pending=submission.pending emphasis=Emphasis::Danger>
                        {t!("Delete conversation")}
                    </SubmitButton>
                </div>
            </PostForm>
        </dialog>
    }
}
