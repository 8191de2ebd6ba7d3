//! How a form's submission stands: under way, done, or refused and about which field.

use crate::api::Refused;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

#[derive(Clone, Copy)]
pub struct Submission {
    pub pending: Signal<bool>,
    /// The latest one was accepted and no other is under way.
    pub done: Signal<bool>,
    refused: Signal<Option<Refused>>,
}

impl Submission {
    pub fn of<S>(action: ServerAction<S>) -> Self
    where
        S: ServerFn<Error = Refused> + Clone + Send + Sync + 'static,
        S::Output: Send + Sync + 'static,
    {
        let pending = action.pending();
        let value = action.value();
        Self {
            pending: pending.into(),
            done: Signal::derive(move || {
                !pending.get() && value.with(|value| matches!(value, Some(Ok(_))))
            }),
            refused: Signal::derive(move || {
                value.with(|value| match value {
                    Some(Err(refused)) => Some(refused.clone()),
                    _ => None,
                })
            }),
        }
    }

    /// For forms that leave the page: their button stays off until the next one is there.
    pub fn leaving(self) -> Self {
        Self {
            pending: Signal::derive(move || self.pending.get() || self.done.get()),
            ..self
        }
    }

    /// What is wrong with that field.
    pub fn about(self, field: &'static str) -> Signal<Option<String>> {
        let refused = self.refused;
        Signal::derive(move || {
            let refused = refused.get()?;
            refused.is_about(field).then(|| refused.message())
        })
    }

    /// What is wrong, but with none of the fields, which say it themselves.
    pub fn about_none_of(self, fields: &'static [&'static str]) -> Signal<Option<String>> {
        let refused = self.refused;
        Signal::derive(move || {
            let refused = refused.get()?;
            let elsewhere = fields.iter().any(|field| refused.is_about(field));
            (!elsewhere).then(|| refused.message())
        })
    }

    /// Runs in the browser after each submission that was accepted.
    pub fn on_done(self, run: impl Fn() + 'static) {
        Effect::new(move |_| {
            if self.done.get() {
                run();
            }
        });
    }
}
