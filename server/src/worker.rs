//! `overmind worker`: executes runs that servers on the same database accept, and serves nobody.

use crate::config::{Settings, WorkerArgs};
use crate::models::ModelsError;
use crate::process::{GRACE, StartError, connect, open_store, redis, stop_signal};
use services::{Options, Services, SystemClock, TokenSettings};
use std::io;
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Services(#[from] services::Error),
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
    let models = connect(settings)?.ok_or(StartError::from(ModelsError::NoModel))?;
    let stop = stop_signal().map_err(WorkerError::Stopped)?;
    let services = Services::start(
        store,
        Options {
            clock: Arc::new(SystemClock),
            models: Some(services::Models {
                llm: models.llm,
                choice: models.choice,
            }),
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
