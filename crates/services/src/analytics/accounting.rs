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
    pub(super) async fn account(&self) -> Result<()> {
        Ok(all(&self.store, self.clock.as_ref()).await?)
    }
}
