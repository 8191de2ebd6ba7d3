//! What was found, with the words that were looked for marked.

use super::more::Paged;
use crate::api::sidebar::search;
use crate::state::conversations::ConversationIndex;
use domain::{Found, Fragment, Page};
use leptos::prelude::*;
use leptos_router::location::Url;

#[component]
pub fn Results(words: String, page: Page<Found>) -> impl IntoView {
    let index = ConversationIndex::expect();
    let said = match (page.items.len(), &page.next_cursor) {
        (0, _) => t!("Nothing found").to_owned(),
        (count, None) => plural!(count, "1 conversation found", "{count} conversations found"),
        (count, Some(_)) => plural!(
            count,
            "More than 1 conversation found",
            "More than {count} conversations found"
        ),
    };
    Effect::new(move |_| index.said.set(said.clone()));
    if page.items.is_empty() {
        return view! {
            <p class="px-2 py-3 text-sm text-muted">
                {t!("No title and no message has these words. Try fewer, or the beginning of one.")}
            </p>
        }
        .into_any();
    }
    let paged = Paged::new(page);
    let query = format!("/?q={}", Url::escape(&words));
    view! {
        <ul aria-label=t!("Found") class="grid grid-cols-1 gap-1">
            <For each=move || paged.items.get() key=|it| it.conversation.id let(found)>
                <Hit found />
            </For>
        </ul>
        {paged.more(query, move |cursor| search(words.clone(), cursor))}
    }
    .into_any()
}

#[component]
fn Hit(found: Found) -> impl IntoView {
    let archived = found.conversation.metadata.archived;
    view! {
        <li>
            <a
                href=format!("/c/{}", found.conversation.id)
                class="block rounded-sm px-2 py-1.5 text-sm transition-colors hover:bg-line/50"
            >
                <span class="flex items-baseline gap-2">
                    <span class="min-w-0 grow truncate">{marked(found.title)}</span>
                    {archived
                        .then(|| {
                            view! { <span class="text-xs text-muted">{t!("Archived")}</span> }
                        })}
                </span>
                {found
                    .excerpt
                    .map(|excerpt| {
                        view! {
                            <span class="line-clamp-2 text-xs wrap-anywhere text-muted">
                                {marked(excerpt)}
                            </span>
                        }
                    })}
            </a>
        </li>
    }
}

fn marked(fragments: Vec<Fragment>) -> Vec<AnyView> {
    let shown = fragments.into_iter().map(|fragment| {
        if fragment.hit {
            view! { <mark class="rounded-sm bg-accent/20 text-text">{fragment.text}</mark> }
                .into_any()
        } else {
            fragment.text.into_any()
        }
    });
    shown.collect()
}
