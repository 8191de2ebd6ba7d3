//! What goes out over the native socket: messages in their order, pings, and the last words to a
//! client that takes nothing. What is said is decided in ws.rs.

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use domain::RunId;
use domain::wire::Control;
use futures::{Sink, SinkExt};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// A client that takes nothing for this long is closed; it resumes when it comes back.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const TOO_SLOW: u16 = 4408;
/// For the last words to such a client, should it wake up.
const GOODBYE: Duration = Duration::from_secs(2);
const PING: Duration = Duration::from_secs(25);

/// What waits in the queue of a socket.
pub enum Outgoing {
    Text(Utf8Bytes),
    /// Nothing more comes of this run: all of it went out when this is reached.
    Told(RunId, Place),
}

/// The last event of a followed run that was said or waits to be.
pub type Place = Arc<AtomicU64>;

/// The runs that are followed or whose last events still wait.
#[derive(Clone, Default)]
pub struct Reached(Arc<Mutex<HashMap<RunId, Place>>>);

impl Reached {
    pub fn follow(&self, run: RunId, after: u64) -> Place {
        let place = Arc::new(AtomicU64::new(after));
        self.runs().insert(run, place.clone());
        place
    }

    pub fn forget(&self, run: RunId) {
        self.runs().remove(&run);
    }

    /// A run that was subscribed to once more meanwhile stays.
    fn told(&self, run: RunId, told: &Place) {
        let mut runs = self.runs();
        if runs.get(&run).is_some_and(|place| Arc::ptr_eq(place, told)) {
            runs.remove(&run);
        }
    }

    /// What a client is told that was too slow.
    fn resync(&self) -> Vec<Utf8Bytes> {
        let runs = std::mem::take(&mut *self.runs());
        let resync = |(run_id, place): (_, Place)| {
            let last_seq = place.load(Ordering::Relaxed);
            text(&Control::ResyncRequired { run_id, last_seq })
        };
        runs.into_iter().filter_map(resync).collect()
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<RunId, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that is said can be written as JSON.
pub fn text(message: &impl Serialize) -> Option<Utf8Bytes> {
    serde_json::to_string(message).ok().map(Utf8Bytes::from)
}

/// Writes until nobody sends any more. A client that takes nothing is given up.
pub async fn write<S: Sink<Message> + Unpin>(
    mut sink: S,
    mut queue: mpsc::Receiver<Outgoing>,
    close: CancellationToken,
    reached: Reached,
) -> Option<S> {
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    loop {
        let message = tokio::select! {
            biased;
            () = close.cancelled() => return Some(sink),
            _ = pings.tick() => Message::Ping(Bytes::new()),
            next = queue.recv() => match next {
                Some(Outgoing::Text(text)) => Message::Text(text),
                Some(Outgoing::Told(run, place)) => {
                    reached.told(run, &place);
                    continue;
                }
                None => return Some(sink),
            },
        };
        match timeout(PATIENCE, sink.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return None,
            Err(_) => {
                let frame = CloseFrame {
                    code: TOO_SLOW,
                    reason: "too slow: resume".into(),
                };
                let goodbye = async {
                    for text in reached.resync() {
                        sink.send(Message::Text(text)).await?;
                    }
                    sink.send(Message::Close(Some(frame))).await
                };
                let _ = timeout(GOODBYE, goodbye).await;
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use futures::channel::mpsc::unbounded;
    use tokio::time::{Instant, sleep};

    fn pong() -> Outgoing {
        Outgoing::Text(text(&Control::Pong {}).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_socket_is_pinged() {
        let (sink, mut sent) = unbounded();
        let (out, queue) = mpsc::channel(1);
        let reading = async {
            let start = Instant::now();
            for number in 1..=3 {
                assert!(matches!(sent.next().await, Some(Message::Ping(_))));
                assert_eq!(start.elapsed(), PING * number);
            }
            out.try_send(pong()).ok().unwrap();
            assert!(matches!(sent.next().await, Some(Message::Text(_))));
            drop(out);
        };
        let close = CancellationToken::new();
        let writing = write(sink, queue, close, Reached::default());
        let (sink, ()) = tokio::join!(writing, reading);
        assert!(sink.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_is_told_to_come_back() {
        // Takes one message, and nothing more for a while.
        let (sink, mut sent) = futures::channel::mpsc::channel(0);
        let (out, queue) = mpsc::channel(8);
        let [heard_all, ended, asked_twice, running] =
            [1, 2, 3, 4].map(|number| RunId(uuid::Uuid::from_u128(number)));
        let reached = Reached::default();
        let told = |run, last| Outgoing::Told(run, reached.follow(run, last));
        let queued = [
            told(heard_all, 9),
            told(asked_twice, 5),
            pong(),
            pong(),
            pong(),
            told(ended, 7),
        ];
        reached.follow(asked_twice, 3);
        reached.follow(running, 0);
        for message in queued {
            out.try_send(message).ok().unwrap();
        }
        let reading = async {
            sleep(PATIENCE + GOODBYE / 2).await;
            let mut heard = Vec::new();
            while let Some(message) = sent.next().await {
                match message {
                    Message::Close(frame) => return (heard, frame.unwrap().code),
                    message => heard.push(message.into_text().unwrap().to_string()),
                }
            }
            panic!("it was not closed: {heard:?}");
        };
        let writing = write(sink, queue, CancellationToken::new(), reached);
        let (sink, (heard, code)) = tokio::join!(writing, reading);
        assert!(sink.is_none() && code == TOO_SLOW);
        for (run_id, last_seq) in [(ended, 7), (asked_twice, 3), (running, 0)] {
            let resync = text(&Control::ResyncRequired { run_id, last_seq }).unwrap();
            assert!(heard.iter().any(|text| *text == *resync), "{heard:?}");
        }
        let of_heard_all = heard
            .iter()
            .find(|text| text.contains(&heard_all.to_string()));
        assert_eq!(of_heard_all, None);
    }
}
