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
    /// The path of the function.
    #[cfg_attr(
        not(feature = "ssr"),
        expect(dead_code, reason = "only the server knows what came with a form")
    )]
    form: &'static str,
}

/// Whether the page is the answer to a form that was sent without scripts.
pub fn page_is_an_answer() -> bool {
    #[cfg(feature = "ssr")]
    return crate::ssr::typed::answered().is_some();
    #[cfg(not(feature = "ssr"))]
    false
}

/// Whether it is the answer to that very form.
pub fn page_answers<S: ServerFn>() -> bool {
    #[cfg(feature = "ssr")]
    return crate::ssr::typed::answered().is_some_and(|typed| typed.form == S::PATH);
    #[cfg(not(feature = "ssr"))]
    false
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
            form: S::PATH,
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

    /// What is wrong with a form whose fields are `fields[…]`, but with none of them.
    pub fn about_the_whole(self) -> Signal<Option<String>> {
        let refused = self.refused;
        Signal::derive(move || {
            let refused = refused.get()?;
            let field = refused.0.error.field.as_deref().unwrap_or_default();
            (!field.starts_with("fields[")).then(|| refused.message())
        })
    }

    /// Somebody else was faster.
    pub fn is_stale(self) -> Signal<bool> {
        let refused = self.refused;
        Signal::derive(move || {
            refused.with(|refused| {
                refused
                    .as_ref()
                    .is_some_and(|refused| refused.0.error.code == "precondition_failed")
            })
        })
    }

    /// Nothing was sent from this page, or it went well.
    pub fn is_unharmed(self) -> bool {
        !self.pending.get() && self.refused.with(Option::is_none)
    }

    /// What stood in that field of a form that was sent without scripts and refused.
    pub fn typed(self, field: &str) -> Option<String> {
        #[cfg(feature = "ssr")]
        return crate::ssr::typed::typed(self.form, field);
        #[cfg(not(feature = "ssr"))]
        {
            let _ = field;
            None
        }
    }

    /// Whether that box was checked in such a form.
    pub fn was_checked(self, field: &str) -> Option<bool> {
        #[cfg(feature = "ssr")]
        return crate::ssr::typed::checked(self.form, field);
        #[cfg(not(feature = "ssr"))]
        {
            let _ = field;
            None
        }
    }

    /// What such a form made, to be shown this once. The server knows; the browser reads what it
    /// wrote into the page. Call it once for each form.
    pub fn secret(self) -> Option<String> {
        #[cfg(feature = "ssr")]
        let known = || crate::ssr::typed::secret(self.form);
        #[cfg(not(feature = "ssr"))]
        let known = || None;
        SharedValue::new(known).into_inner()
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
