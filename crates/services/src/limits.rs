//! How many requests a person or a key may send in a minute, and which limit is theirs.

use crate::access::{Entry, Member};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::Result;
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
            Self::User(id) => write!(f, "user:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
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
            requests: Throttle::new("requests", WINDOW, bus, clock.clone()),
            clock,
            usual: requests_per_minute,
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
            let counted = Counted::Key(key.id);
            let own = self.requests.attempt(own as usize, &counted).await?;
            let whole = self
                .requests
                .attempt(limit, &Counted::User(user.id))
                .await?;
            return Ok(if own.remaining < whole.remaining {
                own
            } else {
                whole
            });
        }
        self.requests.attempt(limit, &Counted::User(user.id)).await
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
