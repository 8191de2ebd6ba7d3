//! Errors in OpenAI's shape, and the layer that gives it to what is refused in front of us.

use axum::Json;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

/// OpenAI's clients send a request again after 409 and 5xx unless this says `false`.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "error": {
    "message": "There is no model `gpt-5`: GET /v1/models lists them.",
    "type": "invalid_request_error", "param": "model", "code": "model_not_found"
} }))]
pub struct OpenAiError {
    pub error: OpenAiErrorBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OpenAiErrorBody {
    message: String,
    /// `invalid_request_error`, `permission_error`, `rate_limit_error` or `server_error`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The part of the request that cannot be accepted.
    param: Option<String>,
    /// OpenAI's code where it has one, else ours.
    code: String,
}

/// A request that is not answered.
#[derive(Debug)]
pub struct Fault {
    status: StatusCode,
    error: OpenAiErrorBody,
    /// The run has ended: sent again, the request would be worked on, and paid for, once more.
    over: bool,
}

impl Fault {
    fn new(status: StatusCode, code: &str, param: Option<&str>, message: &str) -> Self {
        Self {
            status,
            error: OpenAiErrorBody {
                message: message.to_owned(),
                kind: kind(status),
                param: param.map(str::to_owned),
                code: code.to_owned(),
            },
            over: false,
        }
    }

    /// What the parameter asks for is not done here.
    pub fn unsupported(param: &str, message: &str) -> Self {
        let code = "unsupported_parameter";
        Self::new(StatusCode::BAD_REQUEST, code, Some(param), message)
    }

    /// One of the messages cannot be read.
    pub fn message(message: &str) -> Self {
        let code = "invalid_value";
        Self::new(StatusCode::BAD_REQUEST, code, Some("messages"), message)
    }

    pub fn no_such_model(model: &str) -> Self {
        let message = format!("There is no model `{model:.100}`: GET /v1/models lists them.");
        let code = "model_not_found";
        Self::new(StatusCode::NOT_FOUND, code, Some("model"), &message)
    }

    /// The run ended with an error.
    pub fn failed(code: &str, message: &str) -> Self {
        Self {
            over: true,
            ..Self::new(status_of_failed(code), code, None, message)
        }
    }

    pub fn cancelled(reason: &str) -> Self {
        let message = format!("The run was cancelled: {reason}.");
        Self {
            over: true,
            ..Self::new(StatusCode::CONFLICT, "cancelled", None, &message)
        }
    }

    /// What a stream says, in which the status has been sent already.
    pub fn into_error(self) -> OpenAiError {
        OpenAiError { error: self.error }
    }

    #[cfg(test)]
    pub fn place(&self) -> (u16, Option<&str>) {
        (self.status.as_u16(), self.error.param.as_deref())
    }
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.http_status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = error.error;
        let code = match status {
            StatusCode::UNAUTHORIZED => "invalid_api_key",
            StatusCode::TOO_MANY_REQUESTS if error.code == "quota_reached" => "insufficient_quota",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_exceeded",
            _ => error.code.as_str(),
        };
        // Their shape has no place of its own for it.
        let message = match error.incident {
            Some(incident) => format!("{} Incident {incident}.", error.message),
            None => error.message,
        };
        let param = error.field.as_deref().map(param);
        Self::new(status, code, param, &message)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, over) = (self.status, self.over);
        let mut response = (status, Json(self.into_error())).into_response();
        if over {
            let headers = response.headers_mut();
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        response
    }
}

fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    }
}

/// The services' name for a part of a question, in the request that it came from.
fn param(field: &str) -> &str {
    match field {
        "message" => "messages",
        "workflow_id" => "model",
        "max_iterations" => "overmind.max_iterations",
        "quality_threshold" => "overmind.quality_threshold",
        "request_id" => "Idempotency-Key",
        other => other,
    }
}

/// Whether a provider let us down, or something here did.
fn status_of_failed(code: &str) -> StatusCode {
    match code {
        "provider_not_configured" => StatusCode::SERVICE_UNAVAILABLE,
        "context_exceeded" | "invalid_reply" | "local_model_failed" | "quorum_missed"
        | "unknown_model" => StatusCode::BAD_GATEWAY,
        code if code.starts_with("provider_") => StatusCode::BAD_GATEWAY,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Rewrites what is refused at OpenAI's addresses, by ourselves or by a layer in front of us, into
/// OpenAI's shape. Status and headers stay.
pub async fn openai_errors(request: Request, next: Next) -> Response {
    let openai = is_openai(request.uri().path());
    let response = next.run(request).await;
    if !openai {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Some(error) = head.extensions.remove::<ApiError>() else {
        return Response::from_parts(head, body);
    };
    // That of the old body; the new one's is set when it is sent.
    head.headers.remove(CONTENT_LENGTH);
    let error = Json(Fault::from(error).into_error()).into_response();
    Response::from_parts(head, error.into_body())
}

/// The prefix is gone where the layer lies inside of the nest.
fn is_openai(path: &str) -> bool {
    let path = path.strip_prefix("/v1").unwrap_or(path);
    let model = path.strip_prefix("/models/");
    path == "/chat/completions" || path == "/models" || model.is_some_and(|id| !id.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ErrorCode;
    use serde_json::{Value, json};

    fn shown(fault: Fault) -> Value {
        serde_json::to_value(fault.into_error()).unwrap()
    }

    #[test]
    fn our_errors_have_a_place_in_openais_shape() {
        const REQUEST: &str = "invalid_request_error";
        for (ours, status, kind, code) in [
            (ErrorCode::Malformed, 400, REQUEST, "malformed"),
            (ErrorCode::Unauthorized, 401, REQUEST, "invalid_api_key"),
            (ErrorCode::Forbidden, 403, "permission_error", "forbidden"),
            (ErrorCode::NotFound, 404, REQUEST, "not_found"),
            (ErrorCode::Conflict, 409, REQUEST, "conflict"),
            (ErrorCode::Invalid, 422, REQUEST, "invalid"),
            (
                ErrorCode::RateLimited,
                429,
                "rate_limit_error",
                "rate_limit_exceeded",
            ),
            (ErrorCode::Internal, 500, "server_error", "internal"),
            (ErrorCode::Busy, 503, "server_error", "busy"),
        ] {
            let fault = Fault::from(ApiError::from_code(ours, "No."));
            assert_eq!(fault.place(), (status, None));
            let shape = json!({ "error": {
                "message": "No.", "type": kind, "param": null, "code": code
            } });
            assert_eq!(shown(fault), shape);
        }
    }

    #[test]
    fn fields_are_named_as_in_the_request_and_incidents_are_told() {
        for (field, param) in [
            ("message", "messages"),
            ("workflow_id", "model"),
            ("quality_threshold", "overmind.quality_threshold"),
            ("temperature", "temperature"),
        ] {
            let fault = Fault::from(ApiError::invalid(field, "No."));
            assert_eq!(fault.place(), (422, Some(param)));
        }
        let mut error = ApiError::from_code(ErrorCode::Internal, "Something went wrong here.");
        error.error.incident = Some("42".to_owned());
        let told = shown(Fault::from(error));
        let message = "Something went wrong here. Incident 42.";
        assert_eq!(told["error"]["message"], message);
    }

    #[test]
    fn a_run_that_failed_says_whether_a_provider_did() {
        for (code, status) in [
            ("provider_unavailable", 502),
            ("provider_rate_limited", 502),
            ("quorum_missed", 502),
            ("unknown_model", 502),
            ("provider_not_configured", 503),
            ("budget_exhausted", 503),
            ("deadline_exceeded", 503),
            ("disk_full", 503),
        ] {
            let fault = Fault::failed(code, "It was too much.");
            assert_eq!(fault.place(), (status, None), "{code}");
            let response = fault.into_response();
            assert_eq!(response.headers()[SHOULD_RETRY], "false", "{code}");
        }
        let cancelled = Fault::cancelled("stopped by the person who asked");
        assert_eq!(cancelled.place(), (409, None));
        let refused = Fault::no_such_model("gpt-5");
        assert_eq!(refused.place(), (404, Some("model")));
        let refused = refused.into_response();
        assert!(!refused.headers().contains_key(SHOULD_RETRY));
    }

    #[test]
    fn only_openais_addresses_speak_openais_language() {
        for (path, openai) in [
            ("/chat/completions", true),
            ("/v1/chat/completions", true),
            ("/models", true),
            ("/v1/models", true),
            ("/v1/models/quick", true),
            ("/models/quick/versions", false),
            ("/v1/runs/1", false),
            ("/v1x/models", false),
            ("/", false),
        ] {
            assert_eq!(is_openai(path), openai, "{path}");
        }
    }
}
