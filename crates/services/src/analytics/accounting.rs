//! Keeping the ledger: runs that have ended are written down soon, and before anybody asks.

use super::Analytics;
use crate::clock::Clock;
use crate::error::Result;
use std::time::Duration;
use store::{Store, StoreError};
use tokio::time::sleep;

/// So long what has ended may be missing from the ledger. Several runs at a time cost little more
/// than one.
const EVERY: Duration = Duration::from_secs(3);
/// Where the store does not answer, or cannot read a run.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Parts of a hundred runs.
const AT_MOST: usize = 20;

/// For as long as the process lives.
pub(crate) async fn keep_accounts(store: Store, clock: &dyn Clock) {
    loop {
        let wait = match all(&store, clock).await {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "what runs came to is not written down yet");
                AFTER_FAILURE
            }
        };
        sleep(wait).await;
    }
}

async fn all(store: &Store, clock: &dyn Clock) -> Result<(), StoreError> {
    while store.account_for_runs(clock.now()).await? > 0 {}
    Ok(())
}

impl Analytics {
    /// Before figures are read. After an update from a version without a ledger there may be many
    /// runs: nobody waits for all of them.
    pub(super) async fn account(&self) -> Result<()> {
        for _ in 0..AT_MOST {
            if self.store.account_for_runs(self.clock.now()).await? == 0 {
                break;
            }
        }
        Ok(())
    }
}
