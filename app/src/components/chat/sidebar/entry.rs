//! A conversation in the list: the link to it, and below that what can be done with it.

use crate::components::chat::delete::DeleteButton;
use crate::components::chat::filing::Filing;
use crate::components::chat::rename::RenameForm;
use crate::components::icon::{self, Icon};
use crate::state::conversations::ConversationIndex;
use chrono::{DateTime, Utc};
use domain::{Conversation, ConversationId, ConversationMetadata};
use leptos::html::Button;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate};

/// Which one, and as it was when.
pub type Key = (ConversationId, DateTime<Utc>);

pub fn key(conversation: &Conversation) -> Key {
    (conversation.id, conversation.updated_at)
}

#[component]
pub fn Entry(conversation: Conversation) -> impl IntoView {
    let id = conversation.id;
    let index = ConversationIndex::expect();
    let address = format!("/c/{id}");
    let path = use_location().pathname;
    let is_current = Memo::new({
        let address = address.clone();
        move |_| path.with(|path| *path == address)
    });
    let open = RwSignal::new(false);
    let button = NodeRef::<Button>::new();
    button.on_load(move |button| {
        if index.focus_next.get_untracked() == Some(id) {
            index.focus_next.set(None);
            let _ = button.focus();
        }
    });
    let options_id = format!("options-{id}");
    let title = conversation.title.to_string();
    let options_label = t!("Options for {title}", title);
    let metadata = conversation.metadata;
    let shown = title.clone();

    view! {
        <li
            class="group/entry"
            on:keydown=move |key| {
                if key.key() == "Escape" && open.get_untracked() {
                    open.set(false);
                    if let Some(button) = button.get_untracked() {
                        let _ = button.focus();
                    }
                }
            }
        >
            <div class="relative flex items-center rounded-sm has-aria-[current=page]:bg-line/60">
                <a
                    href=address
                    aria-current=move || is_current.get().then_some("page")
                    title=title.clone()
                    class="block min-w-0 grow truncate rounded-sm px-2 py-1.5 text-sm transition-colors group-focus-within/entry:pr-9 group-hover/entry:pr-9 hover:bg-line/50 pointer-coarse:pr-9 aria-[current=page]:font-medium"
                    on:dragstart=move |_| index.dragged.set(Some(id))
                    on:dragend=move |_| index.dragged.set(None)
                >
                    {title.clone()}
                </a>
                <button
                    node_ref=button
                    type="button"
                    aria-label=options_label
                    aria-expanded=move || open.get().to_string()
                    aria-controls=options_id.clone()
                    class="needs-script absolute inset-y-0 right-0 grid size-8 shrink-0 cursor-pointer place-items-center rounded-sm text-muted opacity-0 transition-opacity group-focus-within/entry:opacity-100 group-hover/entry:opacity-100 hover:text-text aria-expanded:opacity-100 pointer-coarse:opacity-100"
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <Icon path=icon::MORE class="size-4" />
                </button>
            </div>
            <div id=options_id>
                {move || {
                    let (title, metadata) = (shown.clone(), metadata.clone());
                    open.get().then(|| view! { <Options id title metadata is_current open /> })
                }}
            </div>
        </li>
    }
}

#[component]
fn Options(
    id: ConversationId,
    title: String,
    metadata: ConversationMetadata,
    is_current: Memo<bool>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let index = ConversationIndex::expect();
    let navigate = use_navigate();
    // The list is read again: the focus goes to where the conversation stands then.
    let done = Callback::new(move |()| {
        index.focus_next.set(Some(id));
        open.set(false);
    });
    let deleted = Callback::new(move |()| {
        open.set(false);
        if is_current.get_untracked() {
            navigate("/", Default::default());
        }
    });
    view! {
        <div class="grid gap-2 px-2 pt-1 pb-3">
            <RenameForm id title=title.clone() takes_focus=true on_renamed=done />
            <Filing id metadata place="list" on_filed=done />
            <DeleteButton
                id
                title=title
                place="list"
                class="inline-flex h-9 cursor-pointer items-center justify-center rounded-sm border border-line px-3 text-sm font-medium text-bad hover:border-bad"
                on_deleted=deleted
            />
        </div>
    }
}
