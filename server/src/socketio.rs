//! Socket.IO at /socket.io, for the specification's clients: where it answers, within which
//! limits, and who may connect. What is said over a connection is in server/src/socketio/.

mod connection;
mod delivery;
mod message;
mod payload;

use crate::visit::refuse;
use crate::ws::SocketState;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use connection::Connection;
use domain::wire::MAX_CLIENT_MESSAGE;
use domain::{ApiError, ErrorCode};
use serde::Deserialize;
use services::Error;
use socketioxide::extract::{SocketRef, State, TryData};
use socketioxide::handler::ConnectHandler;
use socketioxide::{ParserConfig, SocketIo};
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// Messages that wait for a slow client; then deltas are left out, then the run waits.
const BUFFER: usize = 128;
/// Small, because ten thousand idle sockets hold one each.
const READ_BUFFER: usize = 4 * 1024;
/// Whoever has not said who they are by then is closed.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// None is expected; they are held before anybody said who they are.
const MOST_ATTACHMENTS: usize = 16;

/// What `io(url, { auth: { token } })` sends: an access token or an API key.
#[derive(Deserialize)]
struct Auth {
    token: String,
}

/// For the server's root: the path is where clients look by themselves.
pub fn router<S: Clone + Send + Sync + 'static>(state: SocketState) -> Router<S> {
    let (service, io) = SocketIo::builder()
        .max_buffer_size(BUFFER)
        .max_payload(MAX_CLIENT_MESSAGE as u64)
        .ws_max_message_size(MAX_CLIENT_MESSAGE)
        .ws_max_frame_size(MAX_CLIENT_MESSAGE)
        .ws_read_buffer_size(READ_BUFFER)
        .connect_timeout(INTRODUCTION)
        .with_parser(
            ParserConfig::common()
                .max_incoming_binaries(MOST_ATTACHMENTS)
                .max_incoming_binary_buf_size(MAX_CLIENT_MESSAGE),
        )
        .with_state(state)
        .with_state(TaskTracker::new())
        .build_svc();
    io.ns("/", welcome.with(admit));
    Router::new()
        .route_service("/socket.io", service.clone())
        .route_service("/socket.io/", service)
        .layer(from_fn(go_on_polling))
}

/// Everything is ready by then: see [`admit`].
async fn welcome(_: SocketRef) {}

/// Runs before the client hears that it is connected, so that no message comes too early.
async fn admit(
    io: SocketIo,
    socket: SocketRef,
    State(state): State<SocketState>,
    State(tasks): State<TaskTracker>,
    TryData(auth): TryData<Auth>,
) -> Result<(), ApiError> {
    let Ok(Auth { token }) = auth else {
        return Err(stranger());
    };
    let found = state.app.services.accounts.by_bearer(&token).await;
    let member = found.map_err(|error| match error {
        Error::Unauthorized => stranger(),
        other => other.into(),
    })?;
    let seat = state.app.services.sockets.take(&member)?;
    tasks.spawn(Connection::open(state, io, socket, member, seat));
    Ok(())
}

fn stranger() -> ApiError {
    ApiError::from_code(
        ErrorCode::Unauthorized,
        "The token is missing, wrong or expired: send auth: { token }, with an access token or an \
         API key.",
    )
}

/// A client that began by polling stays with it. Changing to a WebSocket on the way loses the
/// message that the last poll had no room for (engineioxide 0.17.9: `peeked_packet` is not read
/// by the WebSocket), and clients are content when the change fails.
async fn go_on_polling(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let says = |what: &str| query.split('&').any(|pair| pair.starts_with(what));
    if says("transport=websocket") && says("sid=") {
        return refuse(ApiError::from_code(
            ErrorCode::Conflict,
            "A polling connection cannot become a WebSocket: connect with transports: \
             [\"websocket\"].",
        ));
    }
    next.run(request).await
}
