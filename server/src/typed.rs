//! Forms of browsers without scripts: one that is refused is answered with its page, in which
//! stands what was typed; so is one that makes a secret, which no address may carry. What they do
//! is the functions' business, what the page makes of it is `app`'s (`ssr/typed.rs`).

use crate::visit::refuse;
use app::api::Refused;
use app::shell;
use app::ssr::typed::{Secret, Typed};
use app::ssr::{AppState, Visit, local_path};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Form, FromRequest, Query, Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, ORIGIN, REFERER, RETRY_AFTER,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{ApiError, ErrorCode};
use leptos::prelude::provide_context;
use leptos::server_fn::error::ServerFnUrlError;
use serde::Deserialize;
use std::fmt::Write;
use std::sync::Arc;

/// In bytes; longer requests have been refused before.
const LONGEST: usize = 512 * 1024;
/// Where functions live.
pub const FUNCTIONS: &str = "/api/";
/// Stands for our own address towards leptos, which takes whole ones only.
const HERE: &str = "http://here.invalid";
/// What an address says of a form that was sent before.
const OUTCOME: [&str; 3] = ["__path", "__err", "done"];

type Fields = Vec<(String, String)>;

pub async fn answer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !is_plain_form(&request) {
        return next.run(request).await;
    }
    let (mut head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST).await else {
        return refuse(ApiError::from_code(
            ErrorCode::Malformed,
            "The body is too long, or did not come whole.",
        ));
    };
    let fields = fields(&body).await;
    let page = page(&head);
    let secret = Secret::default();
    if let Ok(page) = HeaderValue::try_from(format!("{HERE}{page}")) {
        head.headers.insert(REFERER, page);
    }
    head.extensions.insert(secret.clone());

    let request = Request::from_parts(head.clone(), Body::from(body));
    let mut response = next.run(request).await;
    let location = response.headers().get(LOCATION);
    let Some(back) = location
        .and_then(|location| location.to_str().ok())
        .and_then(|location| location.strip_prefix(HERE))
    else {
        // On to another page.
        return response;
    };
    let form = head.uri.path().to_owned();
    if let Some(secret) = secret.get() {
        let typed = Typed {
            form,
            fields: Arc::default(),
            secret: Some(secret.clone()),
        };
        return render(state, &head, &page, &page, typed, StatusCode::OK).await;
    }
    if back.contains("&__err=") {
        let typed = Typed {
            form,
            fields: fields
                .into_iter()
                .filter(|(name, _)| !is_hidden(name))
                .collect(),
            secret: None,
        };
        let error = refusal(back);
        let status = StatusCode::from_u16(error.http_status());
        let status = status.unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        let mut response = render(state, &head, back, &page, typed, status).await;
        if let Some(seconds) = error.error.retry_after {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        return response;
    }
    if let Ok(way) = HeaderValue::try_from(with_outcome(&page, &fields)) {
        response.headers_mut().insert(LOCATION, way);
    }
    response
}

#[derive(Deserialize)]
struct Failed {
    #[serde(rename = "__err")]
    error: String,
}

/// What leptos wrote into the address.
fn refusal(back: &str) -> ApiError {
    let uri = back.parse::<Uri>().unwrap_or_default();
    let Ok(Query(Failed { error })) = Query::try_from_uri(&uri) else {
        return ApiError::from_code(ErrorCode::Internal, "The refusal is not understood.");
    };
    ServerFnUrlError::<Refused>::decode_err(&error).0
}

/// As leptos tells them from what our scripts send.
fn is_plain_form(request: &Request) -> bool {
    let has = |name: HeaderName, text: &str| {
        let value = request.headers().get(name);
        value.is_some_and(|value| value.to_str().is_ok_and(|value| value.contains(text)))
    };
    request.method() == Method::POST
        && request.uri().path().starts_with(FUNCTIONS)
        && has(ACCEPT, "text/html")
        && (has(CONTENT_TYPE, "application/x-www-form-urlencoded")
            || !request.headers().contains_key(CONTENT_TYPE))
}

async fn fields(body: &Bytes) -> Fields {
    let form = Request::post("/")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.clone()));
    let Ok(form) = form else {
        return Fields::new();
    };
    // Whatever is no form is refused by the function.
    Form::<Fields>::from_request(form, &())
        .await
        .map(|Form(fields)| fields)
        .unwrap_or_default()
}

/// Passwords and keys are typed again.
fn is_hidden(name: &str) -> bool {
    name.to_ascii_lowercase().contains("password") || name == "current" || name == "api_key"
}

#[derive(Deserialize)]
struct Named {
    page: Option<String>,
}

/// The page that the form is on: a page that was rendered here says so itself, for others there is
/// the header.
fn page(head: &Parts) -> String {
    let named = Query::<Named>::try_from_uri(&head.uri)
        .ok()
        .and_then(|Query(named)| named.page);
    let page = named.or_else(|| {
        let (_, address) = head
            .headers
            .get(REFERER)?
            .to_str()
            .ok()?
            .split_once("://")?;
        let path = address.find('/')?;
        Some(address[path..].to_owned())
    });
    let page = local_path(page.filter(|page| page.is_ascii() && !page.starts_with(FUNCTIONS)));
    without_outcome(&page)
}

fn without_outcome(page: &str) -> String {
    let Some((path, query)) = page.split_once('?') else {
        return page.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !OUTCOME.contains(&pair.split('=').next().unwrap_or_default()))
        .filter(|pair| !pair.is_empty())
        .collect();
    if kept.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{}", kept.join("&"))
}

/// Back to the part of the page that the form names, which says that it went well.
fn with_outcome(page: &str, fields: &Fields) -> String {
    let part = fields.iter().find(|(name, _)| name == "done");
    let plain = |part: &&str| part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    match part.map(|(_, part)| part.as_str()).filter(plain) {
        Some(part) => {
            let join = if page.contains('?') { '&' } else { '?' };
            format!("{page}{join}done={part}#{part}")
        }
        None => page.to_owned(),
    }
}

/// The page at `address`, for whoever sent the form. Its own forms say that they are on `page`,
/// because the browser would name the address that it shows.
async fn render(
    state: AppState,
    head: &Parts,
    address: &str,
    page: &str,
    typed: Typed,
    status: StatusCode,
) -> Response {
    let Ok(uri) = address.parse::<Uri>() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    *request.headers_mut() = head.headers.clone();
    for name in [CONTENT_LENGTH, CONTENT_TYPE, ORIGIN, REFERER] {
        request.headers_mut().remove(name);
    }
    if let Some(visit) = head.extensions.get::<Visit>() {
        request.extensions_mut().insert(visit.clone());
    }
    request.extensions_mut().insert(typed);

    let options = state.leptos_options.clone();
    let pages = leptos_axum::render_app_async_with_context(
        move || provide_context(state.clone()),
        move || shell(options.clone()),
    );
    let (mut head, body) = pages(request).await.into_parts();
    no_store(&mut head.headers);
    if head.status != StatusCode::OK {
        // The session is over, or the page is gone.
        return Response::from_parts(head, body);
    }
    head.status = status;
    head.headers.remove(CONTENT_LENGTH);
    let Ok(html) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let html = with_page(&String::from_utf8_lossy(&html), page);
    Response::from_parts(head, Body::from(html))
}

fn no_store(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Text cannot hold the mark: `<` is escaped there.
fn with_page(html: &str, page: &str) -> String {
    const MARK: &str = "<form action=\"/api/";
    let page = encoded(page);
    let mut pieces = html.split(MARK);
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        result.push_str(MARK);
        match piece.split_once('"') {
            Some((path, rest)) => {
                let _ = write!(result, "{path}?page={page}\"{rest}");
            }
            None => result.push_str(piece),
        }
    }
    result
}

/// As the value of a query.
fn encoded(text: &str) -> String {
    let mut result = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            result.push(byte.into());
        } else {
            let _ = write!(result, "%{byte:02X}");
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(uri: &str, referer: &'static str) -> String {
        let mut request = Request::post(uri).body(Body::empty()).unwrap();
        if !referer.is_empty() {
            let referer = HeaderValue::from_static(referer);
            request.headers_mut().insert(REFERER, referer);
        }
        page(&request.into_parts().0)
    }

    #[test]
    fn a_form_leads_back_to_its_own_page() {
        for (uri, referer, expected) in [
            ("/api/ask1", "http://127.0.0.1:3000/c/1?run=2", "/c/1?run=2"),
            (
                "/api/ask1",
                "https://example.org/settings?__path=/a&__err=b&done=answers",
                "/settings",
            ),
            ("/api/ask1", "http://example.org", "/"),
            ("/api/ask1", "http://example.org/api/ask1", "/"),
            ("/api/ask1", "", "/"),
            (
                "/api/ask1?page=/c/1%3Frun%3D2",
                "http://example.org/api/ask1",
                "/c/1?run=2",
            ),
            ("/api/ask1?page=//evil.example", "", "/"),
            ("/api/ask1?page=https://evil.example", "", "/"),
        ] {
            assert_eq!(page_of(uri, referer), expected, "{uri} {referer}");
        }
    }

    #[test]
    fn only_names_of_parts_come_into_the_address() {
        let done = |part: &str| {
            let fields = vec![("done".to_owned(), part.to_owned())];
            with_outcome("/settings?a=b", &fields)
        };
        assert_eq!(done("api-keys"), "/settings?a=b&done=api-keys#api-keys");
        assert_eq!(done("x&__err=y"), "/settings?a=b");
        assert_eq!(with_outcome("/", &Fields::new()), "/");
    }

    #[test]
    fn forms_learn_which_page_they_are_on() {
        let html = r#"<p>&lt;form action="/api/x"</p><form action="/api/ask1" method="post">"#;
        assert_eq!(
            with_page(html, "/c/1?a=b&c"),
            r#"<p>&lt;form action="/api/x"</p><form action="/api/ask1?page=/c/1%3Fa%3Db%26c" method="post">"#
        );
    }
}
