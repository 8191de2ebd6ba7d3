//! MCP over streamable HTTP, at /mcp: who may call, from where, and how a call is taken back.
//! The tools are in tools.rs, what they tell while they work in progress.rs.

mod progress;
mod tools;

use crate::pace;
use crate::visit::refuse;
use app::ssr::{AppState, Visit};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use domain::{ApiError, ErrorCode};
use rmcp::model::RequestId;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use services::{Clock, Error, Member, Services, SystemClock};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tools::Tools;
use uuid::Uuid;

const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
/// The longest request body in bytes: room for the longest question.
const MOST_BYTES: usize = 256 * 1024;
/// What a run's request id has room for.
const LONGEST_CALL: usize = 200;

/// The route /mcp. `recognize` goes around it.
///
/// Every request stands for itself and its sender: the server keeps no session that somebody else
/// could take over, and whoever closes the connection takes the call back.
pub fn router(
    state: &AppState,
    public_url: Option<&str>,
    addr: SocketAddr,
    closing: CancellationToken,
) -> Router<AppState> {
    let tools = Tools::new(state.services.clone(), closing);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_allowed_hosts(hosts(public_url, addr))
        .with_max_request_body_bytes(MOST_BYTES);
    let service = StreamableHttpService::new(
        move || Ok(tools.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    Router::new()
        .route_service("/mcp", service)
        .route_layer(from_fn_with_state(state.services.clone(), sessions))
        .route_layer(from_fn_with_state(state.clone(), pace::limit))
        .route_layer(from_fn(authenticated))
}

/// The names that lead here. A page under any other name had it pointed at this address.
fn hosts(public_url: Option<&str>, addr: SocketAddr) -> Vec<String> {
    let public = public_url.and_then(|url| url.parse::<Uri>().ok());
    let public = public.as_ref().and_then(Uri::host).map(str::to_owned);
    let own = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
    own.into_iter()
        .chain([addr.to_string()])
        .chain(public)
        .collect()
}

/// Who sends a request, by what `recognize` found out.
fn sender(extensions: &Extensions) -> Option<&Member> {
    extensions.get::<Visit>()?.member.as_ref()
}

async fn authenticated(request: Request, next: Next) -> Response {
    match sender(request.extensions()) {
        Some(_) => next.run(request).await,
        None => refuse(Error::Unauthorized),
    }
}

/// As much of a message as is needed to tell what it is about.
#[derive(Deserialize)]
struct Heard {
    method: String,
    #[serde(default)]
    params: Named,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Named {
    request_id: Option<RequestId>,
}

/// Hears what clients take back, which without sessions rmcp does not. A client gets a session id
/// all the same; it opens nothing, but together with its sender and the id of a call it names the
/// run that the call started.
async fn sessions(State(services): State<Arc<Services>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return refuse(ApiError::from_code(
            ErrorCode::Malformed,
            "The body is too long, or did not come whole.",
        ));
    };
    let heard = serde_json::from_slice::<Heard>(&body).ok();
    let method = heard.as_ref().map_or("", |heard| heard.method.as_str());
    let begins = method == "initialize";
    if method == "notifications/cancelled" {
        let call = heard.as_ref().and_then(|it| it.params.request_id.as_ref());
        let call = call.and_then(|call| call_name(&head.headers, call));
        if let (Some(member), Some(call)) = (sender(&head.extensions), call) {
            take_back(&services, member, &call).await;
        }
    }
    let request = Request::from_parts(head, Body::from(body));
    let mut response = next.run(request).await;
    if begins
        && response.status().is_success()
        && let Ok(id) = HeaderValue::try_from(SystemClock.new_id().to_string())
    {
        response.headers_mut().insert(SESSION_ID, id);
    }
    response
}

/// The request id of the run that a call starts, the same on every server of a database. Without
/// one, closing the connection is the way to take the call back.
fn call_name(headers: &HeaderMap, call: &RequestId) -> Option<String> {
    let session: Uuid = headers.get(SESSION_ID)?.to_str().ok()?.parse().ok()?;
    let call = serde_json::to_string(call).ok()?;
    let name = format!("mcp/{session}/{call}");
    (name.len() <= LONGEST_CALL).then_some(name)
}

async fn take_back(services: &Services, member: &Member, call: &str) {
    // A call that is not the sender's, or has ended, needs no stopping; notifications get no reply.
    if let Ok(run) = services.runs.by_request(member, call).await {
        let _ = services.runs.cancel(member, run.id).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn our_own_names_and_the_public_one() {
        let addr = SocketAddr::from(([10, 0, 0, 7], 3000));
        let named = |url| hosts(url, addr).split_off(3);
        assert_eq!(named(None), ["10.0.0.7:3000"]);
        assert_eq!(
            named(Some("https://overmind.example.org/")),
            ["10.0.0.7:3000", "overmind.example.org"]
        );
        // Whatever port a proxy in front leaves in the name.
        assert_eq!(
            named(Some("https://overmind.example.org:8443"))[1],
            "overmind.example.org"
        );
        assert_eq!(named(Some("http://[2001:db8::1]:3000"))[1], "[2001:db8::1]");
    }

    #[test]
    fn a_call_is_named_by_its_session_and_its_id() {
        let session = "0198c0de-0000-7000-8000-000000000001";
        let named = |header: &str, id: serde_json::Value| {
            let mut headers = HeaderMap::new();
            headers.insert(SESSION_ID, HeaderValue::from_str(header).unwrap());
            call_name(&headers, &serde_json::from_value(id).unwrap())
        };
        assert_eq!(named(session, json!(7)), Some(format!("mcp/{session}/7")));
        assert_eq!(
            named(session, json!("7")),
            Some(format!("mcp/{session}/\"7\""))
        );
        assert_eq!(named("anything", json!(7)), None);
        assert_eq!(named(session, json!("x".repeat(200))), None);
        assert_eq!(call_name(&HeaderMap::new(), &RequestId::Number(7)), None);
    }

    #[test]
    fn a_message_is_told_by_its_method() {
        let heard = |json: serde_json::Value| serde_json::from_value::<Heard>(json).unwrap();
        let cancelled = heard(json!({
            "jsonrpc": "2.0",
            "method": "notifications/cancelled",
            "params": { "requestId": "a", "reason": "no need" },
        }));
        assert_eq!(cancelled.method, "notifications/cancelled");
        assert_eq!(
            cancelled.params.request_id,
            Some(RequestId::String("a".into()))
        );
        let other = heard(json!({ "method": "tools/call", "params": { "name": "ask" } }));
        assert_eq!(other.params.request_id, None);
        assert_eq!(heard(json!({ "method": "ping" })).params.request_id, None);
    }
}
