//! How many runs are before one that waits. All places are read at once and shared by everybody
//! who looks, so that the store does not notice how many do.

use super::Runs;
use crate::access::Member;
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{RunId, RunStatus};
use std::collections::HashMap;
use tokio::sync::Mutex;

/// They are read again after this long, however many look.
const FRESH: TimeDelta = TimeDelta::seconds(1);

/// Held while they are read: whoever comes meanwhile gets the same.
#[derive(Default)]
pub(super) struct Places(Mutex<Option<Reading>>);

struct Reading {
    at: DateTime<Utc>,
    places: HashMap<RunId, u32>,
}

impl Runs {
    /// How many runs are before this one, as it was a second ago at the most; `None` when it does
    /// not wait, or came after that.
    pub async fn ahead_of(&self, member: &Member, id: RunId) -> Result<Option<u32>> {
        if self.get(member, id).await?.status != RunStatus::Queued {
            return Ok(None);
        }
        let mut last = self.places.0.lock().await;
        let now = self.clock.now();
        // A clock that was set back makes nothing fresh.
        let reading = match last.take().filter(|last| (now - last.at).abs() < FRESH) {
            Some(reading) => reading,
            None => Reading {
                at: now,
                places: self.store.queue().await?.into_iter().zip(0..).collect(),
            },
        };
        Ok(last.insert(reading).places.get(&id).copied())
    }
}
