//! Who sends a request: its address, its browser and, by the session's cookie, its member.
//! One extractor for pages, server functions and the socket.

use app::ssr::{AppState, SessionCookie, Visit};
use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ApiError;
use services::{Client, Error};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Puts a [`Visit`] into the request's extensions, where pages and functions find it.
pub async fn recognize(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    match visit(&state, request.headers(), address).await {
        Ok(visit) => {
            request.extensions_mut().insert(visit);
            next.run(request).await
        }
        Err(error) => refuse(error),
    }
}

async fn visit(state: &AppState, headers: &HeaderMap, address: IpAddr) -> Result<Visit, Error> {
    let accounts = &state.services.accounts;
    let member = match session_token(state.session_cookie, headers) {
        Some(token) => match accounts.member(token).await {
            Ok(member) => Some(member),
            Err(Error::Unauthorized) => None,
            Err(error) => return Err(error),
        },
        None => None,
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

/// The secret of the session's cookie.
pub fn session_token(cookie: SessionCookie, headers: &HeaderMap) -> Option<&str> {
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
    (status, Json(error)).into_response()
}
