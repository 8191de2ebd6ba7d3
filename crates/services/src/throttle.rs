//! How often somebody may do something, such as try a password: counted together with the other
//! processes where Redis is between them, and alone while it does not answer.

mod counts;

use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use counts::Counts;
use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;

/// What [`Counts`] does, in Redis: whether this attempt is let through, how many there are within
/// the window, and the milliseconds until the oldest of them counts no more.
const COUNT: &str = r"
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local free = window
if first[2] then free = tonumber(first[2]) + window - now end
if count >= limit then return {0, count, free} end
redis.call('ZADD', KEYS[1], now, ARGV[4])
redis.call('PEXPIRE', KEYS[1], window)
return {1, count + 1, free}
";

/// What is left after an attempt that was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Attempts within the window, all told.
    pub limit: usize,
    pub remaining: usize,
    /// Seconds until the oldest attempt counts no more.
    pub reset: u64,
}

/// So many attempts within `window`, for each key.
pub(crate) struct Throttle<K> {
    /// Of what; tells the keys of throttles apart.
    name: &'static str,
    window: TimeDelta,
    counts: Counts<K>,
    bus: Bus,
    clock: Arc<dyn Clock>,
}

impl<K: Hash + Eq + Clone + Display> Throttle<K> {
    pub fn new(name: &'static str, window: TimeDelta, bus: Bus, clock: Arc<dyn Clock>) -> Self {
        Self {
            name,
            window,
            counts: Counts::new(window),
            bus,
            clock,
        }
    }

    /// Counts an attempt; the error has the seconds until the next one is worth making.
    pub async fn attempt(&self, limit: usize, key: &K) -> Result<Allowance> {
        match self.attempt_together(limit, key).await {
            Some(counted) => counted,
            None => self.counts.attempt(limit, key, self.clock.now()),
        }
    }

    /// `None` without Redis.
    async fn attempt_together(&self, limit: usize, key: &K) -> Option<Result<Allowance>> {
        let mut connection = self.bus.link()?.connection()?;
        let mut command = redis::cmd("EVAL");
        command
            .arg(COUNT)
            .arg(1)
            .arg(self.list(key))
            .arg(self.clock.now().timestamp_millis())
            .arg(self.window.num_milliseconds())
            .arg(limit)
            .arg(self.clock.new_id().to_string());
        let (let_through, count, free): (bool, usize, i64) =
            command.query_async(&mut connection).await.ok()?;
        let reset = u64::try_from(free.div_euclid(1_000)).unwrap_or(0).max(1);
        Some(if let_through {
            Ok(Allowance {
                limit,
                remaining: limit.saturating_sub(count),
                reset,
            })
        } else {
            Err(Error::RateLimited {
                limit,
                retry_after: reset,
            })
        })
    }

    /// The attempt was right: the key starts anew.
    pub async fn forget(&self, key: &K) {
        self.counts.forget(key);
        if let Some(mut connection) = self.bus.link().and_then(|link| link.connection()) {
            let mut command = redis::cmd("DEL");
            command.arg(self.list(key));
            let forgotten: Result<(), _> = command.query_async(&mut connection).await;
            if let Err(error) = forgotten {
                tracing::debug!(error = error.category(), "attempts are not forgotten");
            }
        }
    }

    /// Without the key itself, which may be a mail address.
    fn list(&self, key: &K) -> String {
        let hash = URL_SAFE_NO_PAD.encode(secret::hash(&key.to_string()));
        format!("overmind:attempts:{}:{hash}", self.name)
    }
}
