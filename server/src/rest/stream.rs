//! A run as server-sent events: the id of each is its `seq`, so that a client resumes by itself.

use super::request::Answer;
use async_stream::stream;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use domain::RunId;
use domain::wire::RunDelta;
use futures::{Stream, StreamExt};
use serde::Serialize;
use services::{Member, Seen, Services};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Who is watching is looked up this often: a removed user is out within a second.
const RECHECK: Duration = Duration::from_millis(800);

/// What a run says, to its end. It ends before that when the watcher may not watch any more, or
/// when the process stops.
pub async fn watch(
    services: Arc<Services>,
    mut member: Member,
    run: RunId,
    after: u64,
    closing: CancellationToken,
) -> Answer<impl Stream<Item = Seen> + Send> {
    let seen = services.feed.follow(&member, run, after).await?;
    Ok(stream! {
        let mut seen = Box::pin(seen);
        let mut recheck = interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let next = tokio::select! {
                biased;
                () = closing.cancelled() => break,
                _ = recheck.tick() => {
                    match services.accounts.again(&member).await {
                        Ok(again) => member = again,
                        Err(services::Error::Unauthorized) => break,
                        // The database does not answer: try again in a moment.
                        Err(_) => {}
                    }
                    continue;
                }
                next = seen.next() => next,
            };
            let Some(Ok(seen)) = next else { break };
            yield seen;
        }
    })
}

pub fn events(
    run: RunId,
    seen: impl Stream<Item = Seen> + Send + 'static,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send> {
    let events = seen.flat_map(move |seen| {
        let events = told(run, seen).into_iter().map(Ok);
        futures::stream::iter(events)
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

fn told(run_id: RunId, seen: Seen) -> Vec<Event> {
    let delta = |delta| RunDelta { run_id, delta };
    match seen {
        Seen::Event(event) => vec![named(&*event).id(event.seq.to_string())],
        Seen::Delta(text) => vec![named(&delta((*text).clone()))],
        Seen::CaughtUp { partial, .. } => partial
            .into_iter()
            .map(|text| named(&delta(text)))
            .collect(),
    }
}

/// Under the name in the message's `type`.
fn named(message: &impl Serialize) -> Event {
    let json = serde_json::to_value(message).unwrap_or_default();
    let name = json["type"].as_str().unwrap_or("message").to_owned();
    Event::default().event(name).data(json.to_string())
}
