//! How many requests a person or a key may send in a minute over REST and MCP.

use crate::access::{Entry, Member};
use crate::clock::Clock;
use crate::error::Result;
use crate::throttle::{Allowance, Throttle};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ApiKeyId, OrganizationId, UserId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// How long an organization's limit is believed before it is read again.
const FRESH: TimeDelta = TimeDelta::seconds(5);

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    User(UserId),
    /// A key with a limit of its own.
    Key(ApiKeyId),
}

/// When it was read, and the limit.
type Known = HashMap<OrganizationId, (DateTime<Utc>, usize)>;

pub struct Limits {
    store: Store,
    clock: Arc<dyn Clock>,
    usual: usize,
    requests: Throttle<Counted>,
    organizations: Mutex<Known>,
}

impl Limits {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, requests_per_minute: usize) -> Self {
        Self {
            store,
            clock,
            usual: requests_per_minute,
            requests: Throttle::new(requests_per_minute, TimeDelta::minutes(1)),
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
            let own = self.count(Counted::Key(key.id), own as usize)?;
            let whole = self.count(Counted::User(user.id), limit)?;
            return Ok(if own.remaining < whole.remaining {
                own
            } else {
                whole
            });
        }
        self.count(Counted::User(user.id), limit)
    }

    fn count(&self, counted: Counted, limit: usize) -> Result<Allowance> {
        self.requests
            .attempt_within(limit, &counted, self.clock.now())
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
