//! Counting HTTP requests: in memory, and into the store now and then, so that a request costs
//! a lock and nothing else.

use crate::access::Member;
use crate::clock::Clock;
use domain::ledger::{bucket, hour_of};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{RequestClass, Store};
use tokio::time::sleep;

/// So much is lost when the process is killed.
const EVERY: Duration = Duration::from_secs(10);
/// Its number is no bucket's.
const NOT_TIMED: i32 = -1;

#[derive(Clone)]
pub struct Requests {
    store: Store,
    clock: Arc<dyn Clock>,
    counts: Arc<Mutex<BTreeMap<RequestClass, u64>>>,
}

impl Requests {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            counts: Arc::default(),
        }
    }

    /// A request that was answered with that status, and after how long, where that says something.
    pub fn count(&self, member: &Member, status: u16, took: Option<Duration>) {
        let ms = took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        let key = RequestClass {
            organization: member.user().organization_id,
            hour: hour_of(self.clock.now()),
            class: u8::try_from(status / 100).unwrap_or_default(),
            bucket: ms.map_or(NOT_TIMED, bucket),
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(key).or_default() += 1;
    }

    /// Writes down what was counted since the last time; what cannot be written stays counted.
    pub async fn keep(&self) {
        let counts = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *counts)
        };
        if counts.is_empty() {
            return;
        }
        let rows: Vec<_> = counts.into_iter().collect();
        if let Err(error) = self.store.count_requests(&rows).await {
            tracing::warn!(%error, "how many requests there were is not written down yet");
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, count) in rows {
                *counts.entry(key).or_default() += count;
            }
        }
    }

    pub(crate) async fn keep_now_and_then(&self) {
        loop {
            sleep(EVERY).await;
            self.keep().await;
        }
    }
}
