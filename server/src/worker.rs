//! `overmind worker`: executes runs that servers on the same database accept, and serves nobody.

use crate::config::{Settings, WorkerArgs};
use crate::master_key::{MasterKeyFault, master_key};
use crate::process::{GRACE, StartError, connect, open_store, redis, stop_signal};
use crate::providers::Providers;
use services::{Options, Services, SystemClock, TokenSettings};
use std::io;
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Services(#[from] services::Error),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyFault),
    #[error(
        "a worker needs a database that several processes share: set DATABASE_URL=postgres://... \
         (with SQLite, `overmind serve` executes the runs itself)"
    )]
    Alone,
    #[error("the worker stopped: {0}")]
    Stopped(#[source] io::Error),
}

/// Works until the process is told to stop, then finishes what is under way or gives it back.
pub async fn run(
    settings: &Settings,
    args: WorkerArgs,
    announce: impl FnOnce(u32),
) -> Result<(), WorkerError> {
    if !settings.database_url().starts_with("postgres") {
        return Err(WorkerError::Alone);
    }
    let store = open_store(settings, false).await?;
    let master_key = master_key(settings, &store).await?;
    // Without any of its own it works for the organizations that connected some.
    let models = connect(settings)?;
    let stop = stop_signal().map_err(WorkerError::Stopped)?;
    let services = Services::start(
        store,
        Options {
            clock: Arc::new(SystemClock),
            providers: Arc::new(Providers::new(settings, models)),
            master_key,
            public_url: String::new(),
            // Nobody logs in here.
            tokens: TokenSettings::ephemeral()?,
            requests_per_minute: 1,
            slots: args.runs as usize,
            redis: redis(settings).map_err(StartError::from)?,
        },
    )?;
    announce(args.runs);
    stop.await;
    services.stop(GRACE).await;
    Ok(())
}
