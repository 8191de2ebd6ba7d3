//! Crashes, orderly stops and a full disk: a run goes on where it was, and pays nothing twice.

use crate::stories;
use crate::world::{
    World, ada, lines, log_in, on, passing, query, repaired, stalling, told, watch, within,
};
use chrono::TimeDelta;
use domain::event::EventData;
use domain::{Event, RunStatus, Source};
use provider_mock::{Answer, Mock, RecordedCall, Script};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::Scope;
use store::testing::Kind;

stories!(
    a_killed_run_goes_on_without_paying_twice,
    a_stopped_server_parks_its_runs,
    a_run_that_kills_its_workers_is_given_up,
);

/// What an undisturbed run tells, in an order that does not depend on which agent was first.
fn story(events: &[Event]) -> Vec<String> {
    let mut lines: Vec<String> = lines(events)
        .into_iter()
        .map(|line| line.split_once(' ').unwrap().1.to_owned())
        .collect();
    lines.sort();
    lines
}

fn finished_calls(mock: &Mock) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for call in mock.calls().iter().filter(|call| call.finished) {
        let name = call
            .schema_name
            .clone()
            .unwrap_or_else(|| "text".to_owned());
        *calls.entry(name).or_default() += 1;
    }
    calls
}

fn judging(calls: &[RecordedCall]) -> bool {
    calls
        .iter()
        .any(|call| call.schema_name.as_deref() == Some("judgement"))
}

/// The first judgement never comes: the process is killed while it waits for it.
fn first_judgement_hangs(mut script: Script) -> Script {
    let mut hangs = on("judgement", Answer::Never {});
    hangs.times = Some(1);
    script.rules.insert(0, hangs);
    script
}

async fn undisturbed(kind: Kind) -> Vec<String> {
    let world = World::on(kind).await;
    let mock = Mock::start(repaired()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();
    story(&watch(&services, &ada, run.id).await)
}

/// The number of the event that says that the first draft is being judged.
const JUDGING: u64 = 19;

async fn a_killed_run_goes_on_without_paying_twice(world: World) {
    let expected = undisturbed(world.database.kind).await;
    let world = Arc::new(world);
    let mock = Arc::new(
        Mock::start(first_judgement_hangs(repaired()))
            .await
            .unwrap(),
    );

    // A runtime of its own, which ends as a killed process does: in the middle of everything.
    let process = tokio::runtime::Runtime::new().unwrap();
    let (inside, provider) = (Arc::clone(&world), Arc::clone(&mock));
    let run = process.spawn(async move {
        let services = inside.serving(&provider).await;
        let ada = ada(&services).await;
        let run = services
            .runs
            .start(&ada, query("How?"), Source::Browser)
            .await
            .unwrap();
        (run, services)
    });
    let (run, services) = run.await.unwrap();
    assert!(within(mock.wait_until(judging)).await);
    let store = world.store().await;
    let scope = Scope {
        organization_id: run.organization_id,
        user_id: Some(run.user_id),
    };
    let stored = async || store.run(scope, run.id).await.unwrap().unwrap().last_seq;
    // The judge may have been asked before that is stored.
    while stored().await < JUDGING {
        tokio::task::yield_now().await;
    }
    process.shutdown_background();
    drop(services);
    let before = finished_calls(&mock);
    assert_eq!(before.get("contribution"), Some(&6));

    let seen = stored().await;
    assert_eq!(store.void_leases().await.unwrap(), 1);
    let services = world.serving(&mock).await;
    let ada = log_in(&services).await;
    let events = watch(&services, &ada, run.id).await;
    assert_eq!(story(&events), expected);
    assert!(events.iter().zip(1..).all(|(event, n)| event.seq == n));
    let mut told = told(&events);
    told.insert(
        usize::try_from(seen).unwrap(),
        "killed, and started again".to_owned(),
    );
    insta::assert_yaml_snapshot!("a_killed_run", told);
    let after = finished_calls(&mock);
    let expected: BTreeMap<String, usize> = [
        ("observation", 1),
        ("contribution", 7),
        ("distillation", 2),
        ("text", 2),
        ("judgement", 2),
    ]
    .map(|(name, count)| (name.to_owned(), count))
    .into();
    assert_eq!(after, expected, "no finished call was repeated");
}

async fn a_stopped_server_parks_its_runs(world: World) {
    let mock = Mock::start(first_judgement_hangs(passing())).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();
    assert!(within(mock.wait_until(judging)).await);
    within(services.stop(Duration::from_millis(50))).await;
    assert!(within(mock.wait_until(|calls| calls.iter().any(|call| call.closed_early))).await);

    // Nobody has to void anything: the run was given back. Its deadline, of ten minutes, counts
    // the time that was worked on it.
    world.clock.advance(TimeDelta::days(1));
    let services = world.serving(&mock).await;
    let ada = log_in(&services).await;
    let events = watch(&services, &ada, run.id).await;
    assert!(matches!(
        events.last().unwrap().data,
        EventData::FinalOutput { .. }
    ));
    assert_eq!(finished_calls(&mock).get("contribution"), Some(&6));
}

async fn a_run_that_kills_its_workers_is_given_up(world: World) {
    let mock = Mock::start(stalling("observation", passing()))
        .await
        .unwrap();
    let services = world.serving_slots(&mock, 0).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();
    let store = world.store().await;
    for n in 1..=3 {
        let now = services::Clock::now(&world.clock);
        let leased = store
            .lease_run("gone", now, now + TimeDelta::seconds(1), Some(now))
            .await
            .unwrap();
        assert_eq!(leased.unwrap().attempts, n);
        world.clock.advance(TimeDelta::seconds(2));
    }
    let services = world.serving(&mock).await;
    let events = watch(&services, &ada, run.id).await;
    assert!(
        matches!(&events.last().unwrap().data, EventData::Error { code, .. } if code == "poisoned")
    );
    let run = services.runs.get(&ada, run.id).await.unwrap();
    assert_eq!(
        (run.status, run.error_code.as_deref()),
        (RunStatus::Failed, Some("poisoned"))
    );
    assert!(mock.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_the_run_and_not_the_server() {
    let mut world = World::on(Kind::Sqlite).await;
    let mut script = repaired();
    let long =
        json!({ "lines": ["One", "Two", "Three", "Four"], "detail": "long ".repeat(20_000) });
    script.rules.push(on("contribution", Answer::Json(long)));
    let mock = Mock::start(script).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    within(services.stop(Duration::ZERO)).await;
    // Hardly more room than the accounts take.
    let pages = pages(&world.database.url);
    world.database.url = format!("{}?max_page_count={}", world.database.url, pages + 12);
    let services = world.serving(&mock).await;
    let run = services
        .runs
        .start(&ada, query(&"How? ".repeat(50)), Source::Browser)
        .await
        .unwrap();
    let events = watch(&services, &ada, run.id).await;
    let last = &events.last().unwrap().data;
    assert!(
        matches!(last, EventData::Error { code, .. } if code == "disk_full"),
        "{last:?}"
    );
    let run = services.runs.get(&ada, run.id).await.unwrap();
    assert_eq!(
        (run.status, run.error_code.as_deref()),
        (RunStatus::Failed, Some("disk_full"))
    );
    services.accounts.sessions(&ada).await.unwrap();
}

/// The size of an SQLite file, with what is still in its log.
fn pages(url: &str) -> u64 {
    let file = url.strip_prefix("sqlite:").unwrap();
    let size = |name: String| std::fs::metadata(name).map_or(0, |file| file.len());
    (size(file.to_owned()) + size(format!("{file}-wal"))) / 4096
}
