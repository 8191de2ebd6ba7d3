//! How often somebody may try a password: counted per account and per address, in memory.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// More keys than this are somebody's attempt to fill the memory: the oldest go first.
const MOST_KEYS: usize = 50_000;

/// At most `limit` attempts within `window`, for each key.
pub(crate) struct Throttle<K> {
    limit: usize,
    window: TimeDelta,
    attempts: Mutex<HashMap<K, VecDeque<DateTime<Utc>>>>,
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    pub fn new(limit: usize, window: TimeDelta) -> Self {
        Self {
            limit,
            window,
            attempts: Mutex::default(),
        }
    }

    /// Counts an attempt; `Err` has the seconds until the next one is worth making.
    /// Attempts at once are counted at once: none slips through while another is verified.
    pub fn attempt(&self, key: &K, now: DateTime<Utc>) -> Result<(), u64> {
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
        if times.len() >= self.limit {
            let free = times.front().map_or(self.window, |first| *first - since);
            return Err(u64::try_from(free.num_seconds()).unwrap_or(0).max(1));
        }
        times.push_back(now);
        Ok(())
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
        let throttle = Throttle::new(2, TimeDelta::seconds(60));
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert_eq!(throttle.attempt(&"a", at(0)), Ok(()));
        assert_eq!(throttle.attempt(&"a", at(10)), Ok(()));
        assert_eq!(throttle.attempt(&"a", at(20)), Err(40));
        assert_eq!(throttle.attempt(&"b", at(20)), Ok(()));
        assert_eq!(throttle.attempt(&"a", at(60)), Ok(()));
        assert_eq!(throttle.attempt(&"a", at(61)), Err(9));
        throttle.forget(&"a");
        assert_eq!(throttle.attempt(&"a", at(61)), Ok(()));
    }
}
