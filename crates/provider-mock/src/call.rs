//! What the mock was asked, and how it went.

use crate::wire::{Request, Wire};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordedCall {
    pub wire: Wire,
    pub model: String,
    /// It asked for a stream.
    pub stream: bool,
    pub system: String,
    pub prompt: String,
    pub schema_name: Option<String>,
    pub schema: Option<Value>,
    /// The whole request.
    pub body: Value,
    /// Without keys.
    pub headers: BTreeMap<String, String>,
    /// It brought a key, whichever.
    pub has_key: bool,
    /// The rule that answered; `None` for a generated answer and for a refused key.
    pub rule: Option<usize>,
    pub status: u16,
    /// The whole answer was sent.
    pub finished: bool,
    /// The caller went away before the answer was complete.
    pub closed_early: bool,
}

/// All calls of one mock, in the order they came.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Calls are counted only.
    forgetful: bool,
    count: AtomicUsize,
    calls: Mutex<Vec<RecordedCall>>,
    changed: Notify,
}

/// Where a call's headers put the key: these are never recorded.
pub(crate) const KEY_HEADERS: [&str; 3] = ["authorization", "x-api-key", "x-goog-api-key"];

impl Log {
    pub fn new(forgetful: bool) -> Self {
        Self(Arc::new(Inner {
            forgetful,
            ..Inner::default()
        }))
    }

    pub fn calls(&self) -> Vec<RecordedCall> {
        self.lock().clone()
    }

    pub fn open(
        &self,
        request: &Request,
        headers: BTreeMap<String, String>,
        has_key: bool,
    ) -> OpenCall {
        let number = self.0.count.fetch_add(1, Ordering::Relaxed);
        if self.0.forgetful {
            return OpenCall {
                log: self.clone(),
                number,
                index: None,
                broken: false,
            };
        }
        let call = RecordedCall {
            wire: request.wire,
            model: request.model.clone(),
            stream: request.stream,
            system: request.system.clone(),
            prompt: request.prompt.clone(),
            schema_name: request.schema_name.clone(),
            schema: request.schema.clone(),
            body: request.body.clone(),
            headers,
            has_key,
            rule: None,
            status: 200,
            finished: false,
            closed_early: false,
        };
        let mut calls = self.lock();
        calls.push(call);
        let index = calls.len() - 1;
        drop(calls);
        self.0.changed.notify_waiters();
        OpenCall {
            log: self.clone(),
            number,
            index: Some(index),
            broken: false,
        }
    }

    /// Waits until the calls are as wanted.
    pub async fn wait_until(&self, wanted: impl Fn(&[RecordedCall]) -> bool) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if wanted(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<RecordedCall>> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is being answered. Dropped before its end it counts as closed early.
pub(crate) struct OpenCall {
    log: Log,
    number: usize,
    /// Where it is recorded, unless nothing is.
    index: Option<usize>,
    broken: bool,
}

impl OpenCall {
    /// The number of the call, from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    pub fn answered_by(&self, rule: Option<usize>, status: u16) {
        self.change(|call| {
            call.rule = rule;
            call.status = status;
        });
    }

    pub fn finish(&self) {
        self.change(|call| call.finished = true);
    }

    /// The mock itself breaks the connection: that is not the caller's doing.
    pub fn break_off(&mut self) {
        self.broken = true;
    }

    fn change(&self, change: impl FnOnce(&mut RecordedCall)) {
        let Some(index) = self.index else { return };
        if let Some(call) = self.log.lock().get_mut(index) {
            change(call);
        }
        self.log.0.changed.notify_waiters();
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let broken = self.broken;
        self.change(|call| call.closed_early = !call.finished && !broken);
    }
}
