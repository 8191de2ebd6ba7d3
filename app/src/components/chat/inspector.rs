//! The selected run beside the conversation: a column at 1280 px and up, a drawer below.
//! Which run and which tab is part of the address, so it works without scripts.

mod checklist;
pub mod contributions;
mod disagreements;

use crate::components::chat::turn::{ShownRun, ShownTurn, deliberation_of};
use crate::components::icon::{self, Icon};
use crate::components::resize_handle::ResizeHandle;
use crate::state::panel;
use domain::{ConversationId, RunId};
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html::{Aside, H2};
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

const TAB: &str = "shrink-0 border-b-2 border-transparent px-0.5 py-2 text-xs tracking-tight text-muted -outline-offset-2 transition-colors hover:text-text aria-[current=page]:border-accent aria-[current=page]:text-text";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Contributions,
    Disagreements,
    Checklist,
}

impl Tab {
    pub const ALL: [Self; 3] = [Self::Contributions, Self::Disagreements, Self::Checklist];

    pub fn label(self) -> &'static str {
        match self {
            Self::Contributions => t!("Contributions"),
            Self::Disagreements => t!("Disagreements"),
            Self::Checklist => t!("Checklist"),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Contributions => "contributions",
            Self::Disagreements => "disagreements",
            Self::Checklist => "checklist",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.as_str() == text)
    }
}

/// The conversation, with or without something to inspect.
pub fn address(conversation: ConversationId, shown: Option<(RunId, Tab)>) -> String {
    match shown {
        Some((run, tab)) => format!("/c/{conversation}?inspect={}&run={run}", tab.as_str()),
        None => format!("/c/{conversation}"),
    }
}

/// The link below an answer, which gets the focus back.
pub fn link_id(run: RunId, tab: Tab) -> String {
    format!("inspect-{}-{run}", tab.as_str())
}

#[component]
pub fn Inspector(conversation: ConversationId, turns: RwSignal<Vec<ShownTurn>>) -> impl IntoView {
    let query = use_query_map();
    let asked_for = Memo::new(move |_| {
        query.with(|query| {
            let run: RunId = query.get("run")?.parse().ok()?;
            Some((run, Tab::parse(query.get_str("inspect")?)?))
        })
    });
    let run_id = Memo::new(move |_| asked_for.get().map(|(run, _)| run));
    // A run stays the same while its tabs change and questions are added.
    let differs = |a: Option<&Option<ShownRun>>, b: Option<&Option<ShownRun>>| {
        let id = |shown: Option<&Option<ShownRun>>| Some(shown?.as_ref()?.run.id);
        a.is_none() || id(a) != id(b)
    };
    let run = Memo::new_with_compare(
        move |_| {
            let id = run_id.get()?;
            turns.with(|turns| {
                turns
                    .iter()
                    .filter_map(|turn| turn.run.clone())
                    .find(|shown| shown.run.id == id)
            })
        },
        differs,
    );
    let focus_moved_on = StoredValue::new(false);
    Effect::new(move |before: Option<Option<(RunId, Tab)>>| {
        let now = asked_for.get();
        if let (Some(Some((run, tab))), None) = (before, now) {
            if !focus_moved_on.get_value() {
                focus(&link_id(run, tab));
            }
            focus_moved_on.set_value(false);
        }
        now
    });

    move || {
        run.get().map(|shown| {
            let tab =
                Signal::derive(move || asked_for.get().map_or(Tab::Contributions, |(_, tab)| tab));
            view! { <Panel conversation shown tab focus_moved_on /> }
        })
    }
}

#[component]
fn Panel(
    conversation: ConversationId,
    shown: ShownRun,
    tab: Signal<Tab>,
    /// Set when the panel closes because of that.
    focus_moved_on: StoredValue<bool>,
) -> impl IntoView {
    let ShownRun {
        run, transcript, ..
    } = shown;
    let run_id = run.id;
    let deliberation = deliberation_of(&run);
    let closed = address(conversation, None);
    let heading = NodeRef::<H2>::new();
    // Opened by a click, not by the address that the page was loaded with.
    if is_browser() && !is_hydrating() {
        heading.on_load(|heading| {
            let _ = heading.focus();
        });
    }
    let width = RwSignal::new(panel::INSPECTOR.width());
    let aside = NodeRef::<Aside>::new();
    let navigate = use_navigate();
    let close = {
        let closed = closed.clone();
        move || {
            let stay = leptos_router::NavigateOptions {
                scroll: false,
                ..Default::default()
            };
            navigate(&closed, stay);
        }
    };
    let on_key = {
        let close = close.clone();
        move |key: KeyboardEvent| {
            if key.key() == "Escape" {
                close();
            }
        }
    };
    // Where the panel lies over the conversation, whoever tabs out of it would wander about
    // beneath it.
    let on_focus_out = move |event: FocusEvent| {
        let next = event
            .related_target()
            .and_then(|target| target.dyn_into::<Node>().ok());
        // The browser also says so while the panel is being removed, and its signals with it.
        let aside = aside.try_get_untracked().flatten();
        if let (Some(next), Some(aside)) = (next, aside)
            && !aside.contains(Some(&next))
            && lies_over()
        {
            focus_moved_on.set_value(true);
            close();
        }
    };

    view! {
        <ResizeHandle
            label=t!("Width of the inspector")
            panel=panel::INSPECTOR
            width
            at_right=true
            class="sticky top-0 -mr-2 h-dvh shrink-0 max-xl:hidden"
        />
        <aside
            node_ref=aside
            aria-labelledby="inspector-title"
            class="fixed inset-y-0 right-0 z-20 w-full overflow-y-auto overscroll-contain border-l border-line bg-surface sm:w-100 xl:sticky xl:top-0 xl:h-dvh xl:w-(--panel) xl:shrink-0 no-print"
            style:--panel=move || format!("{}px", width.get())
            on:keydown=on_key
            on:focusout=on_focus_out
        >
            <div class="sticky top-0 z-10 border-b border-line bg-surface px-4 pt-3">
                <div class="flex items-center justify-between gap-2">
                    <h2 node_ref=heading id="inspector-title" tabindex="-1" class="font-medium outline-none">
                        {t!("Inspector")}
                    </h2>
                    <a
                        href=closed
                        data-noscroll="true"
                        aria-label=t!("Close the inspector")
                        title=t!("Close the inspector")
                        class="grid size-9 place-items-center rounded-sm text-muted transition-colors hover:text-text"
                    >
                        <Icon path=icon::CLOSE />
                    </a>
                </div>
                <nav
                    aria-label=t!("Inspector")
                    class="-mx-3 flex max-w-100 justify-between gap-x-1 overflow-x-auto overscroll-x-contain [scrollbar-width:none]"
                >
                    {Tab::ALL
                        .map(|it| {
                            view! {
                                <a
                                    href=address(conversation, Some((run_id, it)))
                                    data-noscroll="true"
                                    aria-current=move || (tab.get() == it).then_some("page")
                                    class=TAB
                                >
                                    {it.label()}
                                </a>
                            }
                        })
                        .collect_view()}
                    <a href=deliberation class=TAB>
                        {t!("Deliberation")}
                    </a>
                </nav>
            </div>
            <div class="px-4 py-4 text-sm">
                {move || match tab.get() {
                    Tab::Contributions => {
                        view! { <contributions::Contributions transcript /> }.into_any()
                    }
                    Tab::Disagreements => {
                        view! { <disagreements::Disagreements transcript /> }.into_any()
                    }
                    Tab::Checklist => view! { <checklist::Checklists transcript /> }.into_any(),
                }}
            </div>
        </aside>
    }
}

/// Below 1280 px, as in the panel's classes.
fn lies_over() -> bool {
    let wide = window().match_media("(min-width: 80rem)");
    !wide.ok().flatten().is_some_and(|wide| wide.matches())
}

fn is_hydrating() -> bool {
    Owner::current_shared_context().is_some_and(|context| context.during_hydration())
}

fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id)
        && let Ok(element) = element.dyn_into::<HtmlElement>()
    {
        let _ = element.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_what_is_shown() {
        let (conversation, run) = (
            ConversationId(Default::default()),
            RunId(Default::default()),
        );
        let nil = "00000000-0000-0000-0000-000000000000";
        for tab in Tab::ALL {
            assert_eq!(Tab::parse(tab.as_str()), Some(tab));
        }
        assert_eq!(address(conversation, None), format!("/c/{nil}"));
        assert_eq!(
            address(conversation, Some((run, Tab::Checklist))),
            format!("/c/{nil}?inspect=checklist&run={nil}")
        );
    }
}
