//! Which sites may make a browser act here: our own, and for REST those in CORS_ORIGINS. A request
//! that changes something, or opens the socket, must not come from any other site's page.

use crate::pace;
use crate::request_id::REQUEST_ID;
use crate::rest::RUN_ID;
use crate::visit::refuse;
use axum::extract::{Request, State};
use axum::http::header::{COOKIE, ETAG, HOST, ORIGIN, RETRY_AFTER, UPGRADE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use domain::{ApiError, ErrorCode};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The address that people use, where the operator said it (OVERMIND_PUBLIC_URL).
#[derive(Clone, Debug, Default)]
pub struct PublicOrigin(Option<Arc<str>>);

impl PublicOrigin {
    /// `https://overmind.example.org`, a path after it is left out.
    pub fn of(url: Option<&str>) -> Self {
        Self(url.map(|url| {
            let end = url
                .find("://")
                .and_then(|scheme| url[scheme + 3..].find('/').map(|path| scheme + 3 + path));
            url[..end.unwrap_or(url.len())].to_ascii_lowercase().into()
        }))
    }

    /// Without a public address, an origin that is the very host that was asked, if that is this
    /// machine or a bare address: names can be made to point here by anybody.
    fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        let origin = origin.to_ascii_lowercase();
        if let Some(public) = &self.0 {
            return *origin == **public;
        }
        let Some(host) = host else { return false };
        origin.strip_prefix("http://") == Some(host) && is_local_or_bare(host)
    }
}

/// Other sites whose pages may use the REST interface, with a token of theirs but never with our
/// cookie.
#[derive(Clone, Debug, Default)]
pub struct AllowedOrigins(Arc<[HeaderValue]>);

#[derive(Debug, thiserror::Error)]
#[error("CORS_ORIGINS has `{0}`: write origins like https://app.example.org, with commas between")]
pub struct NoOrigin(String);

impl AllowedOrigins {
    /// `*` is no origin: who means everybody has to name them.
    pub fn read(list: &[String]) -> Result<Self, NoOrigin> {
        let origin = |text: &String| {
            let text = text.trim().to_ascii_lowercase();
            let host = text
                .strip_prefix("https://")
                .or_else(|| text.strip_prefix("http://"));
            let plain = host.is_some_and(|host| {
                !host.is_empty() && !host.contains(['/', '*', '?', '#', '@', ' '])
            });
            let value = HeaderValue::try_from(&text).ok().filter(|_| plain);
            value.ok_or(NoOrigin(text))
        };
        let given = list.iter().filter(|text| !text.trim().is_empty());
        Ok(Self(given.map(origin).collect::<Result<_, _>>()?))
    }

    /// Answers what browsers ask before they let a page of such a site send a request.
    pub fn layer(&self) -> CorsLayer {
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(self.0.iter().cloned()))
            .allow_methods([
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            // Client libraries add headers of their own, and none of them has a meaning here that
            // a page must not use.
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers([
                ETAG,
                RETRY_AFTER,
                REQUEST_ID,
                RUN_ID,
                pace::LIMIT,
                pace::REMAINING,
                pace::RESET,
            ])
            .max_age(Duration::from_secs(3600))
    }

    fn includes(&self, headers: &HeaderMap) -> bool {
        headers
            .get(ORIGIN)
            .is_some_and(|origin| self.0.contains(origin))
    }
}

fn is_local_or_bare(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok()
}

/// Refuses what another site's page sends. Programs that are no browsers send neither header.
pub async fn check(
    State((public, allowed)): State<(PublicOrigin, AllowedOrigins)>,
    mut request: Request,
    next: Next,
) -> Response {
    let harmless = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) && !request.headers().contains_key(UPGRADE);
    if harmless || is_ours(&public, request.headers()) {
        return next.run(request).await;
    }
    if is_for_programs(request.uri().path()) && allowed.includes(request.headers()) {
        request.headers_mut().remove(COOKIE);
        return next.run(request).await;
    }
    refuse(ApiError::from_code(
        ErrorCode::Forbidden,
        "This request comes from another site. If this is Overmind's own page, set \
         OVERMIND_PUBLIC_URL to the address in the browser.",
    ))
}

/// Pages of sites that are allowed may go there.
fn is_for_programs(path: &str) -> bool {
    ["/v1/", "/socket.io/"]
        .iter()
        .any(|base| path.starts_with(base))
        || path == "/socket.io"
}

fn is_ours(public: &PublicOrigin, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(SEC_FETCH_SITE)
        && !matches!(site, "same-origin" | "none")
    {
        return false;
    }
    text(ORIGIN).is_none_or(|origin| public.allows(origin, text(HOST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_out() {
        let read = |text: &str| AllowedOrigins::read(&[text.to_owned()]);
        for fine in ["https://app.example.org", " http://localhost:5173 ", ""] {
            assert!(read(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "*",
            "https://*.example.org",
            "app.example.org",
            "https://a.org/",
            "https://",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let allowed = read("https://App.example.org").unwrap();
        for (origin, fine) in [
            ("https://app.example.org", true),
            ("https://app.example.org.evil.org", false),
            ("null", false),
        ] {
            let headers = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))]);
            assert_eq!(allowed.includes(&headers), fine, "{origin}");
        }
        assert!(!allowed.includes(&HeaderMap::new()));
    }

    #[test]
    fn only_our_own_pages() {
        let public = PublicOrigin::of(Some("https://Overmind.example.org/chat"));
        let local = PublicOrigin::of(None);
        let cases: [(&PublicOrigin, &str, &str, &str, bool); 14] = [
            (&public, "https://overmind.example.org", "x", "", true),
            (
                &public,
                "https://overmind.example.org.evil.org",
                "x",
                "",
                false,
            ),
            (&public, "http://overmind.example.org", "x", "", false),
            (&public, "null", "x", "", false),
            (&public, "", "x", "cross-site", false),
            (&public, "", "x", "same-site", false),
            (&public, "", "x", "same-origin", true),
            (&public, "", "x", "", true),
            (&local, "http://127.0.0.1:3000", "127.0.0.1:3000", "", true),
            (
                &local,
                "http://localhost:3000",
                "localhost:3000",
                "same-origin",
                true,
            ),
            (&local, "http://[::1]:3000", "[::1]:3000", "", true),
            (&local, "http://localhost:4000", "localhost:3000", "", false),
            (&local, "http://evil.org:3000", "evil.org:3000", "", false),
            (
                &local,
                "https://127.0.0.1:3000",
                "127.0.0.1:3000",
                "",
                false,
            ),
        ];
        for (public, origin, host, site, fine) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in [(ORIGIN, origin), (HOST, host), (SEC_FETCH_SITE, site)] {
                if !value.is_empty() {
                    headers.insert(name, HeaderValue::from_str(value).unwrap());
                }
            }
            assert_eq!(is_ours(public, &headers), fine, "{origin} {host} {site}");
        }
    }
}
