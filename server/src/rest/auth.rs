//! Registering, logging in and out, and renewing tokens.

use super::request::{Answer, Body, Caller, Sender, named};
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{ApiError, User};
use serde::{Deserialize, Serialize};
use services::accounts::TICKET_LIFETIME;
use services::{Granted, SignUp};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ada@example.org", "password": "correct horse battery", "name": "Ada",
    "organization_name": "Analytical Engines"
}))]
pub struct Registration {
    email: String,
    /// 8 to 256 characters.
    password: String,
    name: String,
    /// What the first account's organization is called.
    organization_name: Option<String>,
    /// The secret at the end of an invitation's link; needed after the first account.
    invite: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@example.org", "password": "correct horse battery" }))]
pub struct LogIn {
    email: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "refresh_token": "ovr_3q2-7wEBAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs" }))]
pub struct Refresh {
    refresh_token: String,
}

/// What a program sends from now on, and what renews it.
#[derive(Serialize, ToSchema)]
pub struct TokenPair {
    /// For the header `Authorization: Bearer`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds that the access token lives.
    #[schema(example = 3600)]
    expires_in: i64,
    /// Gets the next pair, once. Used twice, it ends the log-in.
    refresh_token: String,
    user: User,
}

impl From<Granted> for TokenPair {
    fn from(granted: Granted) -> Self {
        Self {
            access_token: granted.access_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: granted.lifetime.num_seconds(),
            refresh_token: granted.refresh_token.expose().to_owned(),
            user: granted.user,
        }
    }
}

/// Make an account
///
/// The first account founds the organization and is its admin; afterwards an invitation is needed,
/// unless the server's only organization lets people join.
#[utoipa::path(
    post, path = "/auth/register", tag = "auth", security(()),
    request_body = Registration,
    responses(
        (status = CREATED, body = TokenPair),
        (status = FORBIDDEN, description = "Without an invitation", body = ApiError),
    ),
)]
pub async fn register(
    State(state): State<AppState>,
    Sender(client): Sender,
    Body(form): Body<Registration>,
) -> Answer<(StatusCode, Json<TokenPair>)> {
    let form = SignUp {
        name: form.name,
        email: form.email,
        password: form.password,
        invitation: form.invite,
        organization_name: form.organization_name,
    };
    let granted = state.services.accounts.register(&client, form).await;
    let granted = granted.map_err(named(&[("invitation", "invite")]))?;
    Ok((StatusCode::CREATED, Json(granted.into())))
}

/// Log in
#[utoipa::path(
    post, path = "/auth/login", tag = "auth", security(()),
    request_body = LogIn,
    responses(
        (status = OK, body = TokenPair),
        (status = UNAUTHORIZED, description = "Wrong mail address or password", body = ApiError),
    ),
)]
pub async fn log_in(
    State(state): State<AppState>,
    Sender(client): Sender,
    Body(form): Body<LogIn>,
) -> Answer<Json<TokenPair>> {
    let accounts = &state.services.accounts;
    let granted = accounts
        .log_in_program(&client, form.email, form.password)
        .await?;
    Ok(Json(granted.into()))
}

/// Renew the tokens
///
/// Each refresh token works once. One that comes a second time was copied, so its log-in ends.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "auth", security(()),
    request_body = Refresh,
    responses(
        (status = OK, body = TokenPair),
        (status = UNAUTHORIZED, description = "Unknown, used or expired", body = ApiError),
    ),
)]
pub async fn refresh(
    State(state): State<AppState>,
    Sender(client): Sender,
    Body(form): Body<Refresh>,
) -> Answer<Json<TokenPair>> {
    let accounts = &state.services.accounts;
    let granted = accounts.refresh(&client, &form.refresh_token).await?;
    Ok(Json(granted.into()))
}

/// Log out
///
/// Ends the log-in that the access token belongs to; its tokens stop working at once.
#[utoipa::path(
    post, path = "/auth/logout", tag = "auth",
    responses(
        (status = NO_CONTENT, description = "Logged out"),
        (status = FORBIDDEN, description = "Asked with an API key", body = ApiError),
    ),
)]
pub async fn log_out(State(state): State<AppState>, Caller(member): Caller) -> Answer<StatusCode> {
    state.services.accounts.log_out(&member).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens one socket.
#[derive(Serialize, ToSchema)]
pub struct SocketTicket {
    /// For `/v1/ws?ticket=...`, once.
    ticket: String,
    /// Seconds until it is of no use.
    #[schema(example = 30)]
    expires_in: i64,
}

/// Get a ticket for a socket
///
/// For pages, which cannot send a header when they open a socket.
#[utoipa::path(
    post, path = "/ws-tickets", tag = "auth",
    responses((status = CREATED, body = SocketTicket)),
)]
pub async fn socket_ticket(
    State(state): State<AppState>,
    Caller(member): Caller,
) -> Answer<(StatusCode, Json<SocketTicket>)> {
    let ticket = state.services.accounts.socket_ticket(&member).await?;
    let ticket = SocketTicket {
        ticket: ticket.expose().to_owned(),
        expires_in: TICKET_LIFETIME.num_seconds(),
    };
    Ok((StatusCode::CREATED, Json(ticket)))
}
