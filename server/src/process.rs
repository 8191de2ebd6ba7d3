//! What a process that stays begins and ends with: the database, the models, Redis, the signal to
//! stop. What it does in between stands in serve.rs and worker.rs.

use crate::config::Settings;
use crate::models::{Models, ModelsError};
use chrono::{DateTime, TimeDelta, Utc};
use services::{Clock, InvalidRedisUrl, RedisUrl, SystemClock};
use std::io;
#[cfg(feature = "local")]
use std::io::Write;
use std::time::Duration;
use store::{PoolSizes, Store, StoreError};
use tokio::signal::unix::{SignalKind, signal};

/// Runs under way get this long to finish before they are parked.
pub const GRACE: Duration = Duration::from_secs(8);
/// Leases end by the clock and are renewed seven seconds before.
const LARGEST_SKEW: TimeDelta = TimeDelta::seconds(3);

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Models(#[from] ModelsError),
    #[error(transparent)]
    Redis(#[from] InvalidRedisUrl),
    #[error(
        "this machine's clock is {0} s off the clock of the database's machine, so workers would \
         take runs from each other. Set both by NTP"
    )]
    Clock(i64),
}

/// Opens the database and brings it up to date. `exclusive`: a SQLite file is ours alone.
pub async fn open_store(settings: &Settings, exclusive: bool) -> Result<Store, StartError> {
    let sizes = PoolSizes {
        max_connections: settings.database_pool_size,
        ..PoolSizes::default()
    };
    let store = Store::open(&settings.database_url(), sizes, exclusive).await?;
    if let Some(theirs) = store.server_time().await? {
        agree(SystemClock.now(), theirs)?;
    }
    Ok(store)
}

fn agree(ours: DateTime<Utc>, theirs: DateTime<Utc>) -> Result<(), StartError> {
    let skew = (ours - theirs).abs();
    if skew > LARGEST_SKEW {
        return Err(StartError::Clock(skew.num_seconds()));
    }
    Ok(())
}

/// Without any model the server runs all the same and says so in the browser.
pub fn connect(settings: &Settings) -> Result<Option<Models>, StartError> {
    match Models::connect(settings, None) {
        Ok(models) => Ok(Some(models)),
        Err(error @ ModelsError::NoModel) => {
            tracing::warn!("{error}");
            Ok(None)
        }
        #[cfg(feature = "local")]
        Err(error @ ModelsError::Local(_)) => {
            let _ = writeln!(io::stderr(), "overmind: {error}. Starting without a model");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Where other processes on the same database are heard of; without it they are found in the
/// database.
pub fn redis(settings: &Settings) -> Result<Option<RedisUrl>, InvalidRedisUrl> {
    let url = settings.redis_url();
    url.as_deref().map(RedisUrl::parse).transpose()
}

/// Resolves on SIGTERM or ctrl-c.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new requests, finishing those under way");
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_agree_within_seconds() {
        let ours = SystemClock.now();
        for (seconds, agreed) in [(0, true), (2, true), (-2, true), (4, false), (-4, false)] {
            let theirs = ours + TimeDelta::seconds(seconds);
            assert_eq!(agree(ours, theirs).is_ok(), agreed, "{seconds} s");
        }
    }
}
