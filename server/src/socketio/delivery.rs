//! How a Socket.IO client is told something through a buffer that may be full: what must arrive
//! waits, what may be missed is left out. What is told is decided in connection.rs.

use super::payload::named;
use domain::wire::{Control, RunDelta};
use domain::{Delta, RunId};
use serde_json::{Value, json};
use services::presence::RECHECK;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::{AckSender, SocketRef};
use socketioxide::handler::{FromMessageParts, Value as Packet};
use socketioxide::socket::Socket;
use socketioxide::{SendError, SocketError};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// A client that takes nothing for this long is disconnected; it resumes when it comes back.
const PATIENCE: Duration = Duration::from_secs(20);
/// Until a full buffer is tried again: the library does not say when there is room.
const PAUSE: Duration = Duration::from_millis(20);

/// Why a client was not told something that it must be told.
pub enum Undelivered {
    /// It left.
    Gone,
    /// It takes nothing.
    Stuck,
}

/// Left out when there is no room: the completed text comes with an event.
pub fn show(socket: &SocketRef, run_id: RunId, delta: Delta) -> Result<(), Undelivered> {
    let (name, payload) = named(&RunDelta { run_id, delta });
    match socket.emit(&name, &payload) {
        Err(SendError::Socket(SocketError::Closed)) => Err(Undelivered::Gone),
        _ => Ok(()),
    }
}

/// Waits for room in the socket's buffer, so that nothing is lost and nothing grows.
pub async fn deliver(send: impl Fn() -> Result<(), SendError>) -> Result<(), Undelivered> {
    let sent = timeout(PATIENCE, async {
        loop {
            match send() {
                Err(SendError::Socket(SocketError::InternalChannelFull)) => sleep(PAUSE).await,
                sent => break sent,
            }
        }
    });
    match sent.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Undelivered::Gone),
        Err(_) => Err(Undelivered::Stuck),
    }
}

/// Disconnects the client and says why, where there is room for it.
pub async fn leave(socket: SocketRef, code: &str, message: &str) {
    let (name, error) = named(&Control::Error {
        request_id: None,
        run_id: None,
        code: code.to_owned(),
        message: message.to_owned(),
    });
    let _ = socket.emit(&name, &error);
    // This needs room too. A client that never makes any is closed by the heartbeat.
    while socket.connected() && socket.clone().disconnect().is_err() {
        sleep(RECHECK).await;
    }
}

/// Where the answer to a message goes: into its acknowledgement, if the client waits for one.
pub struct Reply {
    socket: Arc<Socket>,
    acknowledgement: Option<i64>,
}

impl FromMessageParts<LocalAdapter> for Reply {
    type Error = Infallible;

    fn from_message_parts(
        socket: &Arc<Socket>,
        _: &mut Packet,
        acknowledgement: &Option<i64>,
    ) -> Result<Self, Infallible> {
        Ok(Self {
            socket: socket.clone(),
            acknowledgement: *acknowledgement,
        })
    }
}

impl Reply {
    /// Does nothing when nobody waits for it.
    pub fn acknowledge(&self, answer: &Value) -> Result<(), SendError> {
        let mut nothing = Packet::Str("".into(), None);
        // A sender is used up by an attempt, whether or not there is room: each gets its own.
        let Ok(sender) =
            AckSender::from_message_parts(&self.socket, &mut nothing, &self.acknowledgement);
        sender.send(answer)
    }

    pub fn refuse(&self, error: &Value) -> Result<(), SendError> {
        match self.acknowledgement {
            Some(_) => self.acknowledge(&json!({ "error": error })),
            None => self.socket.emit("error", error),
        }
    }

    /// Nobody is left to answer.
    pub fn hang_up(self) {
        let _ = self.socket.disconnect();
    }
}
