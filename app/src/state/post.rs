//! Forms on their way to a server function. One type for each function says what goes there and
//! comes back; sending and keeping the reply is written for none of them in particular, because
//! the browser's build would hold it once more for each.

use super::Submission;
use crate::api::Refused;
use crate::api::exchange::{encode, read};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// To the function `S`.
pub struct Post<S> {
    submission: Submission,
    function: PhantomData<fn() -> S>,
}

impl<S> Clone for Post<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Post<S> {}

impl<S> From<Post<S>> for Submission {
    fn from(post: Post<S>) -> Self {
        post.submission
    }
}

impl<S> Post<S>
where
    S: ServerFn<Error = Refused> + 'static,
    S::Output: DeserializeOwned + Send + Sync + 'static,
{
    /// Also knows what a form was refused for that was sent before scripts ran.
    pub fn prepare() -> Self {
        Self {
            submission: Submission::to(S::PATH),
            function: PhantomData,
        }
    }

    pub fn submission(self) -> Submission {
        self.submission
    }

    /// Sends what no form holds.
    pub fn send(self, order: &S)
    where
        S: serde::Serialize,
    {
        if let Ok(fields) = encode(order) {
            self.submission.send(fields);
        }
    }

    /// Changes with every reply.
    pub fn version(self) -> Signal<usize> {
        self.submission.version()
    }

    /// What the latest one came to; whoever reads it is told of the next.
    pub fn reply(self) -> Option<Result<S::Output, Refused>> {
        Some(self.submission.reply()?.and_then(|text| read(&text)))
    }

    /// The same, if it was accepted.
    pub fn answer(self) -> Option<S::Output> {
        self.reply()?.ok()
    }

    /// Runs in the browser with each answer. One that cannot be read is told where refusals are.
    pub fn on_answer(self, run: impl Fn(S::Output) + 'static) {
        Effect::new(move |_| match self.reply() {
            // Once for each, whatever it reads.
            Some(Ok(answer)) => untrack(|| run(answer)),
            Some(Err(unread)) => self.submission.refuse(unread),
            None => {}
        });
    }
}

impl<S: ServerFn<Output = String, Error = Refused> + 'static> Post<S> {
    /// What is shown only this once. Call it once for each form.
    pub fn secret(self) -> Signal<Option<String>> {
        let first = self.submission.secret();
        Signal::derive(move || self.answer().or_else(|| first.clone()))
    }
}
