//! All conversations but the archived ones: pinned, in folders, and the others by their age.

use super::age::{Age, local_offset};
use super::entry::{self, Entry};
use super::more::Paged;
use super::shelf::ShelfLink;
use super::{ENTRY, LABEL};
use crate::api::sidebar::{MoveConversation, conversations};
use crate::components::chat::filing::said_of_move;
use crate::components::icon::{self, Icon};
use crate::state::Post;
use crate::state::conversations::{ConversationIndex, Shelf};
use crate::state::toasts::Toasts;
use chrono::{DateTime, Utc};
use domain::{Conversation, Folder, FolderName, Page, Sidebar};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDetailsElement;

#[component]
pub fn Sections(sidebar: Sidebar) -> impl IntoView {
    let Sidebar {
        pinned,
        folders,
        others,
        now,
    } = sidebar;
    if pinned.is_empty() && folders.is_empty() && others.items.is_empty() {
        return view! {
            <p class="px-2 py-3 text-sm text-muted">
                {t!("Your conversations will be listed here.")}
            </p>
        }
        .into_any();
    }
    let drop = Dropping::new();
    let names: Vec<FolderName> = folders.iter().map(|folder| folder.name.clone()).collect();
    view! {
        <datalist id="folders">
            {names
                .into_iter()
                .map(|name| view! { <option value=name.to_string()></option> })
                .collect_view()}
        </datalist>
        {(!pinned.is_empty()).then(|| view! { <Pinned pinned /> })}
        {(!folders.is_empty())
            .then(|| {
                view! {
                    <p class=LABEL>{t!("Folders")}</p>
                    {folders
                        .into_iter()
                        .map(|folder| view! { <OneFolder folder drop /> })
                        .collect_view()}
                }
            })}
        <Others others now drop />
    }
    .into_any()
}

/// Where a conversation is let go that was dragged.
#[derive(Clone, Copy)]
struct Dropping {
    index: ConversationIndex,
    go: Post<MoveConversation>,
}

impl Dropping {
    fn new() -> Self {
        let index = ConversationIndex::expect();
        let go = Post::<MoveConversation>::prepare();
        Toasts::tell_of(go.submission());
        go.on_answer(move |moved| index.filed(&moved, said_of_move(&moved)));
        Self { index, go }
    }

    fn may_come(self) -> bool {
        self.index.dragged.with_untracked(Option::is_some)
    }

    fn into(self, folder: String) {
        if let Some(id) = self.index.dragged.get_untracked() {
            self.index.dragged.set(None);
            self.go.send(&MoveConversation { id, folder });
        }
    }
}

#[component]
fn Pinned(pinned: Vec<Conversation>) -> impl IntoView {
    view! {
        <p id="pinned" class=LABEL>
            {t!("Pinned")}
        </p>
        <ul aria-labelledby="pinned" class="grid grid-cols-1">
            <For each=move || pinned.clone() key=entry::key let(conversation)>
                <Entry conversation />
            </For>
        </ul>
    }
}

#[component]
fn OneFolder(folder: Folder, drop: Dropping) -> impl IntoView {
    let index = ConversationIndex::expect();
    let Folder {
        name,
        count,
        latest,
    } = folder;
    let name = name.to_string();
    let more = latest.len() < count as usize;
    let all = Shelf::Folder(name.clone());
    let is_open = {
        let name = name.clone();
        move || index.open_folders.with(|open| open.contains(&name))
    };
    let (opened, target) = (name.clone(), name.clone());
    view! {
        <details
            open=is_open
            class="group/folder"
            on:toggle=move |toggle| {
                let details = toggle
                    .target()
                    .and_then(|it| it.dyn_into::<HtmlDetailsElement>().ok());
                if let Some(details) = details {
                    index.open_folder(&opened, details.open());
                }
            }
            on:dragover=move |drag| {
                if drop.may_come() {
                    drag.prevent_default();
                }
            }
            on:drop=move |dropped| {
                dropped.prevent_default();
                drop.into(target.clone());
            }
        >
            <summary class=format!("{ENTRY} list-none [&::-webkit-details-marker]:hidden")>
                <span class="text-muted transition-transform group-open/folder:rotate-90">
                    <Icon path=icon::CHEVRON class="size-4" />
                </span>
                <span class="min-w-0 grow truncate">{name.clone()}</span>
                <span class="text-xs text-muted tabular-nums">{count}</span>
            </summary>
            <ul aria-label=name class="grid grid-cols-1 pl-4">
                <For each=move || latest.clone() key=entry::key let(conversation)>
                    <Entry conversation />
                </For>
            </ul>
            {more
                .then(|| {
                    view! {
                        <ShelfLink shelf=all class=format!("{ENTRY} pl-6 text-muted")>
                            {t!("Show all {count}", count)}
                        </ShelfLink>
                    }
                })}
        </details>
    }
}

/// Of one list, so that an entry keeps its place in it while the labels move.
enum Row {
    Label(Age),
    Entry(Conversation),
}

impl Row {
    fn key(&self) -> (Option<Age>, Option<entry::Key>) {
        match self {
            Self::Label(age) => (Some(*age), None),
            Self::Entry(conversation) => (None, Some(entry::key(conversation))),
        }
    }
}

#[component]
fn Others(others: Page<Conversation>, now: DateTime<Utc>, drop: Dropping) -> impl IntoView {
    let paged = Paged::new(others);
    let offset = local_offset();
    let rows = move || {
        let mut rows = Vec::new();
        let mut last = None;
        for conversation in paged.items.get() {
            let age = Age::of(conversation.last_activity, now, offset.get());
            if last.replace(age) != Some(age) {
                rows.push(Row::Label(age));
            }
            rows.push(Row::Entry(conversation));
        }
        rows
    };
    view! {
        <div
            on:dragover=move |drag| {
                if drop.may_come() {
                    drag.prevent_default();
                }
            }
            on:drop=move |dropped| {
                dropped.prevent_default();
                drop.into(String::new());
            }
        >
            <ul aria-label=t!("By the latest activity") class="grid grid-cols-1">
                <For each=rows key=Row::key let(row)>
                    {match row {
                        Row::Label(age) => view! { <li class=LABEL>{age.name()}</li> }.into_any(),
                        Row::Entry(conversation) => view! { <Entry conversation /> }.into_any(),
                    }}
                </For>
            </ul>
        </div>
        {paged.more("/?".to_owned(), |cursor| conversations(None, None, false, cursor))}
    }
}
