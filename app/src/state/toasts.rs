//! Errors of what has no place of its own to tell them, each until it is closed or has been there
//! for a while.

use super::Submission;
use leptos::prelude::*;

#[derive(Clone, PartialEq, Eq)]
pub struct Toast {
    /// Told twice, it is two of them.
    pub number: usize,
    pub text: String,
}

#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    told: StoredValue<usize>,
}

impl Toasts {
    /// Once, around all pages of those who are signed in.
    pub fn provide() -> Self {
        let toasts = Self {
            shown: RwSignal::default(),
            told: StoredValue::new(0),
        };
        provide_context(toasts);
        toasts
    }

    pub fn shown(self) -> Vec<Toast> {
        self.shown.get()
    }

    pub fn close(self, number: usize) {
        self.shown
            .update(|shown| shown.retain(|it| it.number != number));
    }

    fn tell(self, text: String) {
        let number = self.told.get_value();
        self.told.set_value(number + 1);
        self.shown
            .update(|shown| shown.push(Toast { number, text }));
    }

    /// Whatever a form is refused for from now on. Nobody who is not signed in has such a form.
    pub fn tell_of(submission: Submission) {
        let Some(toasts) = use_context::<Self>() else {
            return;
        };
        let refused = submission.about_none_of(&[]);
        Effect::new(move |ran: Option<()>| {
            // What the page itself is the answer to stands in the page.
            if let (Some(text), Some(())) = (refused.get(), ran) {
                toasts.tell(text);
            }
        });
    }
}
