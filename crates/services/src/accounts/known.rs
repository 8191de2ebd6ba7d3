//! Who was recognized a moment ago, so that not every request asks the database for them again.
//! What this process changes shows at once, what another one changes within a second.

use super::Accounts;
use crate::access::Member;
use chrono::{DateTime, TimeDelta, Utc};
use domain::SessionId;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::{Store, TokenHash};

/// How long somebody is believed to be who they were.
const BELIEVED: TimeDelta = TimeDelta::seconds(1);

/// What they are recognized by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum By {
    Session(SessionId),
    Cookie(TokenHash),
    ApiKey(TokenHash),
}

#[derive(Default)]
pub(super) struct Known(Mutex<Members>);

#[derive(Default)]
struct Members {
    seen: HashMap<By, (DateTime<Utc>, Member)>,
    /// When those who are not believed any more were last left out.
    swept: DateTime<Utc>,
    /// How often everybody has been forgotten.
    changes: u64,
}

/// The database has to be asked. Nobody who changed while the database was asked is remembered as they were before.
pub(super) struct Asking {
    by: By,
    at: DateTime<Utc>,
    changes: u64,
}

impl Known {
    pub fn look(&self, by: By, now: DateTime<Utc>) -> Result<Member, Asking> {
        let members = self.members();
        match members.seen.get(&by) {
            Some((at, member)) if is_fresh(*at, now) => Ok(member.clone()),
            _ => Err(Asking {
                by,
                at: now,
                changes: members.changes,
            }),
        }
    }

    pub fn found(&self, asking: Asking, member: &Member) {
        let mut members = self.members();
        if members.changes != asking.changes {
            return;
        }
        if !is_fresh(members.swept, asking.at) {
            members.swept = asking.at;
            members.seen.retain(|_, (at, _)| is_fresh(*at, asking.at));
        }
        members.seen.insert(asking.by, (asking.at, member.clone()));
    }

    fn forget(&self) {
        let mut members = self.members();
        members.changes += 1;
        members.seen.clear();
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Not where the clock was set back, either.
fn is_fresh(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..BELIEVED).contains(&(now - at))
}

/// The store, for changes to who somebody is and how they get in: afterwards everybody is read
/// anew, also where the change failed or nobody waited for it.
pub(super) struct Changing<'a> {
    store: &'a Store,
    known: &'a Known,
}

impl Accounts {
    pub(super) fn changing(&self) -> Changing<'_> {
        Changing {
            store: &self.store,
            known: &self.known,
        }
    }
}

impl Deref for Changing<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.known.forget();
    }
}
