//! Which address leads where, and the headers that every response carries. Pages live in `app`.

use crate::audit_csv;
use crate::docs_page;
use crate::mcp;
use crate::origin::{self, AllowedOrigins, PublicOrigin};
use crate::outage;
use crate::pace;
use crate::request_id;
use crate::rest;
use crate::socketio;
use crate::status;
use crate::typed;
use crate::visit::{recognize, refuse, tell_models};
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

/// Says that a server function answers with an error.
const SERVER_FN_ERROR: HeaderName = HeaderName::from_static("serverfnerror");

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
    let without_database = from_fn_with_state(state.clone(), outage::answer_without_database);
    let programs = rest::router(&state, closing)
        .route("/ws", get(ws::upgrade).with_state(sockets.clone()))
        .layer(from_fn_with_state(state.clone(), recognize))
        .layer(without_database.clone())
        .route("/openapi.json", get(|| async { Json(&*rest::DOCUMENT) }))
        .method_not_allowed_fallback(rest::wrong_method);
    let programs = refusing(programs)
        .layer(from_fn(rest::openai_errors))
        .layer(allowed_origins.layer());
    // Its clients say who they are within the connection.
    let socket_io = socketio::router(sockets).layer(without_database.clone());
    let socket_io = refusing(socket_io).layer(allowed_origins.layer());
    let pages = Router::new()
        .leptos_routes(&state, generate_route_list(App), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .layer(map_response(with_status_of_its_error))
        .layer(from_fn_with_state(state.clone(), typed::answer))
        .layer(from_fn_with_state(state.clone(), pace::limit_functions))
        .layer(from_fn_with_state(state.clone(), tell_models))
        .merge(mcp)
        .route(
            "/admin/audit.csv",
            get(audit_csv::export).layer(from_fn_with_state(state.clone(), pace::limit)),
        )
        .layer(from_fn_with_state(state.clone(), recognize))
        .layer(without_database);
    let router = refusing(pages)
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

/// What is refused without regard to the route, within what shapes the refusal: which sites may
/// read it, and OpenAI's form of it.
fn refusing<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(whole_body::refuse_unread))
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

/// What a server function cannot read leptos answers with 500; whose fault it is stands in the error.
async fn with_status_of_its_error(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR
        || !response.headers().contains_key(SERVER_FN_ERROR)
    {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let error = serde_json::from_slice::<ApiError>(&body).ok();
    let status = error.map(|error| StatusCode::from_u16(error.http_status()));
    if let Some(Ok(status)) = status {
        head.status = status;
    }
    Response::from_parts(head, Body::from(body))
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
    refuse(ApiError::from_code(
        ErrorCode::Internal,
        "Something went wrong here. Try again; the server's log says more.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const SITE: &str = "https://app.example.org";

    async fn bomb() -> &'static str {
        panic!("boom")
    }

    /// Sends requests to a router, one after the other.
    async fn asking(router: Router, asking: impl AsyncFnOnce(SocketAddr)) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let serving = axum::serve(listener, router).into_future();
        tokio::select! {
            served = serving => panic!("it ended: {served:?}"),
            () = asking(addr) => {}
        }
    }

    async fn send(addr: SocketAddr, request: &str, body: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
        let head = format!("{request} HTTP/1.0\r\nHost: {addr}\r\nOrigin: {SITE}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        reply
    }

    #[tokio::test]
    async fn a_panic_ends_one_request() {
        let router = Router::new()
            .route("/bomb", get(bomb))
            .route("/fine", get(|| async { "fine" }));
        asking(protected(router), async |addr| {
            let reply = send(addr, "GET /bomb", "\r\n").await;
            assert!(
                reply.contains(" 500 ") && reply.contains("\"internal\""),
                "{reply}"
            );
            assert!(!reply.contains("boom"), "{reply}");
            assert!(send(addr, "GET /fine", "\r\n").await.contains(" 200 "));
        })
        .await;
    }

    /// As the routes of programs have it.
    fn programs() -> Router {
        let programs = Router::new()
            .route("/bomb", get(bomb))
            .route("/chat/completions", get(bomb).post(|| async { "fine" }));
        let allowed = AllowedOrigins::read(&[SITE.to_owned()]).unwrap();
        let programs = refusing(programs)
            .layer(from_fn(rest::openai_errors))
            .layer(allowed.layer());
        let router = Router::new().nest("/v1", programs);
        protected(router.layer(from_fn(whole_body::read)))
    }

    #[tokio::test]
    async fn what_is_refused_without_regard_to_the_route_has_its_shape_all_the_same() {
        asking(programs(), async |addr| {
            let long = format!("Content-Length: 600000\r\n\r\n{}", "x".repeat(600_000));
            for (request, body, status, ours) in [
                ("GET /v1/bomb", "\r\n", " 500 ", true),
                ("GET /v1/chat/completions", "\r\n", " 500 ", false),
                ("POST /v1/bomb", &long, " 400 ", true),
                ("POST /v1/chat/completions", &long, " 400 ", false),
            ] {
                let reply = send(addr, request, body).await;
                assert!(reply.contains(status), "{request}: {reply}");
                let allowed = format!("access-control-allow-origin: {SITE}\r\n");
                assert!(reply.contains(&allowed), "{request}: {reply}");
                assert_eq!(reply.contains("\"param\":null"), !ours, "{reply}");
            }
            let fine = "Content-Length: 2\r\n\r\n{}";
            let reply = send(addr, "POST /v1/chat/completions", fine).await;
            assert!(
                reply.contains(" 200 ") && reply.ends_with("fine"),
                "{reply}"
            );
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_too_slowly_is_refused_in_the_same_way() {
        asking(programs(), async |addr| {
            let half = "Content-Length: 10\r\n\r\nhalf";
            let reply = send(addr, "POST /v1/chat/completions", half).await;
            assert!(reply.contains(" 400 "), "{reply}");
            assert!(reply.contains("\"param\":null"), "{reply}");
            assert!(reply.contains("access-control-allow-origin"), "{reply}");
        })
        .await;
    }

    #[test]
    fn a_tag_matches_in_a_list_and_by_star_only() {
        let named = |text: &'static str| names(&HeaderValue::from_static(text), "W/\"1\"");
        assert!(named("W/\"1\"") && named("W/\"0\", W/\"1\"") && named("*"));
        assert!(!named("") && !named("W/\"2\"") && !named("W/\"11\""));
    }
}
