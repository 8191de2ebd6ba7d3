//! The connection to Redis: what this process tells the others and hears from them. While it is
//! down, whoever watches reads the store instead; it comes back by itself.

use super::topics::{Topics, remember, step_of};
use super::wire::{Cancel, Heard, Message, Told, What};
use crate::worker::Wake;
use domain::RunId;
use domain::event::Delta;
use futures::StreamExt;
use redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use redis::{AsyncConnectionConfig, Client, Msg, RedisError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::CancelRequest;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What waits to be told; beyond it the newest is left out, and found in the store.
const BACKLOG: usize = 8_192;
const AT_ONCE: usize = 256;
/// A Redis that answers later than this counts as down.
const PATIENCE: Duration = Duration::from_millis(500);
const RETRY: Duration = Duration::from_millis(500);
const STILL_THERE: Duration = Duration::from_secs(2);
/// How often watchers look into the store: while Redis is down, and in case it lost something.
const LOOK_WHILE_DOWN: Duration = Duration::from_millis(700);
const LOOK: Duration = Duration::from_secs(5);
/// What is being written outlives its worker this long.
const REMEMBERED_S: u64 = 3_600;

const WORK: &str = "overmind:work";
const CANCEL: &str = "overmind:cancel";
const RUN: &str = "overmind:run:";

#[derive(Debug, thiserror::Error)]
#[error("REDIS_URL is not an address of Redis: write it like redis://127.0.0.1:6379 ({0})")]
pub struct InvalidRedisUrl(String);

/// Where Redis is. It may hold a password, so it is never shown.
#[derive(Clone)]
pub struct RedisUrl(Client);

impl RedisUrl {
    pub fn parse(url: &str) -> Result<Self, InvalidRedisUrl> {
        let client = Client::open(url);
        Ok(Self(client.map_err(|error| {
            InvalidRedisUrl(error.category().to_owned())
        })?))
    }
}

#[derive(Clone)]
pub(crate) struct Link(Arc<Inner>);

struct Inner {
    /// Names this process to itself.
    name: String,
    posts: mpsc::Sender<Post>,
    /// As many as there are watchers: each is a channel to be heard, or not any more.
    places: mpsc::UnboundedSender<Place>,
    /// There while Redis answers.
    commands: Mutex<Option<MultiplexedConnection>>,
}

struct Post {
    channel: String,
    payload: String,
    list: List,
}

enum Place {
    Follow(RunId, oneshot::Sender<()>),
    Unfollow(RunId),
}

/// What becomes of the list of what a run is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Untouched,
    Append,
    Forget,
}

fn channel(run: RunId) -> String {
    format!("{RUN}{run}")
}

fn list(channel: &str) -> String {
    format!("{channel}:writing")
}

impl Link {
    /// The second part keeps the connection, until it is told to stop.
    pub fn new(
        RedisUrl(client): RedisUrl,
        topics: Topics,
        wake: Wake,
        stop: CancellationToken,
        name: Uuid,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (posts, receiver) = mpsc::channel(BACKLOG);
        let (places, taken) = mpsc::unbounded_channel();
        let link = Self(Arc::new(Inner {
            name: name.to_string(),
            posts,
            places,
            commands: Mutex::default(),
        }));
        let keeper = Keeper {
            link: link.clone(),
            client,
            topics,
            wake,
            posts: receiver,
            places: taken,
        };
        (link, async move {
            tokio::select! {
                () = keeper.run() => {}
                () = stop.cancelled() => {}
            }
        })
    }

    pub fn is_up(&self) -> bool {
        self.commands().is_some()
    }

    /// For commands with an answer; `None` while Redis does not answer.
    pub fn connection(&self) -> Option<MultiplexedConnection> {
        self.commands().clone()
    }

    pub(super) fn tell(&self, run: RunId, epoch: i64, what: &What<'_>) {
        let list = match what {
            What::Event(_) => List::Untouched,
            What::Delta(_) | What::StepDone { quiet: false, .. } => List::Append,
            What::Began {} | What::Ended {} | What::StepDone { quiet: true, .. } => List::Forget,
        };
        let told = Told {
            from: &self.0.name,
            epoch,
            what,
        };
        if let Ok(payload) = serde_json::to_string(&told) {
            self.post(Post {
                channel: channel(run),
                payload,
                list,
            });
        }
    }

    pub fn announce_work(&self) {
        self.publish(WORK, self.0.name.clone());
    }

    pub fn cancel(&self, run: RunId, request: &CancelRequest) {
        let cancel = Cancel {
            run,
            by: request.by.clone(),
            reason: request.reason.clone(),
        };
        if let Ok(payload) = serde_json::to_string(&cancel) {
            self.publish(CANCEL, payload);
        }
    }

    /// Returns when what happens in that run is heard here, or when Redis does not answer.
    pub(super) async fn follow(&self, run: RunId, topics: &Topics) {
        if !self.is_up() {
            return;
        }
        let (heard, hearing) = oneshot::channel();
        let _ = self.0.places.send(Place::Follow(run, heard));
        if !matches!(timeout(PATIENCE, hearing).await, Ok(Ok(()))) {
            return;
        }
        if let Some((epoch, written)) = self.written(run).await {
            topics.begin_with(run, epoch, written);
        }
    }

    pub(super) fn unfollow(&self, run: RunId) {
        let _ = self.0.places.send(Place::Unfollow(run));
    }

    /// What is being written in that run under its latest lease, as its worker has told it.
    async fn written(&self, run: RunId) -> Option<(i64, Vec<Delta>)> {
        let mut connection = self.connection()?;
        let mut command = redis::cmd("LRANGE");
        command.arg(list(&channel(run))).arg(0).arg(-1);
        let told: Vec<String> = command.query_async(&mut connection).await.ok()?;
        let (mut latest, mut written) = (0, Vec::new());
        for message in told {
            let Ok(Message { epoch, what, .. }) = serde_json::from_str(&message) else {
                continue;
            };
            if epoch > latest {
                latest = epoch;
                written.clear();
            }
            match what {
                _ if epoch < latest => {}
                Heard::Delta(delta) => remember(&mut written, &delta),
                Heard::StepDone { step } => written.retain(|delta| step_of(delta) != step),
                _ => {}
            }
        }
        Some((latest, written))
    }

    fn publish(&self, channel: &str, payload: String) {
        self.post(Post {
            channel: channel.to_owned(),
            payload,
            list: List::Untouched,
        });
    }

    fn post(&self, post: Post) {
        // A hint that finds no room is a hint less.
        let _ = self.0.posts.try_send(post);
    }

    fn commands(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.0
            .commands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects, serves the connection while it lasts, and connects again.
struct Keeper {
    link: Link,
    client: Client,
    topics: Topics,
    wake: Wake,
    posts: mpsc::Receiver<Post>,
    places: mpsc::UnboundedReceiver<Place>,
}

struct Connected {
    commands: MultiplexedConnection,
    sink: PubSubSink,
    messages: PubSubStream,
}

impl Keeper {
    async fn run(mut self) {
        let mut told = false;
        loop {
            let broken = match self.connect().await {
                Ok(connected) => {
                    tracing::info!("Redis answers: events travel between processes");
                    told = false;
                    *self.link.commands() = Some(connected.commands.clone());
                    self.wake.work();
                    let broken = self.serve(connected).await;
                    *self.link.commands() = None;
                    broken
                }
                Err(error) => error,
            };
            if !told {
                tracing::warn!(
                    error = broken.category(),
                    "Redis does not answer: watchers read the database until it does"
                );
                told = true;
            }
            self.wait().await;
        }
    }

    async fn connect(&self) -> Result<Connected, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connecting = async {
            let commands = self
                .client
                .get_multiplexed_async_connection_with_config(&config)
                .await?;
            let (mut sink, messages) = self.client.get_async_pubsub().await?.split();
            sink.subscribe(&[WORK, CANCEL]).await?;
            Ok(Connected {
                commands,
                sink,
                messages,
            })
        };
        timeout(PATIENCE * 4, connecting)
            .await
            .unwrap_or_else(|_| Err(late()))
    }

    /// To the connection's end; says why it ended.
    async fn serve(&mut self, connected: Connected) -> RedisError {
        let Connected {
            mut commands,
            mut sink,
            mut messages,
        } = connected;
        // Whoever comes from now on asks for their place.
        let watched: Vec<String> = self.topics.watched().into_iter().map(channel).collect();
        if !watched.is_empty()
            && let Err(error) = in_time(sink.subscribe(&watched)).await
        {
            return error;
        }
        // What happened before this is in the store.
        self.topics.look();
        let mut posts = Vec::with_capacity(AT_ONCE);
        let mut look = interval(LOOK);
        let mut still_there = interval(STILL_THERE);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        still_there.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                count = self.posts.recv_many(&mut posts, AT_ONCE) => {
                    if count == 0 {
                        // Nobody can post any more.
                        return std::future::pending().await;
                    }
                    deliver(&mut posts, &mut commands).await
                }
                Some(place) = self.places.recv() => match place {
                    Place::Follow(run, heard) => {
                        let done = in_time(sink.subscribe(channel(run))).await;
                        if done.is_ok() {
                            let _ = heard.send(());
                        }
                        done
                    }
                    // Somebody else may have come meanwhile.
                    Place::Unfollow(run) if self.topics.is_watched(run) => Ok(()),
                    Place::Unfollow(run) => in_time(sink.unsubscribe(channel(run))).await,
                },
                message = messages.next() => match message {
                    Some(message) => {
                        self.hear(&message);
                        Ok(())
                    }
                    None => return lost(),
                },
                _ = look.tick() => {
                    self.topics.look();
                    Ok(())
                }
                _ = still_there.tick() => in_time(sink.ping::<redis::Value>()).await.map(drop),
            };
            if let Err(error) = done {
                return error;
            }
        }
    }

    fn hear(&self, message: &Msg) {
        let channel = message.get_channel_name();
        let payload = message.get_payload_bytes();
        match channel {
            WORK => self.wake.work(),
            CANCEL => {
                if let Ok(Cancel { run, by, reason }) = serde_json::from_slice(payload) {
                    self.wake.cancel(run, CancelRequest { by, reason });
                }
            }
            _ => {
                let run = channel.strip_prefix(RUN).and_then(|run| run.parse().ok());
                let message = serde_json::from_slice::<Message>(payload);
                match (run, message) {
                    (Some(run), Ok(message)) if message.from != self.link.0.name => {
                        self.happened(run, message.epoch, message.what);
                    }
                    (Some(_), Ok(_)) => {}
                    _ => tracing::debug!(channel, "a message of another version"),
                }
            }
        }
    }

    fn happened(&self, run: RunId, epoch: i64, what: Heard) {
        match what {
            Heard::Event(event) => self.topics.event(*event),
            Heard::Delta(delta) => self.topics.delta(run, epoch, delta),
            Heard::StepDone { step } => {
                self.topics.forget_step(run, epoch, &step);
            }
            Heard::Began {} => self.topics.began(run, epoch),
            Heard::Ended {} => self.topics.forget_all(run, epoch),
        }
    }

    /// Until it is time to connect again. What would be told meanwhile is in the store.
    async fn wait(&mut self) {
        let mut look = interval(LOOK_WHILE_DOWN);
        let retry = sleep(RETRY);
        tokio::pin!(retry);
        loop {
            tokio::select! {
                Some(_) = self.posts.recv() => {}
                // Dropping it lets whoever waits for it go.
                Some(_) = self.places.recv() => {}
                _ = look.tick() => self.topics.look(),
                () = &mut retry => return,
            }
        }
    }
}

/// In their order, with as few round trips as there can be.
async fn deliver(
    posts: &mut Vec<Post>,
    commands: &mut MultiplexedConnection,
) -> Result<(), RedisError> {
    let mut pipeline = redis::pipe();
    for post in posts.drain(..) {
        let key = list(&post.channel);
        match post.list {
            List::Untouched => {}
            List::Append => {
                pipeline.cmd("RPUSH").arg(&key).arg(&post.payload).ignore();
                pipeline.cmd("EXPIRE").arg(&key).arg(REMEMBERED_S).ignore();
            }
            List::Forget => {
                pipeline.cmd("DEL").arg(&key).ignore();
            }
        }
        pipeline
            .cmd("PUBLISH")
            .arg(post.channel)
            .arg(post.payload)
            .ignore();
    }
    pipeline.query_async(commands).await
}

/// The library waits for an answer on the channel side without end.
async fn in_time<T>(answer: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    timeout(PATIENCE, answer)
        .await
        .unwrap_or_else(|_| Err(late()))
}

fn late() -> RedisError {
    RedisError::from((redis::ErrorKind::Io, "it did not answer in time"))
}

fn lost() -> RedisError {
    RedisError::from((redis::ErrorKind::Io, "the connection is lost"))
}
