//! Waiting for a worker: how much is accepted, who is before whom, and stopping without a worker.

use crate::stories;
use crate::world::{
    PASSWORD, World, ada, client, log_in, member, on, passing, query, told, watch, within,
};
use chrono::TimeDelta;
use domain::event::EventData;
use domain::wire::Query;
use domain::{ApiError, Run, RunStatus, Source};
use futures::StreamExt;
use futures::future::join_all;
use provider_mock::{Answer, Mock, RecordedCall};
use services::{Error, Member, Seen, Services};
use std::pin::pin;
use std::time::Duration;

stories!(
    a_bound_holds_however_many_ask_at_once,
    a_waiting_run_that_is_stopped_ends_at_once,
    a_parked_run_is_stopped_without_a_worker,
    everybody_who_looks_sees_the_same_places,
);

async fn ask(services: &Services, who: &Member) -> Run {
    let run = services.runs.start(who, query("How?"), Source::Browser);
    run.await.unwrap()
}

async fn a_bound_holds_however_many_ask_at_once(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving_slots(&mock, 0).await;
    let ada = ada(&services).await;
    let start = || services.runs.start(&ada, query("How?"), Source::Api);
    let started = join_all((0..40).map(|_| start())).await;
    let (runs, refused): (Vec<_>, Vec<_>) = started.into_iter().partition(Result::is_ok);
    assert_eq!(runs.len(), 20);
    for refused in refused {
        let ApiError { error } = refused.unwrap_err().into();
        assert_eq!((error.code.as_str(), error.retry_after), ("busy", Some(10)));
        assert!(error.message.contains("stop one"), "{}", error.message);
    }
    // Which is true.
    let first = runs[0].as_ref().unwrap();
    services.runs.cancel(&ada, first.id).await.unwrap();
    start().await.unwrap();
    assert!(matches!(start().await, Err(Error::Full { .. })));
}

async fn a_waiting_run_that_is_stopped_ends_at_once(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving_slots(&mock, 0).await;
    let ada = ada(&services).await;
    let run = ask(&services, &ada).await;
    let mut seen = pin!(services.feed.follow(&ada, run.id, 0).await.unwrap());
    let caught_up = within(seen.next()).await.unwrap().unwrap();
    assert!(matches!(caught_up, Seen::CaughtUp { last_seq: 0, .. }));

    services.runs.cancel(&ada, run.id).await.unwrap();
    let heard = within(seen.next()).await.unwrap().unwrap();
    let Seen::Event(event) = heard else {
        panic!("{heard:?}");
    };
    assert!(
        matches!(&event.data, EventData::Cancelled { by, .. } if by == "Ada"),
        "{event:?}"
    );
    let ended = services.runs.get(&ada, run.id).await.unwrap();
    assert_eq!((ended.status, ended.last_seq), (RunStatus::Cancelled, 1));
    assert_eq!(watch(&services, &ada, run.id).await, [(*event).clone()]);
    // Once more changes nothing, and there is nothing to answer with.
    services.runs.cancel(&ada, run.id).await.unwrap();
    assert_eq!(services.runs.get(&ada, run.id).await.unwrap(), ended);
    let concluded = services.runs.conclude(&ada, run.id, None).await;
    assert!(
        matches!(concluded, Err(Error::Conflict(why)) if why.contains("Ask again")),
        "{concluded:?}"
    );
    // The conversation is free, and no worker finds it any more.
    let next = Query {
        conversation_id: Some(run.conversation_id),
        ..query("And?")
    };
    let next = services.runs.start(&ada, next, Source::Browser).await;
    let next = next.unwrap();
    drop(services);
    let services = world.serving(&mock).await;
    let events = watch(&services, &ada, next.id).await;
    assert!(matches!(
        events.last().unwrap().data,
        EventData::FinalOutput { .. }
    ));
    assert_eq!(services.runs.get(&ada, run.id).await.unwrap(), ended);
}

async fn a_parked_run_is_stopped_without_a_worker(world: World) {
    let mut script = passing();
    script.rules.insert(0, on("judgement", Answer::Never {}));
    let mock = Mock::start(script).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = ask(&services, &ada).await;
    let judging = |calls: &[RecordedCall]| {
        let mut schemas = calls.iter().map(|call| call.schema_name.as_deref());
        schemas.any(|schema| schema == Some("judgement"))
    };
    assert!(within(mock.wait_until(judging)).await);
    within(services.stop(Duration::ZERO)).await;
    drop(services);

    let services = world.serving_slots(&mock, 0).await;
    let ada = log_in(&services).await;
    let parked = services.runs.get(&ada, run.id).await.unwrap();
    assert_eq!(parked.status, RunStatus::Running);
    services.runs.cancel(&ada, run.id).await.unwrap();
    let events = watch(&services, &ada, run.id).await;
    assert!(events.iter().zip(1..).all(|(event, n)| event.seq == n));
    assert_eq!(events.len() as u64, parked.last_seq + 1);
    let last = format!("{} 1 cancelled Ada", events.len());
    assert_eq!(told(&events).last(), Some(&last));
    let ended = services.runs.get(&ada, run.id).await.unwrap();
    assert_eq!(ended.status, RunStatus::Cancelled);
}

async fn everybody_who_looks_sees_the_same_places(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving_slots(&mock, 0).await;
    let ada = ada(&services).await;
    let eve = services.accounts.add_organization(
        "Orchard".into(),
        "Eve".into(),
        "eve@example.net".into(),
        PASSWORD.into(),
    );
    eve.await.unwrap();
    let (client, email) = (client(), "eve@example.net".to_owned());
    let eve = services.accounts.log_in(&client, email, PASSWORD.into());
    let eve = member(&services, &eve.await.unwrap()).await;
    let place = async |who: &Member, run: &Run| services.runs.ahead_of(who, run.id).await;

    let mut runs = Vec::new();
    for who in [&ada, &ada, &eve] {
        world.clock.advance(TimeDelta::seconds(2));
        runs.push((who, ask(&services, who).await));
    }
    let expect = async |places: &[Option<u32>]| {
        for ((who, run), expected) in runs.iter().zip(places) {
            assert_eq!(place(who, run).await.unwrap(), *expected, "{places:?}");
        }
    };
    expect(&[Some(0), Some(2), Some(1)]).await;
    for foreign in [place(&eve, &runs[0].1), place(&ada, &runs[2].1)] {
        assert!(matches!(foreign.await, Err(Error::NotFound("run"))));
    }
    // For a second the places stay as they were read; who does not wait has none.
    services.runs.cancel(&ada, runs[0].1.id).await.unwrap();
    world.clock.advance(TimeDelta::milliseconds(1));
    let late = ask(&services, &eve).await;
    expect(&[None, Some(2), Some(1)]).await;
    assert_eq!(place(&eve, &late).await.unwrap(), None);
    world.clock.advance(TimeDelta::seconds(1));
    expect(&[None, Some(0), Some(1)]).await;
    assert_eq!(place(&eve, &late).await.unwrap(), Some(2));
}
