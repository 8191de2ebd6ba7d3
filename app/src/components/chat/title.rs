//! A conversation's header: the title, edited in place, and what can be done with the whole of it.

use crate::api::conversations::RenameConversation;
use crate::api::sidebar::{MoveConversation, TagConversation};
use crate::components::chat::delete::DeleteButton;
use crate::components::chat::filing::Filing;
use crate::components::chat::rename::RenameForm;
use crate::components::chat::sidebar::shelf::ShelfLink;
use crate::components::icon::{self, Icon};
use crate::state::conversations::{ConversationIndex, Shelf};
use crate::state::page_answers;
use domain::{Conversation, ConversationId, ConversationMetadata, ConversationTitle};
use leptos::html::Details;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

const ENTRY: &str = "flex min-h-9 w-full cursor-pointer items-center rounded-sm px-3 text-left text-sm hover:bg-line/50";

#[component]
pub fn ConversationHeader(
    conversation: Conversation,
    title: RwSignal<String>,
    /// The question that the page begins with.
    question: String,
) -> impl IntoView {
    let from_question = ConversationTitle::from_question(&question);
    // Without scripts the form is in the menu, and so is what was wrong with it.
    let refused = page_answers::<RenameConversation>()
        || page_answers::<MoveConversation>()
        || page_answers::<TagConversation>();
    let repeats = move || title.with(|title| title == from_question.as_str());
    let id = conversation.id;
    let filing = RwSignal::new(conversation.metadata);
    let editing = RwSignal::new(false);
    let menu = NodeRef::<Details>::new();
    let done = Callback::new(move |()| editing.set(false));
    let index = ConversationIndex::expect();
    // From here or from the list.
    Effect::new(move |_| {
        if let Some(renamed) = index.title_of(id) {
            title.set(renamed);
        }
        if let Some(filed) = index.filing_of(id) {
            filing.set(filed);
        }
    });

    view! {
        <header class="sticky top-0 z-10 flex min-h-14 flex-col justify-center gap-1 border-b border-line bg-surface py-2 print:static print:border-0">
            <div class="mx-auto flex w-full max-w-176 items-center gap-2 px-5 sm:px-8">
                <h1
                    class="min-w-0 grow truncate font-medium print:whitespace-normal"
                    class:sr-only=editing
                    class:shown-when-scrolled=repeats
                >
                    {title}
                </h1>
                {move || {
                    editing
                        .get()
                        .then(|| {
                            view! {
                                <div
                                    class="min-w-0 grow"
                                    on:keydown=move |key| {
                                        if key.key() == "Escape" {
                                            editing.set(false);
                                        }
                                    }
                                >
                                    <RenameForm
                                        id
                                        title=title.get_untracked()
                                        takes_focus=true
                                        on_renamed=done
                                    />
                                </div>
                            }
                        })
                }}
                <details
                    node_ref=menu
                    open=refused
                    class="relative shrink-0 no-print"
                    on:keydown=move |key| {
                        if key.key() == "Escape" {
                            close(menu);
                        }
                    }
                >
                    <summary
                        aria-label=t!("Conversation options")
                        title=t!("Conversation options")
                        class="grid size-9 cursor-pointer list-none place-items-center rounded-sm text-muted transition-colors hover:text-text [&::-webkit-details-marker]:hidden"
                    >
                        <Icon path=icon::MORE />
                    </summary>
                    <div class="absolute right-0 z-10 mt-1 max-h-[calc(100dvh-8.5rem)] w-64 overflow-y-auto overscroll-contain rounded-md border border-line bg-raised p-1.5 shadow-lg">
                        <RenameEntry editing menu />
                        <div class="hidden px-3 py-1.5 noscript:block">
                            <RenameForm id title=title.get_untracked() on_renamed=done />
                        </div>
                        <FilingEntry id filing menu />
                        <TakeAway id />
                        <DeleteEntry id title />
                    </div>
                </details>
            </div>
            <Tags filing />
        </header>
    }
}

#[component]
fn RenameEntry(editing: RwSignal<bool>, menu: NodeRef<Details>) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("needs-script {ENTRY}")
            on:click=move |_| {
                close(menu);
                editing.set(true);
            }
        >
            {t!("Rename")}
        </button>
    }
}

/// Files are made by the server; a page that is printed looks like a document.
#[component]
fn TakeAway(id: ConversationId) -> impl IntoView {
    let files = [
        ("format=markdown", t!("Export as Markdown")),
        (
            "format=markdown&deliberation=true",
            t!("Export with the deliberation"),
        ),
        ("format=json", t!("Export as JSON")),
    ];
    view! {
        <a href=format!("/c/{id}/share") class=ENTRY>
            {t!("Share")}
        </a>
        {files
            .into_iter()
            .map(|(query, label)| {
                view! {
                    <a
                        href=format!("/v1/conversations/{id}/export?{query}")
                        download=""
                        class=ENTRY
                    >
                        {label}
                    </a>
                }
            })
            .collect_view()}
        <button
            type="button"
            class=format!("needs-script {ENTRY}")
            on:click=move |_| {
                // Where it cannot be done the browser says so itself.
                let _ = window().print();
            }
        >
            {t!("Print")}
        </button>
    }
}

#[component]
fn FilingEntry(
    id: ConversationId,
    filing: RwSignal<ConversationMetadata>,
    menu: NodeRef<Details>,
) -> impl IntoView {
    let filed = Callback::new(move |()| close(menu));
    view! {
        <div class="grid gap-2 px-3 py-1.5">
            {move || {
                view! { <Filing id metadata=filing.get() place="header" on_filed=filed /> }
            }}
        </div>
    }
}

/// Each leads to what has it too.
#[component]
fn Tags(filing: RwSignal<ConversationMetadata>) -> impl IntoView {
    move || {
        let tags = filing.with(|filing| filing.tags.clone());
        (!tags.is_empty()).then(|| {
            view! {
                <ul
                    aria-label=t!("Tags")
                    class="mx-auto flex w-full max-w-176 flex-wrap gap-1 px-5 sm:px-8"
                >
                    {tags
                        .into_iter()
                        .map(|tag| {
                            let tag = tag.to_string();
                            view! {
                                <li class="min-w-0">
                                    <ShelfLink
                                        shelf=Shelf::Tag(tag.clone())
                                        class="block truncate rounded-sm border border-line px-2 text-xs leading-6 text-muted transition-colors hover:text-text"
                                    >
                                        {tag}
                                    </ShelfLink>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            }
        })
    }
}

#[component]
fn DeleteEntry(id: ConversationId, title: RwSignal<String>) -> impl IntoView {
    let navigate = use_navigate();
    let leave = Callback::new(move |()| navigate("/", Default::default()));
    view! { <DeleteButton id title place="header" class=ENTRY on_deleted=leave /> }
}

fn close(menu: NodeRef<Details>) {
    if let Some(menu) = menu.get_untracked() {
        menu.set_open(false);
    }
}
