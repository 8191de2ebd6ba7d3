//! /docs: the REST interface to read and try out in a browser, without anything from elsewhere.

use app::ssr::AppState;
use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::middleware::map_response;
use axum::response::Response;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Its style sheet is partly written into its elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

pub fn router() -> Router<AppState> {
    let config = Config::from("/v1/openapi.json")
        // Without the bar that asks for another document.
        .use_base_layout()
        .try_it_out_enabled(false)
        .display_request_duration(true)
        .persist_authorization(false);
    Router::from(SwaggerUi::new("/docs").config(config)).layer(map_response(confine))
}

async fn confine(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(POLICY);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, policy);
    response
}
