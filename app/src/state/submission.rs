//! How a form's submission stands: under way, done, or refused and about which field.

use crate::api::Refused;
use crate::api::exchange::post;
use leptos::prelude::*;
use leptos::server::ServerActionError;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;

#[derive(Clone, Copy)]
pub struct Submission {
    pub pending: Signal<bool>,
    /// The latest one was accepted and no other is under way.
    pub done: Signal<bool>,
    refused: Signal<Option<Refused>>,
    /// The path of the function.
    form: &'static str,
    under_way: RwSignal<usize>,
    /// What the function said, as it was sent.
    reply: RwSignal<Option<Result<String, Refused>>>,
    /// How many replies there were.
    replies: RwSignal<usize>,
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
    /// To the server function with that path.
    pub(super) fn to(form: &'static str) -> Self {
        // Sent without scripts and refused, it is the page's address that says why.
        let refused = use_context::<ServerActionError>()
            .filter(|error| error.path() == form)
            .map(|error| Err(ServerFnUrlError::<Refused>::decode_err(error.err())));
        let under_way = RwSignal::new(0);
        let reply = RwSignal::new(refused);
        let pending = Signal::derive(move || 0 < under_way.get());
        Self {
            pending,
            done: Signal::derive(move || {
                !pending.get() && reply.with(|reply| matches!(reply, Some(Ok(_))))
            }),
            refused: Signal::derive(move || {
                reply.with(|reply| reply.as_ref()?.as_ref().err().cloned())
            }),
            form,
            under_way,
            reply,
            replies: RwSignal::new(0),
        }
    }

    /// Where its form goes.
    pub fn path(self) -> &'static str {
        self.form
    }

    /// Sends the fields of a form, encoded as a browser does it.
    pub fn send(self, fields: String) {
        self.under_way.update(|under_way| *under_way += 1);
        leptos::task::spawn_local(async move {
            let reply = post(self.form, fields).await;
            // By now the page may be another one.
            self.under_way.try_update(|under_way| *under_way -= 1);
            self.reply.try_set(Some(reply));
            self.replies.try_update(|replies| *replies += 1);
        });
    }

    pub(super) fn reply(self) -> Option<Result<String, Refused>> {
        self.reply.get()
    }

    /// What was accepted counts as refused from now on.
    pub(super) fn refuse(self, why: Refused) {
        let accepted = |reply: &Option<Result<_, _>>| matches!(reply, Some(Ok(_)));
        if self.reply.with_untracked(accepted) {
            self.reply.set(Some(Err(why)));
        }
    }

    /// Changes with every reply.
    pub(super) fn version(self) -> Signal<usize> {
        self.replies.into()
    }

    /// As if nothing had been sent.
    pub fn forget(self) {
        self.reply.set(None);
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
