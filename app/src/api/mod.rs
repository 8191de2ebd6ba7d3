//! What pages ask of the server: thin functions, each one call into `services`.
//! They are public addresses; who may do what is decided below them.

pub mod accounts;
pub mod analytics;
pub mod api_keys;
pub mod audit;
pub mod connections;
pub mod conversations;
pub mod deliberation;
pub mod exchange;
pub mod keeping;
pub mod library;
pub mod members;
pub mod organization;
pub mod shares;
pub mod sidebar;

use domain::{ApiError, ErrorCode};
use exchange::{Exchange, JsonText};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A request that was refused, in the one shape that errors have everywhere.
/// A type of its own only because the trait and [`ApiError`] both live elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Refused(pub ApiError);

impl Refused {
    pub fn message(&self) -> String {
        self.0.error.message.clone()
    }

    /// Whether it is about that field of the form.
    pub fn is_about(&self, field: &str) -> bool {
        self.0.error.field.as_deref() == Some(field)
    }
}

impl Refused {
    /// What came is of another version than what was sent.
    pub fn not_understood() -> Self {
        Self(ApiError::from_code(
            ErrorCode::Malformed,
            t!("The server's reply is not understood. Load the page again."),
        ))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl FromServerFnError for Refused {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => {
                ApiError::from_code(ErrorCode::Malformed, t!("The request is not understood."))
            }
            ServerFnErrorErr::Request(_) => ApiError::from_code(
                ErrorCode::Busy,
                t!("The server cannot be reached. Check the connection and try again."),
            ),
            _ => ApiError::from_code(
                ErrorCode::Internal,
                t!("Something went wrong here. Try again; the server's log says more."),
            ),
        })
    }
}
