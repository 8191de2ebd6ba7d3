//! The lists of agents and of workflows. What one of them is, how it came to be and how a new one
//! begins have modules of their own.

mod bench;
mod fields;
mod new;
mod order;
mod sheet;
mod versions;

pub use new::NewSheetPage;
pub use sheet::SheetPage;
pub use versions::VersionsPage;

use crate::api::Refused;
use crate::api::library::{Entry, Listed, Shelf, library};
use crate::components::icon::{self, Icon};
use crate::pages::NotFound;
use domain::AgentId;
use leptos::prelude::*;
use leptos_meta::Title;

const PAGE: &str = "mx-auto w-full max-w-176 px-5 pt-8 pb-24 sm:px-8";
const MAIN_LINK: &str = "inline-flex h-9 shrink-0 items-center gap-1.5 rounded-sm border border-accent bg-accent px-3 text-sm font-medium text-surface transition-opacity hover:opacity-90";
const LINK: &str = "inline-flex h-9 items-center rounded-sm border border-line bg-raised px-3 text-sm font-medium hover:border-muted/70";

#[component]
pub fn LibraryPage(shelf: Shelf) -> impl IntoView {
    let all = Resource::new_blocking(|| (), move |()| library(shelf));
    let text = match shelf {
        Shelf::Agents => {
            t!("Each looks at a question in its own way. Workflows choose who takes part.")
        }
        Shelf::Workflows => {
            t!("Which agents work on a question, how their work is woven, and when to stop.")
        }
    };
    view! {
        <Title text=t!("{title} - Overmind", title = shelf.title()) />
        <div class=PAGE>
            <Suspense>
                {move || Suspend::new(async move {
                    match all.await {
                        Ok(listed) => view! { <List shelf text listed /> }.into_any(),
                        Err(refused) => {
                            view! { <NotShown title=shelf.title() refused /> }.into_any()
                        }
                    }
                })}
            </Suspense>
        </div>
    }
}

#[component]
fn List(shelf: Shelf, text: &'static str, listed: Listed) -> impl IntoView {
    let new = listed.may_add.then(|| {
        view! {
            <a href=shelf.page_of("new") class=MAIN_LINK>
                <Icon path=icon::PLUS class="size-4" />
                {new_one(shelf)}
            </a>
        }
    });
    let is_empty = listed.entries.is_empty();
    let none_yet = match shelf {
        Shelf::Agents => t!("There is no agent yet. Admins add them here."),
        Shelf::Workflows => t!("There is no workflow yet. Admins add them here."),
    };
    view! {
        <div class="flex flex-wrap items-center justify-between gap-3">
            <h1 class="text-xl font-bold tracking-tight">{shelf.title()}</h1>
            {new}
        </div>
        <p class="mt-1 text-sm text-muted">{text}</p>
        {is_empty.then(|| view! { <p class="mt-8 text-sm text-muted">{none_yet}</p> })}
        <ul class="mt-6 divide-y divide-line rounded-md border border-line bg-raised empty:hidden">
            {listed
                .entries
                .into_iter()
                .map(|entry| view! { <Line shelf entry /> })
                .collect_view()}
        </ul>
    }
}

/// Of the link to the page where one begins, and that page's title.
fn new_one(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::Agents => t!("New agent"),
        Shelf::Workflows => t!("New workflow"),
    }
}

#[component]
fn Line(shelf: Shelf, entry: Entry) -> impl IntoView {
    let path = match shelf {
        Shelf::Agents => icon::of_agent(&AgentId::new(entry.id.clone())),
        Shelf::Workflows => icon::MARK,
    };
    let agent = (shelf == Shelf::Agents).then(|| entry.id.clone());
    let tint = match shelf {
        Shelf::Agents => "bg-(--agent-wash) text-(--agent)",
        Shelf::Workflows => "bg-line/50 text-muted",
    };
    view! {
        <li
            data-agent=agent
            class="relative flex items-center gap-3 px-4 py-3 transition-colors first:rounded-t-md last:rounded-b-md hover:bg-line/20"
        >
            <span class=format!("grid size-9 shrink-0 place-items-center rounded-sm {tint}")>
                <Icon path />
            </span>
            <div class="grid min-w-0 grow gap-x-4 sm:grid-cols-[minmax(0,1fr)_auto]">
                <h2 class="leading-snug font-medium wrap-anywhere">
                    <a
                        href=shelf.page_of(&entry.id)
                        class="rounded-sm after:absolute after:inset-0"
                    >
                        {entry.name}
                    </a>
                </h2>
                <p class="text-sm text-muted wrap-anywhere sm:row-start-2">{entry.text}</p>
                <p class="text-xs text-muted tabular-nums wrap-anywhere sm:row-span-2 sm:self-center">
                    {entry.facts}
                </p>
            </div>
            {entry
                .mark
                .map(|mark| {
                    view! {
                        <span class="shrink-0 rounded-sm border border-line px-2 py-0.5 text-xs text-muted">
                            {mark}
                        </span>
                    }
                })}
        </li>
    }
}

/// One that is not the reader's looks like one that never was.
#[component]
fn NotShown(title: &'static str, refused: Refused) -> impl IntoView {
    if matches!(refused.0.http_status(), 403 | 404) {
        return view! { <NotFound /> }.into_any();
    }
    view! {
        <Title text=t!("{title} - Overmind", title) />
        <h1 class="text-xl font-bold tracking-tight">{title}</h1>
        <p role="alert" class="mt-3 text-sm text-bad">
            {refused.message()}
        </p>
    }
    .into_any()
}

/// The way back to the list.
#[component]
fn Back(shelf: Shelf) -> impl IntoView {
    view! {
        <p class="text-sm">
            <a
                href=shelf.path()
                class="-ml-2 inline-flex h-8 items-center rounded-sm px-2 text-muted underline-offset-4 hover:text-text hover:underline"
            >
                {shelf.title()}
            </a>
        </p>
    }
}
