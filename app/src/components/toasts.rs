//! Where errors are told that have no place of their own: above everything else, without taking the
//! focus. They go by themselves, but not while somebody is reading them.

use crate::components::form::FormError;
use crate::components::icon::{self, Icon};
use crate::state::Submission;
use crate::state::toasts::Toasts;
use leptos::html::Div;
use leptos::prelude::*;

#[component]
pub fn ToastStack(toasts: Toasts) -> impl IntoView {
    let stack = NodeRef::<Div>::new();
    Effect::new(move |_| {
        let shown = !toasts.shown().is_empty();
        if let Some(stack) = stack.get() {
            // Above what was opened since; fails when it is closed, which is as good.
            let _ = stack.hide_popover();
            if shown {
                let _ = stack.show_popover();
            }
        }
    });
    view! {
        <div
            node_ref=stack
            popover="manual"
            class="fixed inset-auto right-4 bottom-4 m-0 w-[min(24rem,calc(100vw-2rem))] gap-2 bg-transparent p-0 text-text open:grid no-print"
        >
            <For each=move || toasts.shown() key=|toast| toast.number let(toast)>
                <div
                    role="alert"
                    data-testid="toast"
                    class="toast flex items-start gap-2 rounded-md border border-bad/50 bg-raised py-2 pr-2 pl-4 text-sm shadow-lg"
                    on:animationend=move |_| toasts.close(toast.number)
                >
                    <p class="min-w-0 grow py-1 wrap-anywhere">{toast.text}</p>
                    <button
                        type="button"
                        aria-label=t!("Close")
                        class="grid size-8 shrink-0 cursor-pointer place-items-center rounded-sm text-muted transition-colors hover:text-text"
                        on:click=move |_| toasts.close(toast.number)
                    >
                        <Icon path=icon::CLOSE class="size-4" />
                    </button>
                </div>
            </For>
        </div>
    }
}

/// What is wrong with a form that has no room for words: told in a toast. Only a page that is the
/// answer to the form, which browsers without scripts get, has it in its place.
#[component]
pub fn Told(submission: Submission) -> impl IntoView {
    Toasts::tell_of(submission);
    let first = submission.about_none_of(&[]).get_untracked();
    view! { <FormError message=Signal::stored(first) /> }
}
