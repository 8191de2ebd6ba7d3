//! The native WebSocket: one connection, any number of runs watched over it.
//! What a run says comes from `services::Feed`; rights are looked up again all the time. How it
//! goes out is in outgoing.rs.

mod outgoing;

use crate::visit::refuse;
use app::ssr::{AppState, Visit};
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Query as Parameters, State};
use axum::response::Response;
use domain::wire::{ClientMessage, Control, MAX_CLIENT_MESSAGE, Query, RunDelta};
use domain::{ApiError, ErrorCode, RunId, Source};
use futures::{SinkExt, Stream, StreamExt};
use outgoing::{Outgoing, PATIENCE, Reached, TOO_SLOW, text, write};
use serde::Deserialize;
use services::{Error, Member, Seat, Seen, Services};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Messages that wait for a slow client; then deltas are left out, then the run waits.
const QUEUE: usize = 128;
const MOST_WATCHED: usize = 50;
/// Clients answer a ping by themselves; one that has said nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// Small, because ten thousand idle sockets hold one each.
const READ_BUFFER: usize = 4 * 1024;

const LOGGED_OUT: Closed = (4401, "log in again");
const GONE: Closed = (1000, "");
const GOING_AWAY: u16 = 1001;
const BAD_MESSAGE: u16 = 1003;

#[derive(Clone)]
pub struct SocketState {
    pub app: AppState,
    /// The process stops: every socket is closed with "going away".
    pub closing: CancellationToken,
}

/// What pages of other sites open a socket with: they can send no header.
#[derive(Deserialize)]
pub struct Ticket {
    ticket: Option<String>,
}

pub async fn upgrade(
    State(state): State<SocketState>,
    Extension(visit): Extension<Visit>,
    parameters: Result<Parameters<Ticket>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let ticket = match parameters {
        Ok(Parameters(Ticket { ticket })) => ticket,
        Err(error) => return refuse(ApiError::from_code(ErrorCode::Invalid, error.body_text())),
    };
    if ticket.is_none() && visit.member.is_none() {
        return refuse(Error::Unauthorized);
    }
    // Before the ticket is looked at, which opens one socket.
    let Ok(upgrade) = upgrade else {
        return refuse(ApiError::from_code(
            ErrorCode::Malformed,
            "This address is a WebSocket: open it with ws:// or wss://.",
        ));
    };
    let member = match (ticket, visit.member) {
        (Some(ticket), _) => state.app.services.accounts.by_ticket(&ticket).await,
        (None, member) => member.ok_or(Error::Unauthorized),
    };
    let member = match member {
        Ok(member) => member,
        Err(error) => return refuse(error),
    };
    let seat = match state.app.services.sockets.take(&member) {
        Ok(seat) => seat,
        Err(error) => return refuse(error),
    };
    upgrade
        .max_message_size(MAX_CLIENT_MESSAGE)
        .max_frame_size(MAX_CLIENT_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .on_upgrade(move |socket| Connection::serve(state, member, seat, socket))
}

/// Messages as they are sent, each a [`domain::wire::ServerMessage`].
type Out = mpsc::Sender<Outgoing>;

/// One client. Its watches end with it.
struct Connection {
    services: Arc<Services>,
    member: Member,
    out: Out,
    watches: JoinSet<()>,
    watched: HashMap<RunId, AbortHandle>,
    reached: Reached,
    _seat: Seat,
}

/// The code a socket is closed with, and why.
type Closed = (u16, &'static str);
type Heard = Result<Message, axum::Error>;

impl Connection {
    async fn serve(state: SocketState, member: Member, seat: Seat, socket: WebSocket) {
        let (sink, stream) = socket.split();
        let (out, queue) = mpsc::channel(QUEUE);
        let mut connection = Self {
            services: state.app.services,
            member,
            out,
            watches: JoinSet::new(),
            watched: HashMap::new(),
            reached: Reached::default(),
            _seat: seat,
        };
        let close = CancellationToken::new();
        let write = write(sink, queue, close.clone(), connection.reached.clone());
        let read = async {
            let (services, member) = (connection.services.clone(), connection.member.clone());
            let closed = tokio::select! {
                closed = connection.read(stream) => closed,
                // Beside the messages, because one whose answer finds no room waits for it.
                () = services.dismissed(member) => LOGGED_OUT,
                () = state.closing.cancelled() => (GOING_AWAY, "the server stops"),
            };
            connection.watches.abort_all();
            close.cancel();
            drop(connection);
            closed
        };
        let (mut read, mut write) = (pin!(read), pin!(write));
        tokio::select! {
            // The client takes nothing any more.
            _ = &mut write => {}
            closed = &mut read => {
                if let Some(mut sink) = write.await {
                    let (code, reason) = closed;
                    let frame = CloseFrame { code, reason: reason.into() };
                    let _ = timeout(PATIENCE, sink.send(Message::Close(Some(frame)))).await;
                }
            }
        }
    }

    async fn read(&mut self, mut stream: impl Stream<Item = Heard> + Unpin) -> Closed {
        loop {
            let text = match next_text(&mut stream).await {
                Ok(text) => text,
                Err(closed) => return closed,
            };
            let message = match serde_json::from_str::<ClientMessage>(&text) {
                Ok(message) => message,
                Err(error) => {
                    let message = format!("this message is not understood: {error}");
                    self.say_error(None, None, "malformed", message).await;
                    continue;
                }
            };
            // In a box, because ten thousand sockets wait here and few of them ask.
            if let Err(closed) = Box::pin(self.obey(message)).await {
                return closed;
            }
        }
    }

    async fn obey(&mut self, message: ClientMessage) -> Result<(), Closed> {
        // A role that changed a moment ago counts already.
        let accounts = &self.services.accounts;
        if accounts.recheck(&mut self.member).await.is_err() {
            return Err(LOGGED_OUT);
        }
        match message {
            ClientMessage::Ping {} => self.say(Control::Pong {}).await,
            ClientMessage::Query(query) => self.query(query).await,
            ClientMessage::Cancel { request_id, run_id } => self.cancel(request_id, run_id).await,
            ClientMessage::Subscribe { run_id, after_seq } => self.watch(run_id, after_seq).await,
            ClientMessage::Unsubscribe { run_id } => {
                if let Some(watch) = self.watched.remove(&run_id) {
                    watch.abort();
                    self.reached.forget(run_id);
                }
            }
        }
        Ok(())
    }

    /// Counts what starts or stops something, as over REST. Following is not counted: a page that
    /// finds its server again follows everything that it shows.
    async fn counted(&self) -> Result<(), Error> {
        let Services { limits, .. } = &*self.services;
        limits.request(&self.member).await.map(|_| ())
    }

    async fn query(&mut self, query: Query) {
        let request_id = query.request_id.clone();
        let runs = &self.services.runs;
        let started = match self.counted().await {
            Ok(()) => runs.start(&self.member, query, Source::Socket).await,
            Err(error) => Err(error),
        };
        match started {
            Ok(run) => {
                self.say(Control::Accepted {
                    request_id: run.request_id,
                    run_id: run.id,
                    conversation_id: run.conversation_id,
                })
                .await;
                self.watch(run.id, 0).await;
            }
            Err(error) => self.refuse(request_id, None, error).await,
        }
    }

    async fn cancel(&mut self, request_id: Option<String>, run_id: Option<RunId>) {
        let runs = &self.services.runs;
        if let Err(error) = self.counted().await {
            return self.refuse(request_id, run_id, error).await;
        }
        let run = match (run_id, &request_id) {
            (Some(run), _) => Ok(run),
            (None, Some(request)) => runs
                .by_request(&self.member, request)
                .await
                .map(|run| run.id),
            (None, None) => Err(Error::Invalid {
                field: "run_id",
                message: "name the run: run_id or request_id".to_owned(),
            }),
        };
        let cancelled = match run {
            Ok(run) => runs.cancel(&self.member, run).await,
            Err(error) => Err(error),
        };
        if let Err(error) = cancelled {
            self.refuse(request_id, run_id, error).await;
        }
    }

    /// Follows a run from there on; a run that is followed already starts again.
    async fn watch(&mut self, run: RunId, after: u64) {
        if let Some(watch) = self.watched.remove(&run) {
            watch.abort();
        }
        self.watched.retain(|_, watch| !watch.is_finished());
        while self.watches.try_join_next().is_some() {}
        if self.watched.len() >= MOST_WATCHED {
            let message =
                format!("this socket follows {MOST_WATCHED} runs: unsubscribe from one first");
            return self.say_error(None, Some(run), "busy", message).await;
        }
        match self.services.feed.follow(&self.member, run, after).await {
            Ok(seen) => {
                let (out, place) = (self.out.clone(), self.reached.follow(run, after));
                let watch = self.watches.spawn(async move {
                    let mut seen = pin!(seen);
                    while let Some(seen) = seen.next().await {
                        if let Ok(Seen::Event(event)) = &seen {
                            place.store(event.seq, Ordering::Relaxed);
                        }
                        if !forward(&out, run, seen).await {
                            break;
                        }
                    }
                    let _ = out.send(Outgoing::Told(run, place)).await;
                });
                self.watched.insert(run, watch);
            }
            Err(error) => self.refuse(None, Some(run), error).await,
        }
    }

    async fn refuse(&self, request_id: Option<String>, run_id: Option<RunId>, error: Error) {
        let ApiError { error } = error.into();
        self.say_error(request_id, run_id, &error.code, error.message)
            .await;
    }

    async fn say_error(
        &self,
        request_id: Option<String>,
        run_id: Option<RunId>,
        code: &str,
        message: String,
    ) {
        let code = code.to_owned();
        self.say(Control::Error {
            request_id,
            run_id,
            code,
            message,
        })
        .await;
    }

    async fn say(&self, control: Control) {
        if let Some(text) = text(&control) {
            let _ = self.out.send(Outgoing::Text(text)).await;
        }
    }
}

/// What the client says next, or why it says nothing any more.
async fn next_text(stream: &mut (impl Stream<Item = Heard> + Unpin)) -> Result<Utf8Bytes, Closed> {
    loop {
        match timeout(SILENCE, stream.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => return Ok(text),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
            Ok(Some(Ok(Message::Binary(_)))) => return Err((BAD_MESSAGE, "send JSON as text")),
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return Err(GONE),
            Err(_) => return Err((TOO_SLOW, "no answer to a ping")),
        }
    }
}

/// False when the client is gone or the run is not theirs any more.
async fn forward(out: &Out, run_id: RunId, seen: Result<Seen, Error>) -> bool {
    let message = match seen {
        Ok(Seen::Event(event)) => text(&*event),
        Ok(Seen::Delta(delta)) => {
            let delta = (*delta).clone();
            let Some(text) = text(&RunDelta { run_id, delta }) else {
                return true;
            };
            // Left out when there is no room: the completed text comes with an event.
            return !matches!(
                out.try_send(Outgoing::Text(text)),
                Err(mpsc::error::TrySendError::Closed(_))
            );
        }
        Ok(Seen::CaughtUp { last_seq, partial }) => text(&Control::Subscribed {
            run_id,
            last_seq,
            partial,
        }),
        Err(error) => {
            let ApiError { error } = error.into();
            let message = Control::Error {
                request_id: None,
                run_id: Some(run_id),
                code: error.code,
                message: error.message,
            };
            if let Some(text) = text(&message) {
                let _ = out.send(Outgoing::Text(text)).await;
            }
            return false;
        }
    };
    match message {
        Some(text) => out.send(Outgoing::Text(text)).await.is_ok(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use futures::stream::{iter, pending};
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn who_does_not_answer_is_gone() {
        let said = [Message::Pong(Bytes::new()), Message::text("{}")].map(Ok);
        let mut stream = iter(said).chain(pending());
        assert_eq!(next_text(&mut stream).await.unwrap().as_str(), "{}");
        let start = Instant::now();
        let (code, _) = next_text(&mut stream).await.unwrap_err();
        assert_eq!((code, start.elapsed()), (TOO_SLOW, SILENCE));
    }
}
