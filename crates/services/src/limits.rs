//! How many requests a person or a key may send in a minute over REST and MCP: counted together
//! with the other processes where Redis is between them, and alone while it does not answer.

use crate::access::{Entry, Member};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::throttle::{Allowance, Throttle};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ApiKeyId, OrganizationId, UserId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// How long an organization's limit is believed before it is read again.
const FRESH: TimeDelta = TimeDelta::seconds(5);

const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// What `Throttle` does, in Redis: whether this attempt is let through, how many there are within
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

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    User(UserId),
    /// A key with a limit of its own.
    Key(ApiKeyId),
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "overmind:requests:user:{id}"),
            Self::Key(id) => write!(f, "overmind:requests:key:{id}"),
        }
    }
}

/// When it was read, and the limit.
type Known = HashMap<OrganizationId, (DateTime<Utc>, usize)>;

pub struct Limits {
    store: Store,
    clock: Arc<dyn Clock>,
    usual: usize,
    requests: Throttle<Counted>,
    bus: Bus,
    organizations: Mutex<Known>,
}

impl Limits {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        bus: Bus,
        requests_per_minute: usize,
    ) -> Self {
        Self {
            store,
            clock,
            usual: requests_per_minute,
            requests: Throttle::new(requests_per_minute, WINDOW),
            bus,
            organizations: Mutex::default(),
        }
    }

    /// Counts a request.
    pub async fn request(&self, member: &Member) -> Result<Allowance> {
        let user = member.user();
        let limit = self.of_organization(user.organization_id).await?;
        if let Entry::ApiKey(key) = member.entry()
            && let Some(own) = key.requests_per_minute
        {
            // A share of what its owner has, not more beside it.
            let own = self.count(Counted::Key(key.id), own as usize).await?;
            let whole = self.count(Counted::User(user.id), limit).await?;
            return Ok(if own.remaining < whole.remaining {
                own
            } else {
                whole
            });
        }
        self.count(Counted::User(user.id), limit).await
    }

    async fn count(&self, counted: Counted, limit: usize) -> Result<Allowance> {
        let now = self.clock.now();
        match self.count_together(counted, limit, now).await {
            Some(counted) => counted,
            None => self.requests.attempt_within(limit, &counted, now),
        }
    }

    /// `None` without Redis.
    async fn count_together(
        &self,
        counted: Counted,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Option<Result<Allowance>> {
        let mut connection = self.bus.link()?.connection()?;
        let mut command = redis::cmd("EVAL");
        command
            .arg(COUNT)
            .arg(1)
            .arg(counted.to_string())
            .arg(now.timestamp_millis())
            .arg(WINDOW.num_milliseconds())
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

    async fn of_organization(&self, id: OrganizationId) -> Result<usize> {
        let now = self.clock.now();
        let known = self.known().get(&id).copied();
        if let Some((_, limit)) = known.filter(|(read, _)| now - *read < FRESH) {
            return Ok(limit);
        }
        let organization = self.store.organization(id).await?;
        let set = organization.and_then(|organization| organization.requests_per_minute);
        let limit = set.map_or(self.usual, |limit| limit as usize);
        let mut known = self.known();
        known.retain(|_, (read, _)| now - *read < FRESH);
        known.insert(id, (now, limit));
        Ok(limit)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.organizations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
