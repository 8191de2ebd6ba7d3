//! How the process is, for whoever runs it: it lives, it can work. No log-in is needed for it.

use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// A database that takes longer than this is not ready.
const PATIENCE: Duration = Duration::from_secs(3);

/// The process lives, whatever its database does.
pub async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Requests may be sent here: the database answers and has the tables of this version.
pub async fn ready(State(state): State<AppState>) -> Response {
    let (database, migrations) = match timeout(PATIENCE, state.services.ready()).await {
        Ok(Ok(true)) => ("ok", "ok"),
        Ok(Ok(false)) => ("ok", "behind"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            ("unreachable", "unknown")
        }
        Err(_) => ("slow", "unknown"),
    };
    // Without Redis events are found in the database: slower, and nothing is lost.
    let bus = match state.services.redis_answers() {
        None | Some(true) => "ok",
        Some(false) => "redis_unreachable",
    };
    let fine = migrations == "ok";
    let status = if fine {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "status": if fine { "ready" } else { "not_ready" },
        "checks": { "database": database, "migrations": migrations, "bus": bus },
    });
    (status, Json(body)).into_response()
}
