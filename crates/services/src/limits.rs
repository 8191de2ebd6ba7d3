//! How many requests a person may send in a minute, however they send them.

use crate::access::Member;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::throttle::{Allowance, Throttle};
use chrono::TimeDelta;
use domain::UserId;
use std::sync::Arc;

pub struct Limits {
    clock: Arc<dyn Clock>,
    requests: Throttle<UserId>,
}

impl Limits {
    pub(crate) fn new(clock: Arc<dyn Clock>, requests_per_minute: usize) -> Self {
        Self {
            clock,
            requests: Throttle::new(requests_per_minute, TimeDelta::minutes(1)),
        }
    }

    /// Counts a request.
    pub fn request(&self, member: &Member) -> Result<Allowance> {
        self.requests
            .attempt(&member.user().id, self.clock.now())
            .map_err(|retry_after| Error::RateLimited { retry_after })
    }
}
