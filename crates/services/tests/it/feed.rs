//! Watching: every event once and in order, wherever a watcher begins.

use crate::stories;
use crate::world::{World, ada, passing, query, repaired, slowly, watch, within};
use domain::event::Delta;
use domain::{Event, RunId, Source, Transcript};
use futures::StreamExt;
use provider_mock::{Answer, Mock, Rule, Then, When};
use services::{Member, Seen, Services};
use std::pin::pin;

stories!(
    wherever_a_watcher_begins,
    who_comes_late_sees_what_is_being_written
);

async fn after(services: &Services, who: &Member, run: RunId, after: u64) -> Vec<Event> {
    let mut events = Vec::new();
    let mut seen = pin!(services.feed.follow(who, run, after).await.unwrap());
    while let Some(seen) = within(seen.next()).await {
        if let Seen::Event(event) = seen.unwrap() {
            events.push((*event).clone());
        }
    }
    events
}

async fn wherever_a_watcher_begins(world: World) {
    let mock = Mock::start(slowly(repaired(), 1)).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();
    // While it runs, and once more when all of it is stored.
    let (live, second) = tokio::join!(
        watch(&services, &ada, run.id),
        after(&services, &ada, run.id, 3)
    );
    assert_eq!(live[3..], second);
    for seq in 0..=live.len() {
        assert_eq!(
            after(&services, &ada, run.id, seq as u64).await,
            live[seq..],
            "from {seq}"
        );
    }
    assert!(after(&services, &ada, run.id, 10_000).await.is_empty());
    assert!(Transcript::from_events(&live).ending.is_some());
}

async fn who_comes_late_sees_what_is_being_written(world: World) {
    let words = "These are the first words of an answer that is never finished.";
    let mut script = passing();
    script.rules.push(Rule {
        when: When {
            prompt_contains: Some("Write the answer".into()),
            ..When::default()
        },
        then: Then {
            answer: Answer::Text(words.into()),
            stall_after: Some(2),
            ..Then::default()
        },
        times: None,
    });
    let mock = Mock::start(script).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();

    let mut transcript = Transcript::default();
    let mut seen = pin!(services.feed.follow(&ada, run.id, 0).await.unwrap());
    while transcript.partial.is_empty() {
        match within(seen.next()).await.unwrap().unwrap() {
            Seen::Event(event) => transcript.apply(&event),
            Seen::Delta(delta) => transcript.apply_delta(&delta),
            Seen::CaughtUp { partial, .. } => partial
                .iter()
                .for_each(|delta| transcript.apply_delta(delta)),
        }
    }
    assert!(
        words.starts_with(&transcript.partial),
        "{}",
        transcript.partial
    );

    let mut late = Transcript::default();
    let mut seen = pin!(services.feed.follow(&ada, run.id, 0).await.unwrap());
    let partial = loop {
        match within(seen.next()).await.unwrap().unwrap() {
            Seen::Event(event) => late.apply(&event),
            Seen::CaughtUp { partial, .. } => break partial,
            Seen::Delta(delta) => panic!("{delta:?} came before everything that is stored"),
        }
    };
    assert!(
        matches!(&partial[..], [Delta::AnswerDelta { offset: 0, .. }]),
        "{partial:?}"
    );
    late.apply_delta(&partial[0]);
    assert!(late.partial.starts_with(&transcript.partial));
    assert_eq!(late.agents, transcript.agents);
    services.runs.cancel(&ada, run.id).await.unwrap();
    watch(&services, &ada, run.id).await;
}
