//! What went wrong with a connection, found in an error's chain of causes.

use crate::resolver::BlockedName;
use std::error::Error;
use std::io::ErrorKind;

/// The error and what caused it, the outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// How a request failed before a whole answer arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The name leads to an address that users may not reach.
    Blocked,
    /// No connection in time.
    ConnectTimeout,
    /// Nobody listens there.
    Refused,
    /// The name is unknown, the certificate is wrong, the network is down.
    Unreachable,
    /// The whole answer took too long.
    Timeout,
    /// The connection broke on the way.
    Broken,
}

impl Failure {
    /// `None` when no part of the chain is an error of the client.
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        if causes(error).any(|error| error.is::<BlockedName>()) {
            return Some(Self::Blocked);
        }
        let client = causes(error).find_map(|error| error.downcast_ref::<reqwest::Error>())?;
        Some(match (client.is_connect(), client.is_timeout()) {
            (true, true) => Self::ConnectTimeout,
            (true, false) => {
                let refused = causes(error)
                    .filter_map(|error| error.downcast_ref::<std::io::Error>())
                    .any(|error| error.kind() == ErrorKind::ConnectionRefused);
                if refused {
                    Self::Refused
                } else {
                    Self::Unreachable
                }
            }
            (false, true) => Self::Timeout,
            (false, false) => Self::Broken,
        })
    }

    /// Words that end a sentence like "OpenAI cannot be reached: ...".
    pub fn words(self) -> &'static str {
        match self {
            Self::Blocked => "its address is private or reserved, which is not allowed here",
            Self::ConnectTimeout => "no connection in time",
            Self::Refused => "connection refused",
            Self::Unreachable => "unknown host, bad certificate or no network",
            Self::Timeout => "no complete answer in time",
            Self::Broken => "the connection broke",
        }
    }
}
