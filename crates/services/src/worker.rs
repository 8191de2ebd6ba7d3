//! The worker: leases runs from the store and executes several at a time.
//! What happens to one run stands in `worker/execution.rs`.

mod deltas;
mod execution;

use crate::bus::Bus;
use crate::clock::Clock;
use domain::RunId;
use engine::llm::Llm;
use execution::Execution;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{CancelRequest, Store};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A worker that has not renewed for this long is taken for dead.
const LEASE: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(3);
/// How often to look for runs that nobody announced: those of dead workers.
const LOOK_AROUND: Duration = Duration::from_secs(2);
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Tells the worker of this process that there is something to do.
#[derive(Clone, Default)]
pub(crate) struct Wake {
    work: Arc<Notify>,
    cancels: Arc<Mutex<HashMap<RunId, watch::Sender<Option<CancelRequest>>>>>,
}

impl Wake {
    pub fn work(&self) {
        self.work.notify_one();
    }

    /// Reaches a run that this process executes at once; others read it with their heartbeat.
    pub fn cancel(&self, run: RunId, request: CancelRequest) {
        if let Some(sender) = self.cancels().get(&run) {
            sender.send_if_modified(|cancel| {
                let first = cancel.is_none();
                if first {
                    *cancel = Some(request);
                }
                first
            });
        }
    }

    fn listen(
        &self,
        run: RunId,
        known: Option<CancelRequest>,
    ) -> watch::Receiver<Option<CancelRequest>> {
        let (sender, receiver) = watch::channel(known);
        self.cancels().insert(run, sender);
        receiver
    }

    fn forget(&self, run: RunId) {
        self.cancels().remove(&run);
    }

    fn cancels(&self) -> MutexGuard<'_, HashMap<RunId, watch::Sender<Option<CancelRequest>>>> {
        self.cancels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the worker and its executions share.
pub(crate) struct Shared {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub bus: Bus,
    pub llm: Arc<dyn Llm>,
    pub wake: Wake,
    /// Names this process in leases.
    pub owner: String,
    /// Running executions give their runs back.
    pub park: CancellationToken,
}

pub(crate) struct Worker {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Worker {
    /// Begins to work at once, at most `slots` runs at a time.
    pub fn start(shared: Shared, slots: usize) -> Self {
        let worker = Self {
            shared: Arc::new(shared),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        let dispatch = dispatch(
            Arc::clone(&worker.shared),
            worker.tasks.clone(),
            worker.stop.clone(),
            Arc::new(Semaphore::new(slots)),
        );
        worker.tasks.spawn(dispatch);
        worker
    }

    /// Takes no new runs, gives those under way `grace` to finish, then parks the rest: their
    /// finished calls are kept and the next start goes on from there.
    pub async fn stop(&self, grace: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait())
            .await
            .is_err()
        {
            self.shared.park.cancel();
            self.tasks.wait().await;
        }
    }
}

async fn dispatch(
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
    slots: Arc<Semaphore>,
) {
    loop {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            () = stop.cancelled() => return,
        };
        let Ok(slot) = slot else { return };
        let now = shared.clock.now();
        let pause = match shared
            .store
            .lease_run(&shared.owner, now, now + LEASE)
            .await
        {
            Ok(Some(leased)) => {
                let shared = Arc::clone(&shared);
                tasks.spawn(async move {
                    Execution::of(&shared, leased).await;
                    drop(slot);
                });
                continue;
            }
            Ok(None) => LOOK_AROUND,
            Err(error) => {
                tracing::warn!(%error, "cannot look for runs; trying again");
                AFTER_FAILURE
            }
        };
        drop(slot);
        tokio::select! {
            () = shared.wake.work.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}
