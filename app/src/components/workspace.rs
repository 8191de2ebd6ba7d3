//! The frame of those who are signed in: the sidebar and beside it the page's content.
//! Below 768 px the sidebar is a sheet, a popover that opens without scripts too.

use crate::components::account_menu::AccountMenu;
use crate::components::chat::sidebar::ConversationList;
use crate::components::command_menu::{CommandButton, CommandDialogs, CommandMenu};
use crate::components::focus;
use crate::components::icon::{self, Icon};
use crate::components::resize_handle::ResizeHandle;
use crate::components::toasts::ToastStack;
use crate::state::conversations::ConversationIndex;
use crate::state::toasts::Toasts;
use crate::state::{SavedPreferences, Visitor, panel, sidebar};
use leptos::ev::{FocusEvent, MouseEvent};
use leptos::html::{Aside, Button};
use leptos::prelude::*;
use leptos::web_sys::Element;
use wasm_bindgen::JsCast;

const SQUARE: &str = "grid size-9 shrink-0 cursor-pointer place-items-center rounded-sm text-muted transition-colors hover:text-text";

/// The content scrolls by itself, so what sticks to its edges (a header, the composer) may be
/// `sticky`; it is also as high as the window, for pages that divide the height themselves.
#[component]
pub fn Workspace(children: Children) -> impl IntoView {
    SavedPreferences::provide(&Visitor::expect());
    let toasts = Toasts::provide();
    let menu = CommandMenu::provide();
    let width = RwSignal::new(panel::SIDEBAR.width());
    let collapsed = RwSignal::new(sidebar::is_collapsed());
    let sheet = NodeRef::<Aside>::new();
    let hide = NodeRef::<Button>::new();
    let show = NodeRef::<Button>::new();

    // The button that was used goes away: the focus moves on to the one that undoes it.
    let fold = move |fold: bool| {
        collapsed.set(fold);
        sidebar::remember(fold);
        let next = if fold { show } else { hide };
        request_animation_frame(move || {
            if let Some(button) = next.get_untracked() {
                let _ = button.focus();
            }
        });
    };
    let index = ConversationIndex::expect();
    Effect::new(move |before: Option<u32>| {
        let called = index.called();
        if before.is_some_and(|before| before != called) {
            if !is_wide() {
                if let Some(sheet) = sheet.get_untracked() {
                    // Fails when it is open, which is as good.
                    let _ = sheet.show_popover();
                }
            } else if collapsed.get_untracked() {
                fold(false);
            }
        }
        called
    });
    let close = move || {
        if let Some(sheet) = sheet.get_untracked() {
            // Fails when it is not open, which is as good.
            let _ = sheet.hide_popover();
        }
    };
    let on_click = move |click: MouseEvent| {
        let link = click
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|target| target.closest("a[href]").ok().flatten());
        if link.is_some() {
            close();
        }
    };
    // Whoever tabs out of the sheet would otherwise wander about beneath it.
    let on_focus_out = move |event: FocusEvent| {
        if sheet
            .get_untracked()
            .is_some_and(|sheet| focus::leaves(&sheet, &event))
        {
            close();
        }
    };

    view! {
        <div
            class="workspace group/workspace grid h-dvh grid-rows-[auto_minmax(0,1fr)] md:grid-cols-[auto_minmax(0,1fr)] md:grid-rows-1 print:block print:h-auto"
            data-sidebar=move || if collapsed.get() { "collapsed" } else { "open" }
        >
            <SmallScreenHeader />
            <aside
                node_ref=sheet
                id="conversations"
                aria-label=t!("Sidebar")
                popover="auto"
                class="inset-y-0 left-0 m-0 hidden h-dvh max-h-none w-[min(20rem,88vw)] flex-col overflow-x-hidden overflow-y-auto border-r border-line bg-surface text-text backdrop:bg-surface/75 max-md:fixed open:flex md:relative md:w-(--panel) md:group-data-[sidebar=open]/workspace:flex no-print"
                style:--panel=move || format!("{}px", width.get())
                on:click=on_click
                on:focusout=on_focus_out
            >
                <ResizeHandle
                    label=t!("Width of the sidebar")
                    panel=panel::SIDEBAR
                    width
                    class="absolute inset-y-0 right-0 max-md:hidden"
                />
                <div class="flex h-14 shrink-0 items-center justify-between pr-2 pl-4">
                    <Brand />
                    <span class="grow"></span>
                    <CommandButton class=format!("needs-script {SQUARE}") />
                    <button
                        node_ref=hide
                        type="button"
                        aria-label=t!("Hide the sidebar")
                        title=t!("Hide the sidebar")
                        class=format!("needs-script max-md:hidden {SQUARE}")
                        on:click=move |_| fold(true)
                    >
                        <Icon path=icon::SIDEBAR />
                    </button>
                    <button
                        type="button"
                        aria-label=t!("Close the sidebar")
                        popovertarget="conversations"
                        popovertargetaction="hide"
                        class=format!("md:hidden {SQUARE}")
                    >
                        <Icon path=icon::CLOSE />
                    </button>
                </div>
                <ConversationList />
                <div class="shrink-0 pb-[env(safe-area-inset-bottom)]">
                    <AccountMenu />
                </div>
            </aside>
            <aside
                aria-label=t!("Folded sidebar")
                class="hidden w-14 flex-col items-center gap-1 border-r border-line py-2.5 md:group-data-[sidebar=collapsed]/workspace:flex no-print"
            >
                <button
                    node_ref=show
                    type="button"
                    aria-label=t!("Show the sidebar")
                    title=t!("Show the sidebar")
                    class=SQUARE
                    on:click=move |_| fold(false)
                >
                    <Icon path=icon::SIDEBAR />
                </button>
                <NewLink />
                <CommandButton class=SQUARE.to_owned() />
            </aside>
            <main
                id="main"
                tabindex="-1"
                class="relative min-h-0 min-w-0 overflow-y-auto outline-none print:overflow-visible"
            >
                {children()}
            </main>
            <CommandDialogs menu />
            <ToastStack toasts />
        </div>
    }
}

/// Whether the sidebar stands beside the page: Tailwind's `md`.
fn is_wide() -> bool {
    let query = window().match_media("(min-width: 768px)").ok().flatten();
    query.is_none_or(|query| query.matches())
}

#[component]
fn SmallScreenHeader() -> impl IntoView {
    view! {
        <header class="flex h-12 items-center justify-between border-b border-line px-1.5 md:hidden no-print">
            <button
                type="button"
                aria-label=t!("Conversations")
                popovertarget="conversations"
                class=SQUARE
            >
                <Icon path=icon::MENU />
            </button>
            <Brand />
            <NewLink />
        </header>
    }
}

#[component]
fn Brand() -> impl IntoView {
    view! {
        <a href="/" class="flex items-center gap-2 rounded-sm py-1 text-sm font-bold tracking-tight">
            <span class="text-accent">
                <Icon path=icon::MARK />
            </span>
            "Overmind"
        </a>
    }
}

#[component]
fn NewLink() -> impl IntoView {
    view! {
        <a href="/" aria-label=t!("New conversation") title=t!("New conversation") class=SQUARE>
            <Icon path=icon::PLUS />
        </a>
    }
}
