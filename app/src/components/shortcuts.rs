//! Which keys there are.

use crate::texts;
use leptos::html::Dialog;
use leptos::prelude::*;

const KEYS: [(&[&str], &str); 6] = [
    (
        &[marked!("Ctrl K"), "\u{2318} K"],
        marked!("Find a conversation or a command"),
    ),
    (&["?"], marked!("Show these shortcuts")),
    (&[marked!("Enter")], marked!("Send the question")),
    (
        &[marked!("Shift Enter")],
        marked!("Begin a new line in the question"),
    ),
    (&[marked!("Esc")], marked!("Close what is open")),
    (
        &["\u{2190}", "\u{2192}"],
        marked!("On the edge of a panel: make it narrower or wider"),
    ),
];

#[component]
pub fn Shortcuts(dialog: NodeRef<Dialog>) -> impl IntoView {
    view! {
        <dialog
            node_ref=dialog
            aria-labelledby="shortcuts-title"
            class="m-auto w-[min(30rem,92vw)] rounded-md border border-line bg-raised p-5 text-text shadow-lg backdrop:bg-text/30"
        >
            <h2 id="shortcuts-title" class="font-medium">
                {t!("Keyboard shortcuts")}
            </h2>
            <dl class="mt-3 grid grid-cols-[auto_1fr] items-center gap-x-5 gap-y-2 text-sm">
                {KEYS
                    .into_iter()
                    .map(|(keys, what)| {
                        let keys = keys.iter().map(|key| {
                            view! {
                                <kbd class="rounded-sm border border-line px-1.5 py-0.5 font-mono text-xs">
                                    {texts::of(key)}
                                </kbd>
                            }
                        });
                        view! {
                            <dt class="flex gap-1">{keys.collect_view()}</dt>
                            <dd class="text-muted">{texts::of(what)}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
            <div class="mt-5 flex justify-end">
                <button
                    type="button"
                    class="inline-flex h-10 cursor-pointer items-center rounded-sm border border-line px-4 text-sm font-medium hover:border-muted/70"
                    on:click=move |_| {
                        if let Some(dialog) = dialog.get_untracked() {
                            dialog.close();
                        }
                    }
                >
                    {t!("Close")}
                </button>
            </div>
        </dialog>
    }
}
