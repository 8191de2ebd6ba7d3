//! Attempts counted by one process, in memory.

use super::Allowance;
use crate::error::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// More keys than this are somebody's attempt to fill the memory: the oldest go first.
const MOST_KEYS: usize = 50_000;

/// The attempts within `window`, for each key.
pub(super) struct Counts<K> {
    window: TimeDelta,
    attempts: Mutex<HashMap<K, VecDeque<DateTime<Utc>>>>,
}

impl<K: Hash + Eq + Clone> Counts<K> {
    pub fn new(window: TimeDelta) -> Self {
        Self {
            window,
            attempts: Mutex::default(),
        }
    }

    /// Counts an attempt; the error has the seconds until the next one is worth making.
    /// Attempts at once are counted at once: none slips through while another is verified.
    pub fn attempt(&self, limit: usize, key: &K, now: DateTime<Utc>) -> Result<Allowance> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now - self.window;
        if attempts.len() >= MOST_KEYS && !attempts.contains_key(key) {
            attempts.retain(|_, times| times.back().is_some_and(|last| *last > since));
            if attempts.len() >= MOST_KEYS {
                attempts.clear();
            }
        }
        let times = attempts.entry(key.clone()).or_default();
        while times.front().is_some_and(|first| *first <= since) {
            times.pop_front();
        }
        let free = times.front().map_or(self.window, |first| *first - since);
        let reset = u64::try_from(free.num_seconds()).unwrap_or(0).max(1);
        if times.len() >= limit {
            return Err(Error::RateLimited {
                limit,
                retry_after: reset,
            });
        }
        times.push_back(now);
        Ok(Allowance {
            limit,
            remaining: limit - times.len(),
            reset,
        })
    }

    /// The attempt was right: the key starts anew.
    pub fn forget(&self, key: &K) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_waits_until_its_oldest_attempt_is_out_of_the_window() {
        let counts = Counts::new(TimeDelta::seconds(60));
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let left = |remaining, reset| {
            Ok(Allowance {
                limit: 2,
                remaining,
                reset,
            })
        };
        let attempt = |key, now| {
            counts.attempt(2, &key, now).map_err(|error| match error {
                Error::RateLimited {
                    limit: 2,
                    retry_after,
                } => retry_after,
                other => panic!("{other}"),
            })
        };
        assert_eq!(attempt("a", at(0)), left(1, 60));
        assert_eq!(attempt("a", at(10)), left(0, 50));
        assert_eq!(attempt("a", at(20)), Err(40));
        assert_eq!(attempt("b", at(20)), left(1, 60));
        assert_eq!(attempt("a", at(60)), left(0, 10));
        assert_eq!(attempt("a", at(61)), Err(9));
        counts.forget(&"a");
        assert_eq!(attempt("a", at(61)), left(1, 60));
    }
}
