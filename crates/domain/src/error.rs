//! The one error shape that crosses every boundary: REST, sockets, server functions, `ask --json`.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    Malformed,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    PreconditionFailed,
    Invalid,
    RateLimited,
    /// What may be used in a month is used up.
    QuotaReached,
    Internal,
    Busy,
}

impl ErrorCode {
    pub fn http_status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::Invalid => 422,
            Self::RateLimited | Self::QuotaReached => 429,
            Self::Internal => 500,
            Self::Busy => 503,
        }
    }
}

/// Serializes as `{"error":{"code","message","field"?,"retry_after"?,"incident"?}}`.
/// `code` is one of [`ErrorCode`] or, for a run that failed, the engine's own code
/// (`quorum_missed`, `no_model`, ...), so that programs can tell them apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiError {
    pub error: ErrorBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which the same request may succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Names the log line with the details that are not for the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
}

impl ApiError {
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error: ErrorBody {
                code: code.into(),
                message: message.into(),
                field: None,
                retry_after: None,
                incident: None,
            },
        }
    }

    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        let mut error = Self::from_code(ErrorCode::Invalid, message);
        error.error.field = Some(field.to_owned());
        error
    }

    pub fn from_code(code: ErrorCode, message: impl Into<String>) -> Self {
        let code = match serde_json::to_value(code) {
            Ok(serde_json::Value::String(code)) => code,
            _ => "internal".to_owned(),
        };
        Self::new(code, message)
    }
}

impl ApiError {
    /// Of its code; codes of failed runs are the server's inability to answer.
    pub fn http_status(&self) -> u16 {
        let code = serde_json::Value::String(self.error.code.clone());
        serde_json::from_value::<ErrorCode>(code)
            .unwrap_or(ErrorCode::Busy)
            .http_status()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error.message)
    }
}

impl std::error::Error for ApiError {}
