//! The replay protocol, property by property: however watchers come and go, at whichever process,
//! and whichever of these is started anew, each of them ends with exactly 1..n in order.

use crate::world::{Setup, World, ada, query, repaired, slowly, within};
use domain::{RunId, Source};
use futures::StreamExt;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use provider_mock::Mock;
use services::{Member, Seen, Services};
use std::pin::pin;
use store::testing::Kind;
use tokio::sync::RwLock;

/// A watcher reads so many events at that process before it leaves, and comes back elsewhere.
type Visits = Vec<(usize, usize)>;

/// The watchers, and after how many events of the first one the second process is started anew.
#[derive(Clone, Debug)]
struct Plan {
    watchers: Vec<Visits>,
    restart_after: usize,
    chunk_ms: u64,
}

fn plans() -> impl Strategy<Value = Plan> {
    let visits = vec((0..2_usize, 0..6_usize), 0..8);
    (vec(visits, 1..5), 0..20_usize, 0..3_u64).prop_map(|(watchers, restart_after, chunk_ms)| {
        Plan {
            watchers,
            restart_after,
            chunk_ms,
        }
    })
}

/// The process that executes the run, and another one that only watches; SQLite has one process.
struct Processes {
    working: Services,
    watching: Option<RwLock<Services>>,
}

async fn play(kind: Kind, plan: Plan) {
    let world = World::on(kind).await;
    let mock = Mock::start(slowly(repaired(), plan.chunk_ms))
        .await
        .unwrap();
    let shared = kind == Kind::Postgres;
    let setup = |slots| Setup {
        mock: Some(&mock),
        slots,
        redis: shared,
        ..Setup::default()
    };
    let working = world.start(setup(8)).await;
    let ada = ada(&working).await;
    let watching = if shared {
        Some(RwLock::new(world.start(setup(0)).await))
    } else {
        None
    };
    let processes = Processes { working, watching };
    let runs = &processes.working.runs;
    let run = runs.start(&ada, query("How?"), Source::Browser).await;
    let run = run.unwrap().id;
    let watchers = plan
        .watchers
        .into_iter()
        .map(|visits| watched(&processes, &ada, run, visits));
    let restarting = async {
        read(&processes.working, &ada, run, 0, plan.restart_after).await;
        if let Some(watching) = &processes.watching {
            let new = world.start(setup(0)).await;
            let old = std::mem::replace(&mut *watching.write().await, new);
            old.stop(std::time::Duration::ZERO).await;
        }
    };
    let (all, ()) = tokio::join!(futures::future::join_all(watchers), restarting);
    let last = runs.get(&ada, run).await.unwrap().last_seq;
    let whole: Vec<u64> = (1..=last).collect();
    for seen in all {
        assert_eq!(seen, whole);
    }
}

/// What one watcher has seen at the end.
async fn watched(processes: &Processes, ada: &Member, run: RunId, visits: Visits) -> Vec<u64> {
    let mut seen = Vec::new();
    for (process, events) in visits {
        let after = seen.last().copied().unwrap_or(0);
        let more = match &processes.watching {
            Some(watching) if process == 1 => {
                read(&*watching.read().await, ada, run, after, events).await
            }
            _ => read(&processes.working, ada, run, after, events).await,
        };
        seen.extend(more);
    }
    let after = seen.last().copied().unwrap_or(0);
    seen.extend(read(&processes.working, ada, run, after, usize::MAX).await);
    seen
}

async fn read(services: &Services, ada: &Member, run: RunId, after: u64, most: usize) -> Vec<u64> {
    let mut events = Vec::new();
    let mut seen = pin!(services.feed.follow(ada, run, after).await.unwrap());
    while events.len() < most {
        match within(seen.next()).await {
            Some(Ok(Seen::Event(event))) => events.push(event.seq),
            Some(Ok(_)) => {}
            Some(Err(error)) => panic!("{error}"),
            None => break,
        }
    }
    events
}

fn holds_on(kind: Kind) {
    let config = Config {
        cases: 24,
        failure_persistence: None,
        max_shrink_iters: 20,
        ..Config::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let result = TestRunner::new(config).run(&plans(), |plan| {
        runtime.block_on(play(kind, plan));
        Ok(())
    });
    result.unwrap();
}

#[test]
fn holds_on_sqlite() {
    holds_on(Kind::Sqlite);
}

#[test]
fn holds_on_postgres_and_redis() {
    holds_on(Kind::Postgres);
}
