//! A run as one watcher sees it: what is stored after a number, then what happens, every event
//! once and in order. Sockets and server-sent events pass it on.

use crate::access::Member;
use crate::bus::{Bus, News, Watch};
use crate::error::{Error, Result};
use async_stream::try_stream;
use domain::event::Delta;
use domain::{Event, RunId};
use futures::Stream;
use std::sync::Arc;
use store::{Scope, Store};

/// Events read from the store at a time.
const AT_ONCE: u32 = 200;

pub struct Feed {
    store: Store,
    bus: Bus,
}

#[derive(Clone, Debug)]
pub enum Seen {
    Event(Arc<Event>),
    Delta(Arc<Delta>),
    /// Everything up to `last_seq` has been sent; `partial` is what is being written.
    CaughtUp {
        last_seq: u64,
        partial: Vec<Delta>,
    },
}

impl Feed {
    pub(crate) fn new(store: Store, bus: Bus) -> Self {
        Self { store, bus }
    }

    /// Ends after the run's last event. A foreign run is not found.
    pub async fn follow(
        &self,
        member: &Member,
        run: RunId,
        after: u64,
    ) -> Result<impl Stream<Item = Result<Seen>> + Send + use<>> {
        let scope = member.scope();
        // First the place on the bus, then the store: what happens in between is seen twice
        // and dropped once, never missed.
        let watch = self.bus.watch(run);
        self.store
            .run(scope, run)
            .await?
            .ok_or(Error::NotFound("run"))?;
        Ok(follow(self.store.clone(), watch, scope, run, after))
    }
}

fn follow(
    store: Store,
    mut watch: Watch,
    scope: Scope,
    run: RunId,
    after: u64,
) -> impl Stream<Item = Result<Seen>> + Send {
    try_stream! {
        let mut last = after;
        let mut ended = false;
        for await event in stored(store.clone(), scope, run, last) {
            let event = event?;
            last = event.seq;
            ended = event.data.is_last();
            yield Seen::Event(Arc::new(event));
        }
        // A client that has everything asks once more: the run may have ended long ago.
        if !ended {
            let known = store.run(scope, run).await?.ok_or(Error::NotFound("run"))?;
            ended = known.status.is_final() && known.last_seq <= last;
        }
        yield Seen::CaughtUp { last_seq: last, partial: watch.partial() };
        while !ended {
            let next = match watch.next().await {
                Ok(News::Delta(delta)) => {
                    yield Seen::Delta(delta);
                    continue;
                }
                Ok(News::Event(event)) => Some(event),
                Err(_) => None,
            };
            match next {
                Some(event) if event.seq <= last => {}
                Some(event) if event.seq == last + 1 => {
                    last = event.seq;
                    ended = event.data.is_last();
                    yield Seen::Event(event);
                }
                // Something was missed: the store has it.
                _ => {
                    for await event in stored(store.clone(), scope, run, last) {
                        let event = event?;
                        last = event.seq;
                        ended = event.data.is_last();
                        yield Seen::Event(Arc::new(event));
                    }
                    yield Seen::CaughtUp { last_seq: last, partial: watch.partial() };
                }
            }
        }
    }
}

/// The stored events after a number, to the last one.
fn stored(
    store: Store,
    scope: Scope,
    run: RunId,
    mut after: u64,
) -> impl Stream<Item = Result<Event>> + Send {
    try_stream! {
        loop {
            let events = store.events(scope, run, after, AT_ONCE).await?;
            let full = events.len() == AT_ONCE as usize;
            for event in events {
                after = event.seq;
                yield event;
            }
            if !full {
                break;
            }
        }
    }
}
