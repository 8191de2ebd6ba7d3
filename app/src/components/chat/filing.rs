//! Where a conversation belongs: its folder, its tags, whether it is pinned or archived. The same
//! forms stand in the list and in the conversation's header, where they work without scripts.

use crate::api::sidebar::{MarkConversation, MoveConversation, TagConversation};
use crate::components::form::{Emphasis, FormError, PostForm, SubmitButton};
use crate::state::Post;
use crate::state::conversations::ConversationIndex;
use domain::{Conversation, ConversationId, ConversationMetadata, FolderName, Tag};
use leptos::prelude::*;

#[component]
pub fn Filing(
    id: ConversationId,
    metadata: ConversationMetadata,
    /// Tells the header's fields from the list's.
    place: &'static str,
    on_filed: Callback<()>,
) -> impl IntoView {
    let folder = metadata.folder.as_ref().map(FolderName::as_str);
    let folder = folder.unwrap_or_default().to_owned();
    let tags: Vec<&str> = metadata.tags.iter().map(Tag::as_str).collect();
    let tags = tags.join(", ");
    view! {
        <Mark
            id
            field="pinned"
            marked=metadata.pinned_at.is_some()
            words=(t!("Pin"), t!("Unpin"))
            on_filed
        />
        <Mark
            id
            field="archived"
            marked=metadata.archived
            words=(t!("Archive"), t!("Take out of the archive"))
            on_filed
        />
        <FolderForm id folder place on_filed />
        <TagsForm id tags place on_filed />
    }
}

/// Tells the list and says what was done.
fn filed(
    said: impl Fn(&Conversation) -> String + 'static,
    on_filed: Callback<()>,
) -> impl Fn(Conversation) + 'static {
    let index = ConversationIndex::expect();
    move |conversation| {
        index.filed(&conversation, said(&conversation));
        on_filed.run(());
    }
}

/// What became of a conversation that was moved.
pub fn said_of_move(conversation: &Conversation) -> String {
    match &conversation.metadata.folder {
        Some(folder) => t!("Moved to {folder}", folder),
        None => t!("Moved out of its folder").to_owned(),
    }
}

#[component]
fn Mark(
    id: ConversationId,
    field: &'static str,
    marked: bool,
    /// To mark it, and to undo that.
    words: (&'static str, &'static str),
    on_filed: Callback<()>,
) -> impl IntoView {
    let mark = Post::<MarkConversation>::prepare();
    let submission = mark.submission();
    let said = match (field, marked) {
        ("pinned", false) => t!("Pinned"),
        ("pinned", true) => t!("Unpinned"),
        (_, false) => t!("Archived"),
        (_, true) => t!("Taken out of the archive"),
    };
    mark.on_answer(filed(move |_| said.to_owned(), on_filed));
    view! {
        <PostForm post=mark>
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name=field value=(!marked).to_string() />
            <button
                type="submit"
                class="inline-flex h-9 w-full cursor-pointer items-center justify-center rounded-sm border border-line px-3 text-sm font-medium hover:border-muted/70"
                aria-disabled=move || submission.pending.get().then_some("true")
            >
                {if marked { words.1 } else { words.0 }}
            </button>
            <FormError message=submission.about_none_of(&[]) />
        </PostForm>
    }
}

#[component]
fn FolderForm(
    id: ConversationId,
    folder: String,
    place: &'static str,
    on_filed: Callback<()>,
) -> impl IntoView {
    let go = Post::<MoveConversation>::prepare();
    let submission = go.submission();
    go.on_answer(filed(said_of_move, on_filed));
    let folder = submission.typed("folder").unwrap_or(folder);
    view! {
        <PostForm post=go class="grid gap-1">
            <input type="hidden" name="id" value=id.to_string() />
            <FormError message=submission.about_none_of(&[]) />
            <Line
                id=format!("{place}-folder-{id}")
                label=t!("Folder")
                name="folder"
                value=folder
                list="folders"
                button=t!("Move")
                pending=submission.pending
            />
        </PostForm>
    }
}

#[component]
fn TagsForm(
    id: ConversationId,
    tags: String,
    place: &'static str,
    on_filed: Callback<()>,
) -> impl IntoView {
    let tag = Post::<TagConversation>::prepare();
    let submission = tag.submission();
    tag.on_answer(filed(|_| t!("Tags changed").to_owned(), on_filed));
    let tags = submission.typed("tags").unwrap_or(tags);
    view! {
        <PostForm post=tag class="grid gap-1">
            <input type="hidden" name="id" value=id.to_string() />
            <FormError message=submission.about_none_of(&[]) />
            <Line
                id=format!("{place}-tags-{id}")
                label=t!("Tags, with commas between them")
                name="tags"
                value=tags
                button=t!("Tag")
                pending=submission.pending
            />
        </PostForm>
    }
}

/// A field and the button beside it.
#[component]
fn Line(
    id: String,
    label: &'static str,
    name: &'static str,
    value: String,
    /// The id of a `<datalist>`.
    #[prop(optional)]
    list: Option<&'static str>,
    button: &'static str,
    pending: Signal<bool>,
) -> impl IntoView {
    view! {
        <label for=id.clone() class="text-xs text-muted">
            {label}
        </label>
        <div class="flex items-center gap-2">
            <input
                id=id
                name=name
                value=value
                list=list
                maxlength="1100"
                autocomplete="off"
                class="h-9 w-full min-w-0 rounded-sm border border-muted/70 bg-raised px-2 text-base sm:text-sm"
            />
            <SubmitButton pending emphasis=Emphasis::Plain>
                {button}
            </SubmitButton>
        </div>
    }
}
