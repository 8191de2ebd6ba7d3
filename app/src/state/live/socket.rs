//! The socket itself: a task that opens it, keeps it, and opens it again after it was lost.
//! What comes through it is folded in by [`FollowedRuns`].

use super::backoff::Backoff;
use super::followed::{FollowedRuns, Unserved};
use super::{Command, Connection};
use crate::api::accounts::sessions;
use domain::wire::ClientMessage;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{FutureExt, SinkExt, StreamExt, select};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use gloo_timers::future::{IntervalStream, TimeoutFuture};
use leptos::prelude::*;
use leptos::task::spawn_local;

const PING_MS: u32 = 25_000;
/// The server's word for "your session is over".
const UNAUTHORIZED: u16 = 4401;

#[derive(Clone)]
pub struct Commands(UnboundedSender<Command>);

impl Commands {
    pub fn send(&self, command: Command) {
        // The task ends only with the page.
        let _ = self.0.unbounded_send(command);
    }
}

pub fn start(connection: RwSignal<Connection>) -> Commands {
    let (sender, receiver) = unbounded();
    let task = Task {
        connection,
        commands: receiver,
        runs: FollowedRuns::default(),
        backoff: Backoff::default(),
    };
    spawn_local(task.run());
    Commands(sender)
}

struct Task {
    connection: RwSignal<Connection>,
    commands: UnboundedReceiver<Command>,
    runs: FollowedRuns,
    backoff: Backoff,
}

/// Why a connection ended.
enum Ended {
    /// No run is followed any more.
    Unneeded,
    Lost,
    /// It never opened; a browser does not say why.
    Refused,
    Unauthorized,
    /// The page itself is gone.
    Page,
}

impl Task {
    async fn run(mut self) {
        loop {
            while self.runs.is_empty() {
                match self.commands.next().await {
                    Some(command) => {
                        self.obey(command);
                    }
                    None => return,
                }
            }
            match self.connect().await {
                Ended::Unneeded => self.show(Connection::Idle),
                Ended::Refused if session_is_over().await => return reload(),
                Ended::Lost | Ended::Refused => {
                    self.show(Connection::Reconnecting);
                    if self.pause().await.is_none() {
                        return;
                    }
                    if self.runs.is_empty() {
                        self.show(Connection::Idle);
                    }
                }
                Ended::Unauthorized => return reload(),
                Ended::Page => return,
            }
        }
    }

    /// One connection, from opening it to its end.
    async fn connect(&mut self) -> Ended {
        let Some(socket) = address().and_then(|address| WebSocket::open(&address).ok()) else {
            return Ended::Lost;
        };
        let (mut outgoing, incoming) = socket.split();
        let mut incoming = incoming.fuse();
        let mut pings = IntervalStream::new(PING_MS).fuse();
        let mut replies = self.runs.subscriptions();
        let mut ended = Ended::Refused;

        loop {
            for reply in replies.drain(..) {
                let Ok(text) = serde_json::to_string(&reply) else {
                    continue;
                };
                if outgoing.send(Message::Text(text)).await.is_err() {
                    return ended;
                }
            }
            if self.runs.is_empty() {
                return Ended::Unneeded;
            }
            select! {
                message = incoming.next() => match message {
                    Some(Ok(message)) => {
                        ended = Ended::Lost;
                        match self.receive(message) {
                            Ok(reply) => replies.extend(reply),
                            Err(Unserved) => return ended,
                        }
                        self.backoff.reset();
                        self.show(Connection::Open);
                    }
                    Some(Err(WebSocketError::ConnectionClose(close)))
                        if close.code == UNAUTHORIZED => return Ended::Unauthorized,
                    Some(Err(_)) | None => return ended,
                },
                command = self.commands.next() => match command {
                    Some(command) => replies.extend(self.obey(command)),
                    None => return Ended::Page,
                },
                _ = pings.next() => replies.push(ClientMessage::Ping {}),
            }
        }
    }

    /// Waits before the next attempt; pages may still come and go. `None`: the page is gone.
    async fn pause(&mut self) -> Option<()> {
        let mut over = TimeoutFuture::new(self.backoff.next_ms()).fuse();
        loop {
            select! {
                () = over => return Some(()),
                command = self.commands.next() => {
                    self.obey(command?);
                }
            }
        }
    }

    /// Says what the server has to be told, if there is a connection.
    fn obey(&mut self, command: Command) -> Option<ClientMessage> {
        match command {
            Command::Follow(run_id, transcript) => {
                self.runs.add(run_id, transcript);
                self.runs.subscription(run_id)
            }
            Command::Unfollow(run_id, transcript) => self.runs.remove(run_id, &transcript),
        }
    }

    /// A message that this version does not know is left out.
    fn receive(&mut self, message: Message) -> Result<Option<ClientMessage>, Unserved> {
        let Message::Text(text) = message else {
            return Ok(None);
        };
        match serde_json::from_str(&text) {
            Ok(message) => self.runs.receive(message),
            Err(_) => Ok(None),
        }
    }

    fn show(&self, connection: Connection) {
        if self.connection.get_untracked() != connection {
            self.connection.set(connection);
        }
    }
}

/// Logged out, expired or ended elsewhere: opening the socket again will never help.
async fn session_is_over() -> bool {
    let asked = sessions().await;
    matches!(asked, Err(refused) if refused.0.http_status() == 401)
}

/// The server leads from there to the log-in form.
fn reload() {
    let _ = window().location().reload();
}

/// The socket of the server that the page came from.
fn address() -> Option<String> {
    let location = window().location();
    let scheme = match location.protocol().ok()?.as_str() {
        "https:" => "wss",
        _ => "ws",
    };
    Some(format!("{scheme}://{}/v1/ws", location.host().ok()?))
}
