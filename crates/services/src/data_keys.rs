//! The data keys of organizations: made when the first secret is kept, opened with the master key,
//! encrypted anew when that changes.

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::vault::{DataKey, MasterKey, VaultError};
use domain::OrganizationId;
use std::sync::Arc;
use store::{Resealed, Store, StoreError};

const NO_MASTER_KEY: Error = Error::Conflict(
    "This server has no master key to encrypt keys with: whoever runs it sets OVERMIND_MASTER_KEY and starts it again.",
);
const ANOTHER_MASTER_KEY: Error = Error::Conflict(
    "The keys of this organization were encrypted with another master key than this server has: whoever runs it sets OVERMIND_MASTER_KEY to that one.",
);

#[derive(Clone)]
pub(crate) struct DataKeys {
    store: Store,
    clock: Arc<dyn Clock>,
    master: Option<Arc<MasterKey>>,
}

impl DataKeys {
    pub fn new(store: Store, clock: Arc<dyn Clock>, master: Option<MasterKey>) -> Self {
        Self {
            store,
            clock,
            master: master.map(Arc::new),
        }
    }

    /// To open what the organization has kept.
    pub async fn of(&self, organization: OrganizationId) -> Result<DataKey> {
        let master = self.master.as_ref().ok_or(NO_MASTER_KEY)?;
        let sealed = self.store.data_key(organization).await?;
        let sealed = sealed.ok_or(ANOTHER_MASTER_KEY)?;
        Ok(master.open_data_key(organization, &sealed)?)
    }

    /// To keep something: the first one makes the key.
    pub async fn of_or_new(&self, organization: OrganizationId) -> Result<DataKey> {
        let master = self.master.as_ref().ok_or(NO_MASTER_KEY)?;
        if self.store.data_key(organization).await?.is_none() {
            let (_, sealed) = master.new_data_key(organization)?;
            // Of two that make it at once, the first stays.
            self.store
                .insert_data_key(organization, &sealed, self.clock.now())
                .await?;
        }
        self.of(organization).await
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Sealed => ANOTHER_MASTER_KEY,
            VaultError::Random => Self::Internal(error.to_string()),
        }
    }
}

/// Why a process does not begin, or the master key does not change.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error(
        "OVERMIND_MASTER_KEY is not set, and keys are kept that were encrypted with it: set it, or \
         the path of a file with it in OVERMIND_MASTER_KEY_FILE"
    )]
    Missing,
    #[error(
        "OVERMIND_MASTER_KEY is not the one with which the keys in this database were encrypted"
    )]
    Another,
    #[error("organization {0}: its data key was encrypted with another key; nothing was changed")]
    Foreign(OrganizationId),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether what is kept can be opened: better said at the start than in the middle of a run.
pub async fn check_master_key(
    store: &Store,
    master: Option<&MasterKey>,
) -> Result<(), MasterKeyError> {
    let Some((organization, sealed)) = store.some_data_key().await? else {
        return Ok(());
    };
    let master = master.ok_or(MasterKeyError::Missing)?;
    match master.open_data_key(organization, &sealed) {
        Ok(_) => Ok(()),
        Err(_) => Err(MasterKeyError::Another),
    }
}

/// Encrypts every data key with `new` instead of `old`, and says how many there are.
pub async fn rotate_master_key(
    store: &Store,
    old: &MasterKey,
    new: &MasterKey,
) -> Result<usize, MasterKeyError> {
    let reseal = |organization, sealed: &[u8]| new.reseal(old, organization, sealed).ok();
    match store.reseal_data_keys(&reseal).await? {
        Resealed::All(count) => Ok(count),
        Resealed::Refused(organization) => Err(MasterKeyError::Foreign(organization)),
    }
}
