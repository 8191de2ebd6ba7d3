//! Who sends a request: its address, its browser and, by a bearer token or the session's cookie,
//! its member. One place for pages, server functions, REST and sockets.

use app::ssr::{AppState, SessionCookie, Visit};
use app::state::ModelStatus;
use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    ACCEPT, AUTHORIZATION, COOKIE, RETRY_AFTER, USER_AGENT, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ApiError;
use services::{Client, Error};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where nobody has to be known, because tokens come from there or it is the same for all: an old
/// token that a client sends along must not stand in the way. The document says of the same
/// operations that they need none.
const OPEN: [&str; 4] = ["/auth/login", "/auth/register", "/auth/refresh", "/version"];
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Puts a [`Visit`] into the request's extensions, where pages and functions find it.
pub async fn recognize(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    let address = client_address(peer, request.headers(), state.proxies);
    if OPEN.contains(&request.uri().path()) {
        request.headers_mut().remove(AUTHORIZATION);
    }
    match visit(&state, request.headers(), address).await {
        Ok(visit) => {
            request.extensions_mut().insert(visit);
            next.run(request).await
        }
        Err(error) => refuse(error),
    }
}

/// Puts into a page's request which models its reader's questions go to.
pub async fn tell_models(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let visit = request.extensions().get::<Visit>();
    if let Some(member) = visit.and_then(|visit| visit.member.clone())
        && is_for_a_page(&request)
    {
        let models = state.services.connections.models(&member).await;
        let status = ModelStatus::of(models.ok().as_ref());
        request.extensions_mut().insert(status);
    }
    next.run(request).await
}

/// Functions that our scripts call answer without a page.
fn is_for_a_page(request: &Request) -> bool {
    let accept = request.headers().get(ACCEPT);
    !request.uri().path().starts_with("/api/")
        || accept.is_some_and(|accept| accept.to_str().is_ok_and(|it| it.contains("text/html")))
}

/// Each proxy in front adds whom it heard to the end of the list; what stands before their entries
/// was written by anybody.
fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: usize) -> IpAddr {
    let Some(nearest) = proxies.checked_sub(1) else {
        return peer;
    };
    let heard: Vec<&str> = headers
        .get_all(X_FORWARDED_FOR)
        .iter()
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .collect();
    let client = heard.iter().rev().nth(nearest);
    client
        .and_then(|address| address.trim().parse().ok())
        .unwrap_or(peer)
}

async fn visit(state: &AppState, headers: &HeaderMap, address: IpAddr) -> Result<Visit, Error> {
    let accounts = &state.services.accounts;
    let member = match (
        bearer(headers),
        session_token(state.session_cookie, headers),
    ) {
        // Who sends a token means it: the cookie does not step in for a wrong one.
        (Some(token), _) => Some(accounts.by_bearer(token).await?),
        (None, Some(secret)) => match accounts.by_cookie(secret).await {
            Ok(member) => Some(member),
            Err(Error::Unauthorized) => None,
            Err(error) => return Err(error),
        },
        (None, None) => None,
    };
    let first = member.is_none() && accounts.is_first().await?;
    let user_agent = headers.get(USER_AGENT);
    let user_agent = user_agent.map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned());
    Ok(Visit {
        client: Client {
            address,
            user_agent: user_agent.unwrap_or_default(),
        },
        member,
        first,
    })
}

/// What follows `Authorization: Bearer`; the word is written in any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}

/// The secret of the session's cookie.
fn session_token(cookie: SessionCookie, headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .find_map(|cookies| cookie.read(cookies))
}

/// An error as every program sees it.
pub fn refuse(error: impl Into<ApiError>) -> Response {
    let error = error.into();
    let status = StatusCode::from_u16(error.http_status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let retry_after = error.error.retry_after;
    let mut response = (status, Json(error.clone())).into_response();
    // Where an address has errors of another shape, they are made of this.
    response.extensions_mut().insert(error);
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_proxies_wrote_is_believed() {
        let peer: IpAddr = "10.0.0.9".parse().unwrap();
        for (lists, proxies, address) in [
            (&["203.0.113.7"][..], 0, "10.0.0.9"),
            (&["203.0.113.7"], 1, "203.0.113.7"),
            (&["1.2.3.4, 203.0.113.7"], 1, "203.0.113.7"),
            (&["1.2.3.4", "2001:db8::1,10.0.0.8"], 2, "2001:db8::1"),
            (&["203.0.113.7"], 2, "10.0.0.9"),
            (&["somebody"], 1, "10.0.0.9"),
            (&[], 1, "10.0.0.9"),
        ] {
            let mut headers = HeaderMap::new();
            for list in lists {
                headers.append(X_FORWARDED_FOR, HeaderValue::from_static(list));
            }
            let found = client_address(peer, &headers, proxies);
            assert_eq!(found.to_string(), address, "{lists:?} {proxies}");
        }
    }
}
