//! Everything that is kept, on SQLite or PostgreSQL, behind one concrete [`Store`].
//! One method is one transaction. Ids and times come from the callers, never from SQL.

mod accounts;
mod agents;
mod answers;
mod api_keys;
mod audit;
mod cancel;
mod connections;
mod conversations;
mod data_keys;
mod db;
mod durability;
mod error;
mod events;
mod idempotency;
mod invitations;
mod keep;
mod leases;
mod ledger;
mod location;
mod messages;
mod migrations;
mod open;
mod organizations;
mod prompt_log;
mod queue;
mod quotas;
mod request_tallies;
mod retention;
mod runs;
mod scope;
mod search;
mod sessions;
mod shares;
mod steps;
mod stored;
mod tallies;
#[cfg(feature = "testing")]
pub mod testing;
mod tickets;
mod versions;
mod workflows;

pub use accounts::{Created, Credentials, Deleted};
pub use agents::Removed;
pub use audit::AuditFilter;
pub use cancel::Cancelling;
pub use connections::StoredConnection;
pub use conversations::{ConversationChange, ConversationFilter, Place, PlaceKey};
pub use data_keys::{Reseal, Resealed};
pub use error::StoreError;
pub use idempotency::{Claimed, Reply, RequestKey};
pub use invitations::{Accepted, NewMember};
pub use keep::{Kept, NewTitle, RunEnd};
pub use leases::{CancelRequest, Leased, Renewal};
pub use open::PoolSizes;
pub use organizations::{Founded, Founding, OrganizationChange};
pub use prompt_log::LogPlace;
pub use queue::Load;
pub use request_tallies::{RequestClass, RequestCount};
pub use retention::Sweep;
pub use runs::{Admission, Conversing, Posed, Started};
pub use scope::Scope;
pub use sessions::Renewed;
pub use steps::StoredStep;
pub use tallies::{InUse, Tally, TallyFilter};
pub use tickets::TicketOf;
pub use versions::Versioned;
pub use workflows::Written;

use answers::Answers;
use chrono::{DateTime, Utc};
use db::Db;
use durability::Durability;
use std::sync::Arc;

/// SHA-256 of a secret that only its owner has.
pub type TokenHash = [u8; 32];

/// The database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    read: Db,
    /// On SQLite one connection, so that writers wait for each other here and not inside SQLite.
    write: Db,
    /// On SQLite: what has been committed is on the disk.
    durability: Option<Arc<Durability>>,
    answers: Arc<Answers>,
    /// Keeps other processes away from an SQLite file for as long as it is open.
    _lock: Option<Arc<std::fs::File>>,
}

impl Store {
    pub fn is_sqlite(&self) -> bool {
        matches!(self.write, Db::Sqlite(_))
    }

    /// What this caller has committed survives a power failure from here on.
    async fn on_disk(&self) -> Result<(), StoreError> {
        match &self.durability {
            Some(durability) => durability.reached().await,
            None => Ok(()),
        }
    }

    /// Does the database answer?
    pub async fn ping(&self) -> Result<(), StoreError> {
        db::db!(&self.read, |pool| {
            sqlx::query("select 1").execute(pool).await?;
        });
        Ok(())
    }

    /// Every migration that this program knows has been applied, and none that it does not know.
    pub async fn is_current(&self) -> Result<bool, StoreError> {
        let applied: Vec<i64> = db::db!(&self.read, |pool| {
            sqlx::query_scalar(
                "select version from _sqlx_migrations where success order by version",
            )
            .fetch_all(pool)
            .await?
        });
        Ok(applied == migrations::versions())
    }

    /// What time it is for the database's machine; `None` where that is this machine.
    pub async fn server_time(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Db::Postgres(pool) = &self.read else {
            return Ok(None);
        };
        let now = sqlx::query_scalar("select clock_timestamp()");
        Ok(Some(now.fetch_one(pool).await.map_err(StoreError::from)?))
    }

    /// Waits for what is under way and closes every connection.
    pub async fn close(&self) {
        for db in [&self.read, &self.write] {
            db::db!(db, |pool| pool.close().await);
        }
    }
}
