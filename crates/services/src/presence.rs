//! Who is here: the log-ins and keys behind open sockets and streams. They are looked up together,
//! so that ten thousand of them cost a query and not ten thousand.

use crate::Services;
use crate::access::{Entry, Member};
use crate::clock::Clock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Store;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Who is here is looked up this often: a removed user is out within a second.
pub const RECHECK: Duration = Duration::from_millis(800);
/// Whoever stays for long counts as seen.
const SEEN: Duration = Duration::from_secs(300);
/// Looked up with one query.
const AT_ONCE: usize = 1_000;

#[derive(Clone, Default)]
pub(crate) struct Presence(Arc<Mutex<HashMap<Uuid, Here>>>);

/// Behind one log-in or key.
#[derive(Default)]
struct Here {
    stays: usize,
    ended: CancellationToken,
}

/// Somebody is here for as long as this lives.
struct Stay {
    presence: Presence,
    entry: Uuid,
    ended: CancellationToken,
}

impl Presence {
    fn stay(&self, member: &Member) -> Stay {
        let entry = match member.entry() {
            Entry::Session(session) => session.id.0,
            Entry::ApiKey(key) => key.id.0,
        };
        let mut here = self.here();
        let found = here.entry(entry).or_default();
        found.stays += 1;
        Stay {
            presence: self.clone(),
            entry,
            ended: found.ended.clone(),
        }
    }

    /// Looks for as long as it is polled.
    pub async fn look(&self, store: &Store, clock: &dyn Clock) {
        let mut look = interval(RECHECK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            let entries: Vec<Uuid> = self.here().keys().copied().collect();
            for entries in entries.chunks(AT_ONCE) {
                match store.entries_in_force(entries, clock.now()).await {
                    Ok(in_force) => {
                        let ended = entries.iter().filter(|entry| !in_force.contains(entry));
                        ended.for_each(|entry| self.end(*entry));
                    }
                    // Keep what is known, and try again in a moment.
                    Err(error) => tracing::debug!(%error, "cannot look who is here"),
                }
            }
        }
    }

    fn end(&self, entry: Uuid) {
        if let Some(here) = self.here().remove(&entry) {
            here.ended.cancel();
        }
    }

    fn here(&self) -> MutexGuard<'_, HashMap<Uuid, Here>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut here = self.presence.here();
        if let Some(found) = here.get_mut(&self.entry)
            && !self.ended.is_cancelled()
        {
            found.stays -= 1;
            if found.stays == 0 {
                here.remove(&self.entry);
            }
        }
    }
}

impl Services {
    /// Ends when the member may not be here any more: their log-in or key has ended, or their
    /// account has.
    pub async fn dismissed(&self, mut member: Member) {
        let stay = self.presence.stay(&member);
        loop {
            tokio::select! {
                () = stay.ended.cancelled() => return,
                () = sleep(SEEN) => {
                    // In a box, because thousands wait here and few look.
                    if Box::pin(self.accounts.recheck(&mut member)).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}
