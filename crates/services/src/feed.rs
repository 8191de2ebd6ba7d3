//! A run as one watcher sees it: what is stored after a number, then what happens, every event
//! once and in order. Sockets and server-sent events pass it on.

use crate::Services;
use crate::access::Member;
use crate::bus::{Bus, News, Watch};
use crate::error::{Error, Result};
use crate::presence::RECHECK;
use async_stream::{stream, try_stream};
use domain::event::Delta;
use domain::{Event, Message, Run, RunId};
use futures::{Stream, StreamExt};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use store::{Scope, Store, StoreError};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

/// Events read from the store at a time.
const AT_ONCE: u32 = 200;
const AFTER_FAILURE: Duration = Duration::from_secs(1);

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
        let watch = self.bus.watch(run).await;
        self.store
            .run(scope, run)
            .await?
            .ok_or(Error::NotFound("run"))?;
        Ok(follow(self.store.clone(), watch, scope, run, after))
    }
}

impl Services {
    /// What a run says, to its end. It ends before that when the watcher may not watch any more,
    /// or when the process stops.
    pub async fn watch(
        self: &Arc<Self>,
        member: Member,
        run: RunId,
        after: u64,
        closing: CancellationToken,
    ) -> Result<impl Stream<Item = Seen> + Send + use<>> {
        let seen = self.feed.follow(&member, run, after).await?;
        let services = self.clone();
        Ok(stream! {
            let mut seen = Box::pin(seen);
            let mut dismissed = pin!(services.dismissed(member.clone()));
            let mut recheck = interval(RECHECK);
            recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let next = tokio::select! {
                    biased;
                    () = closing.cancelled() => break,
                    () = &mut dismissed => break,
                    _ = recheck.tick() => {
                        // A run that was deleted says nothing more, not even that.
                        if let Err(Error::NotFound(_)) = services.runs.get(&member, run).await {
                            break;
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

    /// Waits for a run, and reads it with its answer, where it has one. It has not ended when the
    /// process stops.
    pub async fn ended(
        self: &Arc<Self>,
        member: &Member,
        run: RunId,
        closing: CancellationToken,
    ) -> Result<(Run, Option<Message>)> {
        let mut seen = pin!(self.watch(member.clone(), run, 0, closing).await?);
        while seen.next().await.is_some() {}
        // They may have lost the right to know while they waited.
        let member = self.accounts.again(member).await?;
        let run = self.runs.get(&member, run).await?;
        let answer = match run.outcome {
            Some(_) => Some(self.conversations.message(&member, run.answer_id).await?),
            None => None,
        };
        Ok((run, answer))
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
            let known = patiently(&store, || store.run(scope, run)).await?;
            let known = known.ok_or(Error::NotFound("run"))?;
            ended = known.status.is_final() && known.last_seq <= last;
        }
        yield Seen::CaughtUp { last_seq: last, partial: watch.partial() };
        while !ended {
            let missed = match watch.next().await {
                Ok(News::Delta(delta)) => {
                    yield Seen::Delta(delta);
                    continue;
                }
                Ok(News::Event(event)) if event.seq <= last => continue,
                Ok(News::Event(event)) if event.seq == last + 1 => {
                    last = event.seq;
                    ended = event.data.is_last();
                    yield Seen::Event(event);
                    continue;
                }
                Ok(News::Look) => false,
                Ok(News::Event(_)) | Err(_) => true,
            };
            // The store has what was missed.
            let before = last;
            for await event in stored(store.clone(), scope, run, last) {
                let event = event?;
                last = event.seq;
                ended = event.data.is_last();
                yield Seen::Event(Arc::new(event));
            }
            if missed || last > before {
                yield Seen::CaughtUp { last_seq: last, partial: watch.partial() };
            }
        }
    }
}

/// Asks until the database answers: who watches a run goes on when the run does.
async fn patiently<T, F>(store: &Store, ask: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    loop {
        match store.in_time(ask()).await {
            Err(StoreError::Unavailable(error)) => {
                tracing::debug!(%error, "a watcher waits for the database");
                sleep(AFTER_FAILURE).await;
            }
            answered => return answered,
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
            let events = patiently(&store, || store.events(scope, run, after, AT_ONCE)).await?;
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
