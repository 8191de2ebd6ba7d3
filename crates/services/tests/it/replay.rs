//! The replay protocol, property by property: however watchers come and go, at whichever process,
//! and whichever of these is started anew under them, each of them ends with exactly 1..n in
//! order.

use crate::world::{Setup, World, ada, query, repaired, slowly, within};
use domain::{RunId, RunStatus, Source};
use futures::StreamExt;
use futures::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use provider_mock::Mock;
use services::{Member, Seen, Services};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::testing::Kind;
use tokio::sync::{oneshot, watch};

/// A watcher reads so many events at that process before it leaves, and comes back elsewhere.
type Visits = Vec<(usize, usize)>;

/// The watchers, and which process is started anew under one that has read so many events.
#[derive(Clone, Debug)]
struct Plan {
    watchers: Vec<Visits>,
    restarted: usize,
    restart_after: usize,
    chunk_ms: u64,
}

fn plans() -> impl Strategy<Value = Plan> {
    let visits = vec((0..2_usize, 0..6_usize), 0..8);
    // No run says less than twenty things.
    let restart = (0..2_usize, 0..20_usize);
    (vec(visits, 1..5), restart, 0..3_u64).prop_map(
        |(watchers, (restarted, restart_after), chunk_ms)| Plan {
            watchers,
            restarted,
            restart_after,
            chunk_ms,
        },
    )
}

/// One that is started again at times; in between there is none.
struct Process(watch::Sender<Option<Arc<Services>>>);

type Seat = watch::Receiver<Option<Arc<Services>>>;

impl Process {
    fn new(services: Services) -> Self {
        Self(watch::Sender::new(Some(Arc::new(services))))
    }

    async fn restart(&self, world: &World, setup: Setup<'_>) {
        let old = self.0.send_replace(None).unwrap();
        within(old.stop(Duration::ZERO)).await;
        drop(old);
        self.0
            .send_replace(Some(Arc::new(world.start(setup).await)));
    }
}

/// The process, once it is there.
async fn at(seat: &mut Seat) -> Arc<Services> {
    let services = within(seat.wait_for(Option::is_some)).await.unwrap();
    services.clone().unwrap()
}

/// Whether the run was under way when a process was started anew.
async fn play(kind: Kind, plan: Plan) -> bool {
    let world = World::on(kind).await;
    let mock = Mock::start(slowly(repaired(), plan.chunk_ms))
        .await
        .unwrap();
    // The first one executes the run, the other one only watches; SQLite has one process.
    let shared = kind == Kind::Postgres;
    let setups = [8, 0].map(|slots| Setup {
        mock: Some(&mock),
        slots,
        redis: shared,
        ..Setup::default()
    });
    let setups = &setups[..if shared { 2 } else { 1 }];
    let mut processes = Vec::new();
    for setup in setups {
        processes.push(Process::new(world.start(*setup).await));
    }
    let services = at(&mut processes[0].0.subscribe()).await;
    let ada = ada(&services).await;
    let run = services.runs.start(&ada, query("How?"), Source::Browser);
    let run = run.await.unwrap().id;
    drop(services);

    let restarted = plan.restarted % processes.len();
    let (restart, wanted) = oneshot::channel();
    let resident = async {
        let seat = processes[restarted].0.subscribe();
        let mut seen = cut_off(seat, &ada, run, plan.restart_after, restart).await;
        let after = seen.last().copied().unwrap_or(0);
        seen.extend(read(&processes[restarted], &ada, run, after, usize::MAX).await);
        seen
    };
    let restarting = async {
        let under_way = wanted.await.unwrap();
        processes[restarted]
            .restart(&world, setups[restarted])
            .await;
        under_way
    };
    let watchers = plan
        .watchers
        .into_iter()
        .map(|visits| watched(&processes, &ada, run, visits));
    let (mut all, resident, under_way) = tokio::join!(join_all(watchers), resident, restarting);
    all.push(resident);
    let services = at(&mut processes[0].0.subscribe()).await;
    let ended = services.runs.get(&ada, run).await.unwrap();
    assert_eq!(ended.status, RunStatus::Completed);
    let whole: Vec<u64> = (1..=ended.last_seq).collect();
    for seen in all {
        assert_eq!(seen, whole);
    }
    under_way
}

/// Reads so many events, has the process started anew and stays until it is gone; says whether
/// the run was under way then.
async fn cut_off(
    mut seat: Seat,
    ada: &Member,
    run: RunId,
    events: usize,
    restart: oneshot::Sender<bool>,
) -> Vec<u64> {
    let services = at(&mut seat).await;
    let mut seen = pin!(services.feed.follow(ada, run, 0).await.unwrap());
    let mut read = Vec::new();
    while read.len() < events {
        if let Seen::Event(event) = within(seen.next()).await.unwrap().unwrap() {
            read.push(event.seq);
        }
    }
    let status = services.runs.get(ada, run).await.unwrap().status;
    restart.send(!status.is_final()).unwrap();
    within(seat.changed()).await.unwrap();
    read
}

/// What one watcher has seen at the end.
async fn watched(processes: &[Process], ada: &Member, run: RunId, visits: Visits) -> Vec<u64> {
    let mut seen = Vec::new();
    for (process, events) in visits {
        let after = seen.last().copied().unwrap_or(0);
        let process = processes.get(process).unwrap_or(&processes[0]);
        seen.extend(read(process, ada, run, after, events).await);
    }
    let after = seen.last().copied().unwrap_or(0);
    seen.extend(read(&processes[0], ada, run, after, usize::MAX).await);
    seen
}

/// Reads at that process; when it is started anew, goes on there after what it has seen.
async fn read(process: &Process, ada: &Member, run: RunId, after: u64, most: usize) -> Vec<u64> {
    let mut events = Vec::new();
    let mut seat = process.0.subscribe();
    loop {
        let services = at(&mut seat).await;
        tokio::select! {
            biased;
            gone = seat.changed() => gone.unwrap(),
            () = follow(&services, ada, run, after, most, &mut events) => return events,
        }
    }
}

async fn follow(
    services: &Services,
    ada: &Member,
    run: RunId,
    after: u64,
    most: usize,
    events: &mut Vec<u64>,
) {
    let after = events.last().copied().unwrap_or(after);
    let mut seen = pin!(services.feed.follow(ada, run, after).await.unwrap());
    while events.len() < most {
        match within(seen.next()).await {
            Some(Ok(Seen::Event(event))) => events.push(event.seq),
            Some(Ok(_)) => {}
            Some(Err(error)) => panic!("{error}"),
            None => break,
        }
    }
}

fn holds_on(kind: Kind) {
    let config = Config {
        cases: 24,
        failure_persistence: None,
        max_shrink_iters: 20,
        ..Config::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let under_way = AtomicUsize::new(0);
    let result = TestRunner::new(config).run(&plans(), |plan| {
        let was_under_way = runtime.block_on(play(kind, plan));
        under_way.fetch_add(usize::from(was_under_way), Ordering::Relaxed);
        Ok(())
    });
    result.unwrap();
    assert!(under_way.into_inner() > 0, "no run was disturbed");
}

#[test]
fn holds_on_sqlite() {
    holds_on(Kind::Sqlite);
}

#[test]
fn holds_on_postgres_and_redis() {
    holds_on(Kind::Postgres);
}
