//! One's conversations beside every page: a search, and below it what was found, what is on a
//! shelf (a folder, a tag, the archive), or all of them in their sections.

mod age;
mod entry;
mod more;
mod results;
mod sections;
pub mod shelf;

use crate::api::Refused;
use crate::api::sidebar::{search, sidebar};
use crate::components::icon::{self, Icon};
use crate::state::conversations::{ConversationIndex, Shelf};
use domain::{Conversation, Found, Page, Sidebar};
use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use more::Scroller;
use results::Results;
use sections::Sections;
use serde::{Deserialize, Serialize};
use shelf::{OneShelf, ShelfLink, listed};
use std::time::Duration;

const ENTRY: &str = "flex min-h-9 w-full cursor-pointer items-center gap-2 rounded-sm px-2 text-left text-sm transition-colors hover:bg-line/50";
/// Above a part of the list.
const LABEL: &str = "px-2 pt-4 pb-1 text-xs text-muted";

#[derive(Clone, PartialEq)]
enum Wanted {
    Shelf(Shelf),
    Words(String),
}

#[derive(Clone, Serialize, Deserialize)]
enum Content {
    All(Sidebar),
    Shelf(Shelf, Page<Conversation>),
    Found(String, Page<Found>),
}

#[component]
pub fn ConversationList() -> impl IntoView {
    let index = ConversationIndex::expect();
    let query = use_query_map().get_untracked();
    index.shelf.set(asked_for(&query));
    index.words.set(query.get("q").unwrap_or_default());
    let wanted = Memo::new(move |_| {
        let words = index.words.get();
        if words.trim().is_empty() {
            Wanted::Shelf(index.shelf.get())
        } else {
            Wanted::Words(words)
        }
    });
    // Only links that are there without scripts lead to `older`.
    let older = query
        .get("older")
        .map(|cursor| (wanted.get_untracked(), cursor));
    let content = Resource::new_blocking(
        move || (index.version(), wanted.get()),
        move |(_, wanted)| {
            let older = older.clone().filter(|(of, _)| *of == wanted);
            read(wanted, older.map(|(_, cursor)| cursor))
        },
    );
    let scroller = Scroller::provide();

    view! {
        <nav aria-label=t!("Conversations") class="flex min-h-64 grow flex-col">
            <div class="shrink-0 px-2 pb-2">
                <div class="flex items-center">
                    <a href="/" class=format!("{ENTRY} font-medium")>
                        <Icon path=icon::PLUS class="size-4" />
                        {t!("New conversation")}
                    </a>
                    <ShelfLink
                        shelf=Shelf::Archived
                        label=t!("Archived")
                        class="grid size-9 shrink-0 place-items-center rounded-sm text-muted transition-colors hover:text-text"
                    >
                        <Icon path=icon::ARCHIVE class="size-4" />
                    </ShelfLink>
                </div>
                <SearchField />
            </div>
            <p role="status" class="sr-only">
                {index.said}
            </p>
            <div
                node_ref=scroller.frame
                class="min-h-0 grow overflow-y-auto overscroll-contain px-2 pb-4"
                on:scroll=move |_| scroller.moved()
            >
                <Transition>
                    {move || Suspend::new(async move {
                        match content.await {
                            Ok(Content::All(sidebar)) => view! { <Sections sidebar /> }.into_any(),
                            Ok(Content::Shelf(shelf, page)) => {
                                view! { <OneShelf shelf page /> }.into_any()
                            }
                            Ok(Content::Found(words, page)) => {
                                view! { <Results words page /> }.into_any()
                            }
                            Err(refused) => view! { <Unread refused /> }.into_any(),
                        }
                    })}
                </Transition>
            </div>
        </nav>
    }
}

/// What the address asks to be listed.
fn asked_for(query: &ParamsMap) -> Shelf {
    if let Some(name) = query.get("folder") {
        Shelf::Folder(name)
    } else if let Some(name) = query.get("tag") {
        Shelf::Tag(name)
    } else if query.get("archived").is_some() {
        Shelf::Archived
    } else {
        Shelf::All
    }
}

async fn read(wanted: Wanted, older: Option<String>) -> Result<Content, Refused> {
    match wanted {
        Wanted::Words(words) => {
            let page = search(words.clone(), older).await?;
            Ok(Content::Found(words, page))
        }
        Wanted::Shelf(Shelf::All) => sidebar(older).await.map(Content::All),
        Wanted::Shelf(shelf) => {
            let page = listed(&shelf, older).await?;
            Ok(Content::Shelf(shelf, page))
        }
    }
}

/// Without scripts it is sent with Enter.
#[component]
fn SearchField() -> impl IntoView {
    let index = ConversationIndex::expect();
    let words = index.words;
    let input = NodeRef::<Input>::new();
    // Not bound to a signal, so that what was typed before scripts ran stays.
    input.on_load(move |input| {
        let typed = input.value();
        if words.with_untracked(|words| *words != typed) {
            words.set(typed);
        }
    });
    Effect::new(move |ran: Option<()>| {
        let emptied = words.with(String::is_empty);
        if emptied
            && ran.is_some()
            && let Some(input) = input.get_untracked()
        {
            input.set_value("");
        }
    });
    let mut later = debounce(Duration::from_millis(200), move |typed| words.set(typed));
    view! {
        <form
            method="get"
            action="/"
            role="search"
            class="mt-1"
            on:submit=move |submit| submit.prevent_default()
        >
            <input
                node_ref=input
                type="search"
                name="q"
                value=words.get_untracked()
                maxlength="200"
                autocomplete="off"
                placeholder=t!("Search")
                aria-label=t!("Search conversations")
                class="h-9 w-full rounded-sm border border-line bg-line/30 px-2 text-base hover:border-muted/50 sm:text-sm"
                on:input=move |input| later(event_target_value(&input))
            />
        </form>
    }
}

#[component]
fn Unread(refused: Refused) -> impl IntoView {
    view! {
        <p role="alert" class="px-2 py-3 text-sm text-muted">
            {t!("The conversations cannot be shown: {reason}", reason = refused.message())}
        </p>
    }
}
