//! Which address leads where, and the headers that every response carries. Pages live in `app`.

use crate::docs_page;
use crate::mcp;
use crate::origin::{self, AllowedOrigins, PublicOrigin};
use crate::request_id;
use crate::rest;
use crate::socketio;
use crate::status;
use crate::visit::recognize;
use crate::whole_body;
use crate::ws::{self, SocketState};
use app::ssr::AppState;
use app::{App, shell};
use axum::body::Body;
use axum::extract::Request;
use axum::handler::HandlerWithoutStateExt;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, ETAG, HeaderName, IF_NONE_MATCH,
    LAST_MODIFIED, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::{ApiError, ErrorCode};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use std::any::Any;
use std::hash::{DefaultHasher, Hasher};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What the routes need to know beyond what pages know.
pub struct Surface {
    pub app: AppState,
    pub public_origin: PublicOrigin,
    /// Without its last slash.
    pub public_url: Option<String>,
    pub allowed_origins: AllowedOrigins,
    pub closing: CancellationToken,
}

pub fn router(surface: Surface) -> Router {
    let Surface {
        app: state,
        public_origin,
        public_url,
        allowed_origins,
        closing,
    } = surface;
    let options = &state.leptos_options;
    let site = Router::new()
        .fallback_service(
            ServeDir::new(&*options.site_root)
                .precompressed_br()
                .precompressed_gzip()
                .append_index_html_on_directories(false)
                .fallback(not_found(state.clone()).into_service()),
        )
        .layer(from_fn(revalidate));

    let sockets = SocketState {
        app: state.clone(),
        closing: closing.clone(),
    };
    let public_url = public_url.as_deref();
    let mcp = mcp::router(&state, public_url, options.site_addr, closing.clone());
    let programs = rest::router(&state, closing)
        .route("/ws", get(ws::upgrade).with_state(sockets.clone()))
        .layer(from_fn_with_state(state.clone(), recognize))
        .layer(from_fn(rest::openai_errors))
        .route("/openapi.json", get(|| async { Json(&*rest::DOCUMENT) }))
        .layer(allowed_origins.layer());
    // Its clients say who they are within the connection.
    let socket_io = socketio::router(sockets).layer(allowed_origins.layer());
    let router = Router::new()
        .leptos_routes(&state, generate_route_list(App), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .merge(mcp)
        .layer(from_fn_with_state(state.clone(), recognize))
        .nest("/v1", programs)
        .merge(socket_io)
        .route("/health", get(status::health))
        .route("/ready", get(status::ready))
        .merge(docs_page::router())
        .fallback_service(site)
        .layer(from_fn_with_state(
            (public_origin, allowed_origins),
            origin::check,
        ))
        .layer(from_fn(whole_body::read))
        .with_state(state);
    protected(router)
}

/// What holds for everything that is answered.
fn protected(router: Router) -> Router {
    router
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(secure))
        .layer(from_fn(request_id::name))
}

/// Renders the page for an address that leads nowhere; the page itself sets the status.
fn not_found(state: AppState) -> impl Fn(Request) -> NotFoundPage + Clone + Send + 'static {
    let options = state.leptos_options.clone();
    leptos_axum::render_app_to_stream_with_context(
        move || provide_context(state.clone()),
        move || shell(options.clone()),
    )
}

type NotFoundPage = std::pin::Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// Browsers ask for every file again and are told when theirs is still good: file names stay the
/// same across builds. The tag is made of the content, because copied files keep no honest date.
async fn revalidate(mut request: Request, next: Next) -> Response {
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let method = std::mem::replace(request.method_mut(), Method::GET);
    if method != Method::GET && method != Method::HEAD {
        *request.method_mut() = method;
        return next.run(request).await;
    }

    let response = next.run(request).await;
    let (mut head, body) = response.into_parts();
    if head.status != StatusCode::OK {
        let body = if method == Method::HEAD {
            Body::empty()
        } else {
            body
        };
        return Response::from_parts(head, body);
    }
    let Ok(content) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };

    let mut hasher = DefaultHasher::new();
    hasher.write(&content);
    // Weak, because the compression layer may encode the same content in another way.
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    head.headers.remove(LAST_MODIFIED);
    head.headers
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    head.headers
        .insert(VARY, HeaderValue::from_static("accept-encoding"));
    let unchanged = known.as_ref().is_some_and(|known| names(known, &tag));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        head.headers.insert(ETAG, tag);
    }

    if unchanged {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(CONTENT_LENGTH);
    }
    let silent = unchanged || method == Method::HEAD;
    Response::from_parts(
        head,
        if silent {
            Body::empty()
        } else {
            content.into()
        },
    )
}

fn names(if_none_match: &HeaderValue, tag: &str) -> bool {
    if_none_match.to_str().is_ok_and(|tags| {
        tags.split(',')
            .any(|known| known.trim() == tag || known.trim() == "*")
    })
}

/// Pages bring a policy of their own, with a nonce; what is no page may load nothing at all.
async fn secure(mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (
            PERMISSIONS_POLICY,
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages differ by cookie; files say for themselves how long they keep.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    response
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked; the panic's own message stands above");
    let error = ApiError::from_code(
        ErrorCode::Internal,
        "Something went wrong here. Try again; the server's log says more.",
    );
    (StatusCode::INTERNAL_SERVER_ERROR, Json(error)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_panic_ends_one_request() {
        async fn bomb() -> &'static str {
            panic!("boom")
        }
        let router = Router::new()
            .route("/bomb", get(bomb))
            .route("/fine", get(|| async { "fine" }));
        let router = protected(router);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let serving = axum::serve(listener, router).into_future();
        let asking = async {
            let ask = async |path: &str| {
                let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
                let request = format!("GET {path} HTTP/1.0\r\nHost: {addr}\r\n\r\n");
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut reply = String::new();
                stream.read_to_string(&mut reply).await.unwrap();
                reply
            };
            let reply = ask("/bomb").await;
            assert!(
                reply.contains(" 500 ") && reply.contains("\"internal\""),
                "{reply}"
            );
            assert!(!reply.contains("boom"), "{reply}");
            assert!(ask("/fine").await.contains(" 200 "));
        };
        tokio::select! {
            served = serving => panic!("it ended: {served:?}"),
            () = asking => {}
        }
    }

    #[test]
    fn a_tag_matches_in_a_list_and_by_star_only() {
        let named = |text: &'static str| names(&HeaderValue::from_static(text), "W/\"1\"");
        assert!(named("W/\"1\"") && named("W/\"0\", W/\"1\"") && named("*"));
        assert!(!named("") && !named("W/\"2\"") && !named("W/\"11\""));
    }
}
