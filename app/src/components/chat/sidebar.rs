//! The list of one's conversations, the latest activity first.

use crate::api::Refused;
use crate::api::conversations::conversations;
use crate::components::chat::delete::DeleteButton;
use crate::components::chat::rename::RenameForm;
use crate::components::icon::{self, Icon};
use crate::state::conversations::ConversationIndex;
use domain::{Conversation, ConversationId, Page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

const ENTRY: &str = "flex min-h-9 w-full cursor-pointer items-center gap-2 rounded-sm px-2 text-left text-sm transition-colors hover:bg-line/50";

#[component]
pub fn ConversationList() -> impl IntoView {
    let index = ConversationIndex::expect();
    // Only links that are there without scripts lead to `older`.
    let older = use_query_map().with_untracked(|query| query.get("older"));
    let first = Resource::new_blocking(
        move || index.version(),
        move |_| conversations(older.clone()),
    );

    view! {
        <nav aria-label="Conversations" class="px-2 pb-4">
            <a href="/" class=format!("{ENTRY} font-medium")>
                <Icon path=icon::PLUS class="size-4" />
                "New conversation"
            </a>
            <Transition>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok(page) => view! { <Listed page /> }.into_any(),
                        Err(refused) => view! { <Unread refused /> }.into_any(),
                    }
                })}
            </Transition>
        </nav>
    }
}

#[component]
fn Unread(refused: Refused) -> impl IntoView {
    view! {
        <p role="alert" class="px-2 py-3 text-sm text-muted">
            {format!("The conversations cannot be shown: {}", refused.message())}
        </p>
    }
}

#[component]
fn Listed(page: Page<Conversation>) -> impl IntoView {
    if page.items.is_empty() {
        return view! {
            <p class="px-2 py-3 text-sm text-muted">"Your conversations will be listed here."</p>
        }
        .into_any();
    }
    let items = RwSignal::new(page.items);
    let next = RwSignal::new(page.next_cursor);
    let problem = RwSignal::new(None::<String>);
    let loading = RwSignal::new(false);
    let show_more = move |_| {
        if loading.get_untracked() {
            return;
        }
        loading.set(true);
        spawn_local(async move {
            let read = conversations(next.get_untracked()).await;
            // The list may be gone by now.
            match read {
                Ok(page) => {
                    items.try_update(|items| items.extend(page.items));
                    next.try_set(page.next_cursor);
                    problem.try_set(None);
                }
                Err(refused) => {
                    problem.try_set(Some(refused.message()));
                }
            }
            loading.try_set(false);
        });
    };

    view! {
        <ul class="mt-1 grid grid-cols-1">
            <For
                each=move || items.get()
                key=|it| (it.id, it.title.to_string())
                let(conversation)
            >
                <Entry id=conversation.id title=conversation.title.to_string() />
            </For>
        </ul>
        <p role="alert" class="px-2 text-sm text-bad empty:hidden">
            {move || problem.get()}
        </p>
        {move || {
            next.get()
                .map(|cursor| {
                    view! {
                        <button
                            type="button"
                            class=format!("needs-script {ENTRY} text-muted")
                            on:click=show_more
                        >
                            {move || if loading.get() { "Loading" } else { "Show more" }}
                        </button>
                        <a
                            href=format!("/?older={cursor}")
                            class=format!("{ENTRY} hidden text-muted noscript:flex")
                        >
                            "Show older ones"
                        </a>
                    }
                })
        }}
    }
    .into_any()
}

#[component]
fn Entry(id: ConversationId, title: String) -> impl IntoView {
    let address = format!("/c/{id}");
    let path = use_location().pathname;
    let is_current = Memo::new({
        let address = address.clone();
        move |_| path.with(|path| *path == address)
    });
    let open = RwSignal::new(false);
    let options_id = format!("options-{id}");
    let options_label = format!("Options for {title}");
    let shown = title.clone();

    view! {
        <li
            class="group/entry"
            on:keydown=move |key| {
                if key.key() == "Escape" {
                    open.set(false);
                }
            }
        >
            <div class="flex items-center rounded-sm has-aria-[current=page]:bg-line/60">
                <a
                    href=address
                    aria-current=move || is_current.get().then_some("page")
                    title=title.clone()
                    class="block min-w-0 grow truncate rounded-sm px-2 py-1.5 text-sm transition-colors hover:bg-line/50 aria-[current=page]:font-medium"
                >
                    {title.clone()}
                </a>
                <button
                    type="button"
                    aria-label=options_label
                    aria-expanded=move || open.get().to_string()
                    aria-controls=options_id.clone()
                    class="needs-script grid size-8 shrink-0 cursor-pointer place-items-center rounded-sm text-muted opacity-0 transition-opacity group-focus-within/entry:opacity-100 group-hover/entry:opacity-100 hover:text-text aria-expanded:opacity-100 pointer-coarse:opacity-100"
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <Icon path=icon::MORE class="size-4" />
                </button>
            </div>
            <div id=options_id>
                {move || {
                    let title = shown.clone();
                    open.get().then(|| view! { <Options id title is_current open /> })
                }}
            </div>
        </li>
    }
}

#[component]
fn Options(
    id: ConversationId,
    title: String,
    is_current: Memo<bool>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let navigate = use_navigate();
    let renamed = Callback::new(move |()| open.set(false));
    let deleted = Callback::new(move |()| {
        open.set(false);
        if is_current.get_untracked() {
            navigate("/", Default::default());
        }
    });
    view! {
        <div class="grid gap-1 px-2 pt-1 pb-2">
            <RenameForm id title=title.clone() takes_focus=true on_renamed=renamed />
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
