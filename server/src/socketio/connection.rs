//! One Socket.IO connection: its messages one after the other, the runs it follows side by side.
//! The shapes of messages are in message.rs and payload.rs, slow clients in delivery.rs.

use super::delivery::{Reply, Undelivered, deliver, leave, show};
use super::message::{About, ClientMessage, Target};
use super::payload::named;
use crate::ws::SocketState;
use domain::wire::Control;
use domain::{ApiError, ErrorCode, RunId, Source};
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use services::presence::RECHECK;
use services::{Error, Member, Seat, Seen, Services};
use socketioxide::SocketIo;
use socketioxide::extract::{Event, SocketRef, TryData};
use std::collections::HashMap;
use std::future::ready;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Messages of one client that wait; it is told when it sends them faster than they are obeyed.
/// More than it subscribes to at once when it comes back.
const INBOX: usize = 128;
const MOST_WATCHED: usize = 50;

/// One client. Its watches end with it.
pub struct Connection {
    services: Arc<Services>,
    member: Member,
    socket: SocketRef,
    /// A watch found that the client takes nothing any more.
    stuck: CancellationToken,
    watches: JoinSet<()>,
    watched: HashMap<RunId, AbortHandle>,
    _seat: Seat,
}

/// Why a connection ends.
enum Ending {
    /// The client left.
    Gone,
    /// Who it is may not be here any more.
    Dismissed,
    /// It takes nothing.
    Stuck,
    /// The process stops.
    Closing,
}

/// A message, and where its answer goes.
struct Letter {
    name: String,
    data: Result<Value, String>,
    reply: Reply,
}

/// What is answered to a message that was obeyed, and the run that is followed from then on.
struct Done {
    answer: Value,
    watch: Option<Watch>,
}

struct Watch {
    run: RunId,
    /// A subscription says when it has caught up; who asked a question did not subscribe.
    announced: bool,
    seen: BoxStream<'static, Result<Seen, Error>>,
}

impl Connection {
    /// Takes the socket's messages from now on; they are obeyed while the future runs.
    pub fn open(
        state: SocketState,
        io: SocketIo,
        socket: SocketRef,
        member: Member,
        seat: Seat,
    ) -> impl Future<Output = ()> + Send {
        let (inbox, letters) = mpsc::channel(INBOX);
        // Not async: the library runs the futures of two messages at once, but calls this in
        // their order.
        socket.on_fallback(
            move |Event(name): Event, TryData(data): TryData<Value>, reply: Reply| {
                let data = data.map_err(|error| error.to_string());
                match inbox.try_send(Letter { name, data, reply }) {
                    Ok(()) => {}
                    Err(TrySendError::Full(letter)) => letter.bounce(),
                    Err(TrySendError::Closed(letter)) => letter.reply.hang_up(),
                }
                ready(())
            },
        );
        let gone = CancellationToken::new();
        let left = gone.clone();
        socket.on_disconnect(move || {
            left.cancel();
            ready(())
        });
        let connection = Self {
            services: state.app.services,
            member,
            socket,
            stuck: CancellationToken::new(),
            watches: JoinSet::new(),
            watched: HashMap::new(),
            _seat: seat,
        };
        connection.serve(letters, gone, io, state.closing)
    }

    async fn serve(
        mut self,
        letters: mpsc::Receiver<Letter>,
        gone: CancellationToken,
        io: SocketIo,
        closing: CancellationToken,
    ) {
        let (services, member) = (self.services.clone(), self.member.clone());
        let (socket, stuck) = (self.socket.clone(), self.stuck.clone());
        let ending = tokio::select! {
            ending = self.read(letters, gone.clone()) => ending,
            // Beside the messages, because one whose answer finds no room waits for it.
            () = services.dismissed(member) => Ending::Dismissed,
            () = disconnected(&socket, gone) => Ending::Gone,
            () = stuck.cancelled() => Ending::Stuck,
            () = closing.cancelled() => Ending::Closing,
        };
        drop(self);
        match ending {
            Ending::Gone => {}
            Ending::Dismissed => leave(socket, "unauthorized", "Log in again.").await,
            Ending::Stuck => {
                let message = "This client is too slow: connect again and subscribe after the \
                               last event it has.";
                leave(socket, "too_slow", message).await;
            }
            // All at once, and below the namespaces: clients that lose the transport come back by
            // themselves, clients that are disconnected do not.
            Ending::Closing => io.close().await,
        }
    }

    async fn read(
        &mut self,
        mut letters: mpsc::Receiver<Letter>,
        gone: CancellationToken,
    ) -> Ending {
        loop {
            let letter = tokio::select! {
                // Whoever asks and leaves has asked.
                biased;
                letter = letters.recv() => letter,
                () = gone.cancelled() => None,
            };
            let Some(letter) = letter else {
                return Ending::Gone;
            };
            // A role that changed a moment ago counts already.
            let accounts = &self.services.accounts;
            if accounts.recheck(&mut self.member).await.is_err() {
                return Ending::Dismissed;
            }
            if let Err(Undelivered::Stuck) = self.obey(letter).await {
                return Ending::Stuck;
            }
        }
    }

    async fn obey(&mut self, letter: Letter) -> Result<(), Undelivered> {
        let Letter { name, data, reply } = letter;
        let about = About::of(&data);
        let done = match ClientMessage::read(&name, data) {
            Ok(message) => self.perform(message).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(Done { answer, watch }) => {
                // First the answer: it says which run the events after it belong to.
                let answered = deliver(|| reply.acknowledge(&answer)).await;
                if let Some(watch) = watch {
                    self.begin(watch);
                }
                answered
            }
            Err(error) => {
                let (_, error) = named(&about.refused(error));
                deliver(|| reply.refuse(&error)).await
            }
        }
    }

    async fn perform(&mut self, message: ClientMessage) -> Result<Done, ApiError> {
        let mut done = Done {
            answer: json!({}),
            watch: None,
        };
        match message {
            ClientMessage::Query(query) => {
                self.make_room(None)?;
                self.counted().await?;
                let runs = &self.services.runs;
                let run = runs.start(&self.member, query, Source::Socket).await?;
                done.watch = Some(self.follow(run.id, 0, false).await?);
                let accepted = Control::Accepted {
                    request_id: run.request_id,
                    run_id: run.id,
                    conversation_id: run.conversation_id,
                };
                (_, done.answer) = named(&accepted);
            }
            ClientMessage::Cancel(target) => {
                self.counted().await?;
                let runs = &self.services.runs;
                let run = match target {
                    Target::Run(run) => run,
                    Target::Request(request) => runs.by_request(&self.member, &request).await?.id,
                };
                runs.cancel(&self.member, run).await?;
            }
            ClientMessage::Subscribe { run_id, after_seq } => {
                self.make_room(Some(run_id))?;
                done.watch = Some(self.follow(run_id, after_seq, true).await?);
            }
            ClientMessage::Unsubscribe { run_id } => {
                if let Some(watch) = self.watched.remove(&run_id) {
                    watch.abort();
                }
            }
        }
        Ok(done)
    }

    /// As on the native socket: what starts or stops something.
    async fn counted(&self) -> Result<(), Error> {
        self.services.limits.request(&self.member).await.map(|_| ())
    }

    async fn follow(&self, run: RunId, after: u64, announced: bool) -> Result<Watch, Error> {
        let seen = self.services.feed.follow(&self.member, run, after).await?;
        Ok(Watch {
            run,
            announced,
            seen: seen.boxed(),
        })
    }

    /// For one more watch, before anything is done for it.
    fn make_room(&mut self, run: Option<RunId>) -> Result<(), ApiError> {
        self.watched.retain(|_, watch| !watch.is_finished());
        while self.watches.try_join_next().is_some() {}
        let again = run.is_some_and(|run| self.watched.contains_key(&run));
        if again || self.watched.len() < MOST_WATCHED {
            return Ok(());
        }
        Err(ApiError::from_code(
            ErrorCode::Busy,
            format!("This socket follows {MOST_WATCHED} runs: unsubscribe from one first."),
        ))
    }

    /// A run that is followed already starts again.
    fn begin(&mut self, watch: Watch) {
        if let Some(earlier) = self.watched.remove(&watch.run) {
            earlier.abort();
        }
        let run = watch.run;
        let (socket, stuck) = (self.socket.clone(), self.stuck.clone());
        let watching = self.watches.spawn(async move {
            if let Err(Undelivered::Stuck) = forward(&socket, watch).await {
                stuck.cancel();
            }
        });
        self.watched.insert(run, watching);
    }
}

/// Not every way out is told to the socket's handlers, least of all that it never got in. What was
/// asked before it left is obeyed meanwhile. It is let in after this has begun: see `admit`.
async fn disconnected(socket: &SocketRef, gone: CancellationToken) {
    loop {
        sleep(RECHECK).await;
        if !socket.connected() {
            break;
        }
    }
    gone.cancel();
    std::future::pending().await
}

async fn forward(socket: &SocketRef, watch: Watch) -> Result<(), Undelivered> {
    let Watch {
        run: run_id,
        announced,
        mut seen,
    } = watch;
    while let Some(seen) = seen.next().await {
        let (name, payload) = match seen {
            Ok(Seen::Event(event)) => named(&*event),
            Ok(Seen::Delta(delta)) => {
                show(socket, run_id, (*delta).clone())?;
                continue;
            }
            Ok(Seen::CaughtUp { last_seq, partial }) if announced => named(&Control::Subscribed {
                run_id,
                last_seq,
                partial,
            }),
            Ok(Seen::CaughtUp { partial, .. }) => {
                for delta in partial {
                    show(socket, run_id, delta)?;
                }
                continue;
            }
            // It is the stream's last word.
            Err(error) => {
                let ApiError { error } = error.into();
                named(&Control::Error {
                    request_id: None,
                    run_id: Some(run_id),
                    code: error.code,
                    message: error.message,
                })
            }
        };
        deliver(|| socket.emit(&name, &payload)).await?;
    }
    Ok(())
}

impl Letter {
    /// It is not even opened.
    fn bounce(self) {
        let error = ApiError::from_code(
            ErrorCode::Busy,
            "Messages come faster than they are obeyed: wait for the answers.",
        );
        let (_, error) = named(&About::of(&self.data).refused(error));
        let _ = self.reply.refuse(&error);
    }
}
