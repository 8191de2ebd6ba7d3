//! A run as server-sent events: the id of each is its `seq`, so that a client resumes by itself.

use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use domain::RunId;
use domain::wire::RunDelta;
use futures::{Stream, StreamExt};
use serde::Serialize;
use services::Seen;
use std::convert::Infallible;

/// The events of a run, and the text that is being written.
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
