//! Which program answers.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct About {
    #[schema(example = "overmind")]
    name: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Read the version
#[utoipa::path(
    get, path = "/version", tag = "about",
    operation_id = "get_version",
    security(()),
    responses((status = OK, body = About)),
)]
pub async fn version() -> Json<About> {
    Json(About {
        name: "overmind",
        version: env!("CARGO_PKG_VERSION"),
    })
}
