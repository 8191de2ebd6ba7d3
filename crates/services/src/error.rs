//! How a request is refused, and how that looks from outside.

use crate::clock::{Clock, SystemClock};
use domain::user::Invalid;
use domain::{ApiError, ErrorCode};
use store::StoreError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Log in first.")]
    Unauthorized,
    /// The credentials do not fit.
    #[error("{0}")]
    WrongCredentials(&'static str),
    #[error("{0}")]
    Forbidden(&'static str),
    /// Names what is not there; a foreign thing is not there either.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    #[error("{0}")]
    Conflict(&'static str),
    #[error(
        "The workflow “{0}” uses this agent: take it out there first, or switch the agent off."
    )]
    InUse(String),
    #[error("Somebody has changed this since you read it: read it again, then decide.")]
    Stale,
    /// A model's provider did not do its part; in its own words.
    #[error("{message}")]
    Provider { code: &'static str, message: String },
    #[error("{message}")]
    Invalid {
        field: &'static str,
        message: String,
    },
    #[error("Too many requests. Try again in {}.", waiting(*.retry_after))]
    RateLimited { limit: usize, retry_after: u64 },
    /// What may be used in the month is used up.
    #[error("{message}")]
    QuotaReached { message: String, retry_after: u64 },
    #[error("{0}")]
    Busy(&'static str),
    /// So much is under way that no more is accepted.
    #[error("{message}")]
    Full {
        message: &'static str,
        retry_after: u64,
    },
    #[error(
        "No model is connected. An admin connects a provider under Providers; whoever runs this \
         server may also set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or OLLAMA_HOST, or \
         fetch the built-in model with scripts/fetch-model.sh, and start Overmind again."
    )]
    NoModel,
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something that cannot be; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

fn waiting(seconds: u64) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid {
            field: invalid.field,
            message: invalid.message.to_owned(),
        }
    }
}

/// What is refused while the database does not answer.
pub fn no_database() -> ApiError {
    let message = "The database does not answer. Nothing was changed; try again in a moment.";
    let mut error = ApiError::from_code(ErrorCode::Busy, message);
    error.error.retry_after = Some(1);
    error
}

impl From<Error> for ApiError {
    /// What the caller is told. Causes that are not theirs are logged under an incident id.
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let plain = |code| Self::from_code(code, message.clone());
        match error {
            Error::Unauthorized | Error::WrongCredentials(_) => plain(ErrorCode::Unauthorized),
            Error::Forbidden(_) => plain(ErrorCode::Forbidden),
            Error::NotFound(_) => plain(ErrorCode::NotFound),
            Error::Conflict(_) | Error::InUse(_) => plain(ErrorCode::Conflict),
            Error::Stale => plain(ErrorCode::PreconditionFailed),
            Error::Provider { code, message } => Self::new(code, message),
            Error::Invalid { field, message } => Self::invalid(field, message),
            Error::RateLimited { retry_after, .. } => {
                let mut error = plain(ErrorCode::RateLimited);
                error.error.retry_after = Some(retry_after);
                error
            }
            Error::QuotaReached { retry_after, .. } => {
                let mut error = plain(ErrorCode::QuotaReached);
                error.error.retry_after = Some(retry_after);
                error
            }
            Error::Busy(_) => plain(ErrorCode::Busy),
            Error::Full { retry_after, .. } => {
                let mut error = plain(ErrorCode::Busy);
                error.error.retry_after = Some(retry_after);
                error
            }
            Error::NoModel => Self::new("no_model", message),
            Error::Store(StoreError::Unavailable(cause)) => {
                incident(no_database(), &cause.to_string())
            }
            Error::Store(cause) if cause.is_full() => incident(
                Self::from_code(
                    ErrorCode::Internal,
                    "The server's disk is full. Nothing was changed; tell whoever runs this server.",
                ),
                &cause.to_string(),
            ),
            Error::Store(cause) => incident(unexpected(), &cause.to_string()),
            Error::Internal(cause) => incident(unexpected(), &cause),
        }
    }
}

fn unexpected() -> ApiError {
    ApiError::from_code(
        ErrorCode::Internal,
        "Something went wrong here. Try again; the server's log says more.",
    )
}

/// Logged once, here, and found again by the id that the caller sees.
fn incident(mut error: ApiError, cause: &str) -> ApiError {
    let incident = SystemClock.new_id().to_string();
    tracing::error!(%incident, cause, "a request failed");
    error.error.incident = Some(incident);
    error
}
