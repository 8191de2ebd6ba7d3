//! Ctrl K (or Cmd K): a dialog that goes to a conversation or does something, without a mouse.
//! "?" shows which keys there are.

use crate::api::sidebar::search;
use crate::components::icon::{self, Icon};
use crate::components::shortcuts::Shortcuts;
use crate::components::theme_toggle::theme_switch;
use crate::components::{account_menu, admin_frame};
use crate::state::Visitor;
use crate::state::conversations::{ConversationIndex, Shelf};
use domain::ConversationId;
use leptos::ev::{self, KeyboardEvent};
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::time::Duration;

/// So many of the conversations that were found.
const MOST: usize = 7;

#[derive(Clone, Copy)]
pub struct CommandMenu {
    dialog: NodeRef<Dialog>,
    shortcuts: NodeRef<Dialog>,
    input: NodeRef<Input>,
    typed: RwSignal<String>,
    found: RwSignal<Vec<Choice>>,
    active: RwSignal<usize>,
    admin: bool,
}

#[derive(Clone, PartialEq)]
enum Choice {
    New,
    Archive,
    Settings,
    Theme,
    Shortcuts,
    /// Address, name and icon.
    Page(&'static str, &'static str, &'static str),
    Conversation(ConversationId, String),
}

impl Choice {
    const COMMANDS: [Self; 5] = [
        Self::New,
        Self::Archive,
        Self::Settings,
        Self::Theme,
        Self::Shortcuts,
    ];

    fn name(&self) -> &str {
        match self {
            Self::New => t!("New conversation"),
            Self::Archive => t!("Archived conversations"),
            Self::Settings => t!("Settings"),
            Self::Theme => t!("Switch between light and dark theme"),
            Self::Shortcuts => t!("Keyboard shortcuts"),
            Self::Page(_, name, _) => name,
            Self::Conversation(_, title) => title,
        }
    }

    fn is_named(&self, part: &str) -> bool {
        let name = self.name().to_ascii_lowercase();
        name.contains(&part.trim().to_ascii_lowercase())
    }

    fn icon(&self) -> &'static str {
        match self {
            Self::New => icon::PLUS,
            Self::Archive => icon::ARCHIVE,
            Self::Settings => icon::SETTINGS,
            Self::Theme => icon::SUN,
            Self::Shortcuts => icon::KEYS,
            Self::Page(_, _, path) => path,
            Self::Conversation(..) => icon::CHAT,
        }
    }
}

impl CommandMenu {
    /// Once, around all pages of those who are signed in.
    pub fn provide() -> Self {
        let menu = Self {
            dialog: NodeRef::new(),
            shortcuts: NodeRef::new(),
            input: NodeRef::new(),
            typed: RwSignal::default(),
            found: RwSignal::default(),
            active: RwSignal::new(0),
            admin: Visitor::expect().is_admin(),
        };
        provide_context(menu);
        menu
    }

    fn open(self) {
        if let Some(input) = self.input.get_untracked() {
            input.set_value("");
        }
        self.typed.set(String::new());
        self.found.set(Vec::new());
        self.active.set(0);
        show(self.dialog);
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    /// Which keys open something wherever one is; not while another dialog is open.
    fn on_key(self, key: &KeyboardEvent) {
        let commands = (key.ctrl_key() || key.meta_key()) && key.key().eq_ignore_ascii_case("k");
        let asks = key.key() == "?" && !is_writing();
        if (commands || asks) && !matches(document().query_selector("dialog[open]")) {
            key.prevent_default();
            if commands {
                self.open();
            } else {
                show(self.shortcuts);
            }
        } else if commands {
            // The browser's own use of the key would take the reader away.
            key.prevent_default();
        }
    }

    fn choices(self) -> Vec<Choice> {
        let typed = self.typed.get();
        let administration = self.admin.then(admin_frame::pages).into_iter().flatten();
        let administration = administration.map(|(href, name)| (href, name, icon::ADMIN));
        let pages = account_menu::pages().into_iter().chain(administration);
        let pages = pages.map(|(href, name, path)| Choice::Page(href, name, path));
        let commands = Choice::COMMANDS.into_iter().chain(pages);
        let commands = commands.filter(|it| it.is_named(&typed));
        commands.chain(self.found.get()).collect()
    }

    /// At once: whoever types a command and sends it off gets that one.
    fn read(self, words: &str) {
        self.typed.set(words.to_owned());
        self.active.set(0);
        if words.trim().is_empty() {
            self.found.set(Vec::new());
        }
    }

    fn find(self, words: String) {
        if words.trim().is_empty() {
            return;
        }
        spawn_local(async move {
            let Ok(page) = search(words.clone(), None).await else {
                return;
            };
            // Something else may have been typed meanwhile.
            if self.typed.try_get_untracked().as_ref() == Some(&words) {
                let found = page.items.into_iter().take(MOST).map(|it| it.conversation);
                let found = found.map(|it| Choice::Conversation(it.id, it.title.to_string()));
                self.found.set(found.collect());
            }
        });
    }
}

fn show(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        // Fails when it is open, which is as good.
        let _ = dialog.show_modal();
    }
}

fn matches<T, E>(found: Result<Option<T>, E>) -> bool {
    found.ok().flatten().is_some()
}

/// Where the focus is, keys write.
fn is_writing() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|it| it.matches("input, textarea, select").unwrap_or_default())
}

#[component]
pub fn CommandButton(class: String) -> impl IntoView {
    let menu = use_context::<CommandMenu>();
    view! {
        <button
            type="button"
            aria-label=t!("Command menu")
            title=t!("Command menu (Ctrl K)")
            aria-keyshortcuts="Control+K Meta+K"
            class=class
            on:click=move |_| {
                if let Some(menu) = menu {
                    menu.open();
                }
            }
        >
            <Icon path=icon::COMMANDS />
        </button>
    }
}

#[component]
pub fn CommandDialogs(menu: CommandMenu) -> impl IntoView {
    Effect::new(move |_| {
        let listening = window_event_listener(ev::keydown, move |key| menu.on_key(&key));
        on_cleanup(move || listening.remove());
    });
    let index = ConversationIndex::expect();
    let navigate = use_navigate();
    let switch = theme_switch();
    let choose = Callback::new(move |choice: Choice| {
        menu.close();
        match choice {
            Choice::New => navigate("/", Default::default()),
            Choice::Archive => index.show(Shelf::Archived),
            Choice::Settings => navigate("/settings", Default::default()),
            Choice::Page(href, ..) => navigate(href, Default::default()),
            Choice::Theme => switch(),
            Choice::Shortcuts => show(menu.shortcuts),
            Choice::Conversation(id, _) => navigate(&format!("/c/{id}"), Default::default()),
        }
    });
    let choices = Memo::new(move |_| menu.choices());
    let active = menu.active;
    let on_key = move |key: KeyboardEvent| {
        let (at, count) = (active.get_untracked(), choices.with_untracked(Vec::len));
        if key.is_composing() || count == 0 {
            return;
        }
        match key.key().as_str() {
            "ArrowDown" => active.set((at + 1) % count),
            "ArrowUp" => active.set((at + count - 1) % count),
            "Enter" => {
                if let Some(choice) = choices.with_untracked(|choices| choices.get(at).cloned()) {
                    choose.run(choice);
                }
            }
            _ => return,
        }
        key.prevent_default();
    };
    let mut later = debounce(Duration::from_millis(150), move |words| menu.find(words));

    view! {
        <dialog
            node_ref=menu.dialog
            aria-label=t!("Command menu")
            class="mx-auto mt-[12dvh] w-[min(34rem,92vw)] rounded-md border border-line bg-raised text-text shadow-lg backdrop:bg-text/30"
        >
            <input
                node_ref=menu.input
                type="text"
                role="combobox"
                aria-label=t!("Conversation or command")
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls="choices"
                aria-activedescendant=move || {
                    let any = choices.with(|choices| !choices.is_empty());
                    any.then(|| format!("choice-{}", active.get()))
                }
                placeholder=t!("Find a conversation or a command")
                maxlength="200"
                autocomplete="off"
                class="h-12 w-full rounded-md bg-transparent px-4 text-base -outline-offset-2"
                on:input=move |input| {
                    let words = event_target_value(&input);
                    menu.read(&words);
                    later(words);
                }
                on:keydown=on_key
            />
            <p role="status" class="px-4 py-2 text-sm text-muted empty:hidden">
                {move || {
                    choices
                        .with(Vec::is_empty)
                        .then_some(t!("Nothing has this name or these words."))
                }}
            </p>
            <ul id="choices" role="listbox" aria-label=t!("Choices") class="p-1.5">
                {move || {
                    choices
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(number, choice)| view! { <OneChoice number choice active choose /> })
                        .collect_view()
                }}
            </ul>
        </dialog>
        <Shortcuts dialog=menu.shortcuts />
    }
}

#[component]
fn OneChoice(
    number: usize,
    choice: Choice,
    active: RwSignal<usize>,
    choose: Callback<Choice>,
) -> impl IntoView {
    let name = choice.name().to_owned();
    let path = choice.icon();
    view! {
        <li
            id=format!("choice-{number}")
            role="option"
            aria-selected=move || (active.get() == number).to_string()
            class="flex min-h-9 cursor-pointer items-center gap-2 rounded-sm px-2.5 text-sm aria-selected:bg-line/60"
            on:pointermove=move |_| {
                if active.get_untracked() != number {
                    active.set(number);
                }
            }
            on:click=move |_| choose.run(choice.clone())
        >
            <Icon path class="size-4 shrink-0 text-muted" />
            <span class="min-w-0 truncate">{name}</span>
        </li>
    }
}
