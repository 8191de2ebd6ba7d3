//! Time and ids: made here and nowhere else, so that tests can hold the time.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use engine::Timer;
use futures::FutureExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::{NoContext, Timestamp, Uuid};

pub trait Clock: Send + Sync {
    /// Whole microseconds: what is read from either database equals what was written.
    fn now(&self) -> DateTime<Utc>;

    /// UUIDv7: sorts by time.
    fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(
            NoContext,
            seconds,
            now.timestamp_subsec_nanos(),
        ))
    }
}

pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        micros(Utc::now())
    }
}

/// How the engine waits.
pub fn timer() -> Timer {
    Arc::new(|seconds| tokio::time::sleep(Duration::from_secs(seconds.into())).boxed())
}

/// Stands still until it is moved.
#[derive(Clone)]
pub struct FixedClock(Arc<Mutex<DateTime<Utc>>>);

impl FixedClock {
    pub fn at(time: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(micros(time))))
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::microseconds(1))
        .unwrap_or(time)
}
