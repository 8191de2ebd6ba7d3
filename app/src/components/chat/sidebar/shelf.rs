//! One shelf alone: a folder, what has a tag, or the archive.

use super::entry::{self, Entry};
use super::more::Paged;
use super::{ENTRY, LABEL};
use crate::api::Refused;
use crate::api::sidebar::conversations;
use crate::state::conversations::{ConversationIndex, Shelf};
use domain::{Conversation, Page};
use leptos::prelude::*;

/// Not for all of them, which have sections.
pub async fn listed(shelf: &Shelf, cursor: Option<String>) -> Result<Page<Conversation>, Refused> {
    let (mut folder, mut tag) = (None, None);
    match shelf {
        Shelf::Folder(name) => folder = Some(name.clone()),
        Shelf::Tag(name) => tag = Some(name.clone()),
        Shelf::All | Shelf::Archived => {}
    }
    conversations(folder, tag, *shelf == Shelf::Archived, cursor).await
}

/// Shows that shelf; the page beside the list stays.
#[component]
pub fn ShelfLink(
    shelf: Shelf,
    /// For screen readers, where `children` are only an icon.
    #[prop(optional)]
    label: Option<&'static str>,
    #[prop(into)] class: String,
    children: Children,
) -> impl IntoView {
    let index = ConversationIndex::expect();
    view! {
        <a
            href=shelf.query()
            aria-label=label
            title=label
            class=class
            on:click=move |click| {
                // Neither another address, nor does the sheet on a phone close.
                click.prevent_default();
                click.stop_propagation();
                index.focus_next.set(None);
                index.show(shelf.clone());
            }
        >
            {children()}
        </a>
    }
}

#[component]
pub fn OneShelf(shelf: Shelf, page: Page<Conversation>) -> impl IntoView {
    let name = match &shelf {
        Shelf::Folder(name) => t!("Folder {name}", name),
        Shelf::Tag(name) => t!("Tag {name}", name),
        Shelf::All | Shelf::Archived => t!("Archived").to_owned(),
    };
    let is_empty = page.items.is_empty();
    let paged = Paged::new(page);
    let query = shelf.query();
    view! {
        <ShelfLink shelf=Shelf::All class=format!("{ENTRY} text-muted")>
            {t!("Back to all conversations")}
        </ShelfLink>
        <p id="shelf" class=format!("{LABEL} truncate")>
            {name}
        </p>
        {is_empty
            .then(|| {
                view! {
                    <p class="px-2 py-1 text-sm text-muted">{t!("There is nothing here yet.")}</p>
                }
            })}
        <ul aria-labelledby="shelf" class="grid grid-cols-1">
            <For each=move || paged.items.get() key=entry::key let(conversation)>
                <Entry conversation />
            </For>
        </ul>
        {paged
            .more(
                query,
                move |cursor| {
                    let shelf = shelf.clone();
                    async move { listed(&shelf, cursor).await }
                },
            )}
    }
}
