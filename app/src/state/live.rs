//! Runs as they happen: one socket for all of them, opened when the first run is followed.
//! What an event means is the fold's business ([`Transcript`]); the server never opens a socket.

#[cfg(feature = "hydrate")]
mod backoff;
#[cfg(any(feature = "hydrate", test))]
mod followed;
#[cfg(feature = "hydrate")]
mod socket;

/// The server's build: nothing happens after the page is written.
#[cfg(not(feature = "hydrate"))]
mod socket {
    use super::{Command, Connection};
    use leptos::prelude::RwSignal;

    #[derive(Clone)]
    pub struct Commands;

    impl Commands {
        pub fn send(&self, _: Command) {}
    }

    pub fn start(_: RwSignal<Connection>) -> Commands {
        Commands
    }
}

use domain::{RunId, Transcript};
use leptos::prelude::*;

/// How the socket is, for the banner above the conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Nothing is followed, or the first connection is being made.
    #[default]
    Idle,
    Open,
    /// It was lost and is being made again.
    Reconnecting,
}

/// What pages ask of the socket.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "the server's socket reads no command")
)]
enum Command {
    Follow(RunId, ArcRwSignal<Transcript>),
    /// Only this one: the same run may be followed again before the first view of it is gone.
    Unfollow(RunId, ArcRwSignal<Transcript>),
}

#[derive(Clone)]
pub struct Live {
    connection: RwSignal<Connection>,
    commands: socket::Commands,
}

impl Live {
    /// Makes it known to every page; once, in `App`.
    pub fn provide() {
        let connection = RwSignal::new(Connection::default());
        provide_context(Self {
            connection,
            commands: socket::start(connection),
        });
    }

    #[expect(clippy::expect_used, reason = "App provides it around every page")]
    pub fn expect() -> Self {
        use_context().expect("Live::provide() comes before Live::expect()")
    }

    /// The run's transcript, which goes on from `start` until the owner of this call is gone.
    pub fn follow(&self, run_id: RunId, start: Transcript) -> RwSignal<Transcript> {
        let transcript = ArcRwSignal::new(start);
        if is_browser() {
            let commands = self.commands.clone();
            let gone = Command::Unfollow(run_id, transcript.clone());
            commands.send(Command::Follow(run_id, transcript.clone()));
            on_cleanup(move || commands.send(gone));
        }
        transcript.into()
    }

    pub fn connection(&self) -> Signal<Connection> {
        self.connection.into()
    }
}
