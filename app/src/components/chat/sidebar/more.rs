//! A list that goes on: the next page is read when the end comes into view, or by a button;
//! without scripts a link leads to it.

use super::ENTRY;
use crate::api::Refused;
use domain::Page;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the list scrolls in.
#[derive(Clone, Copy)]
pub struct Scroller {
    pub frame: NodeRef<Div>,
    moves: RwSignal<u32>,
}

impl Scroller {
    pub fn provide() -> Self {
        let scroller = Self {
            frame: NodeRef::new(),
            moves: RwSignal::new(0),
        };
        provide_context(scroller);
        scroller
    }

    pub fn moved(self) {
        self.moves.update(|moves| *moves = moves.wrapping_add(1));
    }

    /// A hidden one has no height.
    fn is_near_end(self) -> bool {
        const NEAR: i32 = 400;
        self.moves.track();
        self.frame.get_untracked().is_some_and(|frame| {
            let height = frame.client_height();
            height > 0 && frame.scroll_height() - frame.scroll_top() - height < NEAR
        })
    }
}

pub struct Paged<T: 'static> {
    pub items: RwSignal<Vec<T>>,
    next: RwSignal<Option<String>>,
    problem: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
}

impl<T: 'static> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: 'static> Copy for Paged<T> {}

impl<T: Send + Sync + 'static> Paged<T> {
    pub fn new(page: Page<T>) -> Self {
        Self {
            items: RwSignal::new(page.items),
            next: RwSignal::new(page.next_cursor),
            problem: RwSignal::new(None),
            loading: RwSignal::new(false),
        }
    }

    /// What stands below the list; `query` is its address, to which the place is added.
    pub fn more<F>(
        self,
        query: String,
        read: impl Fn(Option<String>) -> F + Send + Sync + 'static,
    ) -> impl IntoView
    where
        F: Future<Output = Result<Page<T>, Refused>> + 'static,
    {
        let on_more = Callback::new(move |()| {
            if self.loading.get_untracked() {
                return;
            }
            self.loading.set(true);
            let reading = read(self.next.get_untracked());
            spawn_local(async move {
                // The list may be gone by now.
                match reading.await {
                    Ok(page) => {
                        self.items.try_update(|items| items.extend(page.items));
                        self.next.try_set(page.next_cursor);
                        self.problem.try_set(None);
                    }
                    Err(refused) => {
                        self.problem.try_set(Some(refused.message()));
                    }
                }
                self.loading.try_set(false);
            });
        });
        let (next, problem, loading) = (self.next, self.problem, self.loading);
        view! { <More next problem loading query on_more /> }
    }
}

#[component]
fn More(
    next: RwSignal<Option<String>>,
    problem: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    query: String,
    on_more: Callback<()>,
) -> impl IntoView {
    let scroller = use_context::<Scroller>();
    Effect::new(move |_| {
        if next.with(Option::is_some) && scroller.is_some_and(Scroller::is_near_end) {
            on_more.run(());
        }
    });
    view! {
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
                            on:click=move |_| on_more.run(())
                        >
                            {move || if loading.get() { t!("Loading") } else { t!("Show more") }}
                        </button>
                        <a
                            href=format!("{query}&older={cursor}")
                            class=format!("{ENTRY} hidden text-muted noscript:flex")
                        >
                            {t!("Show older ones")}
                        </a>
                    }
                })
        }}
    }
}
