//! The worker: leases runs from the store and executes several at a time.
//! What happens to one run stands in `worker/execution.rs`.

mod deltas;
mod ending;
mod execution;
mod failpoint;
mod owner;
mod ready;
mod steps;

use crate::bus::Bus;
use crate::clock::Clock;
use crate::models::OrganizationModels;
use domain::RunId;
use execution::Execution;
pub(crate) use owner::Owner;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{CancelRequest, Store, StoreError};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A worker that has not renewed for this long is taken for dead.
const LEASE: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(3);
/// How often to look for runs that nobody announced: those of dead workers.
const LOOK_AROUND: Duration = Duration::from_secs(2);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How often to look whether a run of ours is to end, should nobody have told us.
const CANCELS: Duration = Duration::from_millis(800);
/// Every second one of these looks.
const THE_DEAD: u32 = 2;
/// Of a stopping process, to give its runs back.
const PARKING: Duration = Duration::from_secs(8);

/// Of the runs that this process executes, each under its lease's epoch.
type Cancels = HashMap<RunId, (i64, watch::Sender<Option<CancelRequest>>)>;

/// Tells the worker of this process that there is something to do.
#[derive(Clone, Default)]
pub(crate) struct Wake {
    work: Arc<Notify>,
    cancels: Arc<Mutex<Cancels>>,
}

impl Wake {
    pub fn work(&self) {
        self.work.notify_one();
    }

    /// Reaches a run that this process executes at once; others read it with their heartbeat.
    pub fn cancel(&self, run: RunId, request: CancelRequest) {
        if let Some((_, sender)) = self.cancels().get(&run) {
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
        epoch: i64,
        known: Option<CancelRequest>,
    ) -> watch::Receiver<Option<CancelRequest>> {
        let (sender, receiver) = watch::channel(known);
        self.cancels().insert(run, (epoch, sender));
        receiver
    }

    /// Unless this process has leased the run again: after a sleep it may have lost the lease to
    /// itself.
    fn forget(&self, run: RunId, epoch: i64) {
        let mut cancels = self.cancels();
        if cancels.get(&run).is_some_and(|(held, _)| *held == epoch) {
            cancels.remove(&run);
        }
    }

    fn cancels(&self) -> MutexGuard<'_, Cancels> {
        self.cancels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the worker and its executions share.
pub(crate) struct Shared {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub bus: Bus,
    pub models: OrganizationModels,
    /// Names this process in leases.
    pub owner: Owner,
    /// Running executions give their runs back.
    pub park: CancellationToken,
    pub outage: Outage,
}

/// When the store last failed to answer. Leases that ended meanwhile say nothing: their holders
/// could not renew them, and are about to store the replies that they hold.
pub(crate) struct Outage(Mutex<Option<Instant>>);

impl Outage {
    /// A process that has just begun cannot know of one; alone on its database, it need not.
    pub fn at_start(alone: bool) -> Self {
        Self(Mutex::new((!alone).then(Instant::now)))
    }

    fn seen(&self) {
        *self.last() = Some(Instant::now());
    }

    /// Long enough ago for every living worker to have renewed its leases.
    fn is_over(&self) -> bool {
        self.last().is_none_or(|last| last.elapsed() > LEASE)
    }

    fn last(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        if !worker.shared.store.is_sqlite() {
            let shared = Arc::clone(&worker.shared);
            let stop = worker.stop.clone();
            worker.tasks.spawn(async move {
                tokio::select! {
                    () = look_around(&shared) => {}
                    () = stop.cancelled() => {}
                }
            });
        }
        worker
    }

    /// Takes no new runs, gives those under way `grace` to finish, then parks the rest: their
    /// finished calls are kept and the next start goes on from there.
    pub async fn stop(&self, grace: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(grace, self.tasks.wait()).await.is_ok() {
            return;
        }
        self.shared.park.cancel();
        if timeout(PARKING, self.tasks.wait()).await.is_err() {
            tracing::warn!("not all runs could be given back: their leases run out");
        }
    }
}

/// Where several processes share a database: looks for cancellations that nobody told, and for
/// workers of this machine that died with their leases.
async fn look_around(shared: &Shared) {
    let mut look = interval(CANCELS);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks = 0_u32;
    loop {
        look.tick().await;
        match shared.store.cancels_of(shared.owner.as_str()).await {
            Ok(cancels) => {
                for (run, cancel) in cancels {
                    shared.bus.wake.cancel(run, cancel);
                }
            }
            Err(error) => tracing::debug!(%error, "cannot look for cancellations"),
        }
        if looks.is_multiple_of(THE_DEAD)
            && let Err(error) = bury_the_dead(shared).await
        {
            tracing::debug!(%error, "cannot look for dead workers");
        }
        looks = looks.wrapping_add(1);
    }
}

/// A killed process of this machine is known to be dead before its leases run out.
async fn bury_the_dead(shared: &Shared) -> Result<(), StoreError> {
    for owner in shared.store.lease_owners().await? {
        if shared.owner.knows_to_be_dead(&owner) {
            let freed = shared.store.void_leases_of(&owner).await?;
            tracing::info!(freed, "a worker of this machine has died; its runs go on");
            shared.bus.announce_work();
        }
    }
    Ok(())
}

async fn dispatch(
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
    slots: Arc<Semaphore>,
) {
    loop {
        let slot = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            slot = Arc::clone(&slots).acquire_owned() => slot,
        };
        let Ok(slot) = slot else { return };
        let now = shared.clock.now();
        let expired = shared.outage.is_over().then_some(now);
        let leasing = shared
            .store
            .lease_run(shared.owner.as_str(), now, now + LEASE, expired);
        let leased = shared.store.in_time(leasing).await;
        let pause = match leased {
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
                shared.outage.seen();
                tracing::warn!(%error, "cannot look for runs; trying again");
                AFTER_FAILURE
            }
        };
        drop(slot);
        tokio::select! {
            () = shared.bus.wake.work.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}
