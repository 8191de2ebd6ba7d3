//! What only the server's build of the pages knows: its state, who is asking, and how a form's
//! request is answered. Rights are checked in `services`, headers of every response in the router.

pub mod library;
mod policy;
pub mod typed;

pub use policy::send_content_security_policy;

use crate::api::Refused;
use crate::state::{ModelStatus, Theme, Visitor};
use axum::extract::FromRef;
use axum::http::header::{ACCEPT, CACHE_CONTROL, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue, StatusCode, request::Parts};
use domain::model::InvalidModelName;
use domain::wire::QueryOptions;
use domain::{AgentId, ApiError};
use leptos::config::LeptosOptions;
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use services::{Admin, Client, Error, Member, Opened, Services};
use std::sync::Arc;

/// Provided to every page and server function by the router.
#[derive(Clone)]
pub struct AppState {
    pub leptos_options: LeptosOptions,
    /// For whoever's organization connected nothing itself.
    pub models: ModelStatus,
    pub services: Arc<Services>,
    pub session_cookie: SessionCookie,
    /// Proxies in front, whose word about a client's address is taken.
    pub proxies: usize,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos_options.clone()
    }
}

/// Who sends the request: found out by the server before any page or function runs.
#[derive(Clone, Debug)]
pub struct Visit {
    pub client: Client,
    pub member: Option<Member>,
    /// Nobody has signed up yet.
    pub first: bool,
}

/// The form of the session cookie, decided by the address that people use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionCookie {
    /// Only over https, bound to this host.
    Secure,
    /// For http on the own machine or behind nothing.
    Plain,
}

impl SessionCookie {
    pub fn name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-overmind",
            Self::Plain => "overmind",
        }
    }

    fn set(self, value: &str, seconds: i64) -> String {
        let secure = match self {
            Self::Secure => "; Secure",
            Self::Plain => "",
        };
        let name = self.name();
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }

    /// The secret in a `Cookie` header.
    pub fn read(self, cookies: &str) -> Option<&str> {
        cookies
            .split(';')
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, value)| *name == self.name() && !value.is_empty())
            .map(|(_, value)| value)
    }
}

pub fn services() -> Arc<Services> {
    expect_context::<AppState>().services
}

fn visit() -> Option<Visit> {
    use_context::<Parts>()?.extensions.get::<Visit>().cloned()
}

/// The request's sender, for throttling and for the list of sessions.
pub fn client() -> Client {
    visit().map(|visit| visit.client).unwrap_or_else(|| Client {
        address: std::net::Ipv4Addr::UNSPECIFIED.into(),
        user_agent: String::new(),
    })
}

pub fn visitor() -> Visitor {
    let Some(visit) = visit() else {
        return Visitor::default();
    };
    Visitor {
        user: visit.member.map(|member| member.user().clone()),
        first: visit.first,
    }
}

/// Of the visitor's organization, or what the server has for everybody.
pub fn model_status() -> ModelStatus {
    let own = use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned());
    own.or_else(|| use_context::<AppState>().map(|state| state.models))
        .unwrap_or_default()
}

pub fn signed_in() -> Result<(Arc<Services>, Member), Refused> {
    let member = visit().and_then(|visit| visit.member);
    let member = member.ok_or(Error::Unauthorized)?;
    Ok((services(), member))
}

pub fn admin() -> Result<(Arc<Services>, Admin), Refused> {
    let (services, member) = signed_in()?;
    Ok((services, Admin::try_from(member)?))
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let error = ApiError::from(error);
        // A plain form is sent back to its page, which shows the error.
        let refused = Self(error);
        if !is_plain_form() {
            answer_with(&refused);
        }
        refused
    }
}

/// The page that is rendered says nothing else than this.
pub fn answer_with(refused: &Refused) {
    let status = StatusCode::from_u16(refused.0.http_status());
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), status) {
        response.set_status(status);
    }
}

/// The page is for whoever has its address: no search engine lists it, and nobody keeps a copy.
pub fn keep_out_of_indexes() {
    if let Some(response) = use_context::<ResponseOptions>() {
        for (name, value) in [
            (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
            (CACHE_CONTROL, "no-store"),
        ] {
            response.insert_header(name, HeaderValue::from_static(value));
        }
    }
}

/// Sent by a browser without our scripts: it follows redirects itself.
fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(ACCEPT);
        accept.is_some_and(|accept| {
            accept
                .to_str()
                .is_ok_and(|accept| accept.contains("text/html"))
        })
    })
}

/// Sets the session's cookie and leads a plain form on.
pub fn enter(opened: Opened, path: &str) {
    let state = expect_context::<AppState>();
    let seconds = opened.lifetime.num_seconds();
    set_cookie(&state.session_cookie.set(opened.token.expose(), seconds));
    go_on(path);
}

/// Takes the session's cookie away and leads a plain form on.
pub fn leave(path: &str) {
    let state = expect_context::<AppState>();
    set_cookie(&state.session_cookie.set("", 0));
    go_on(path);
}

fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(cookie)) = (
        use_context::<ResponseOptions>(),
        HeaderValue::try_from(cookie),
    ) {
        response.append_header(SET_COOKIE, cookie);
    }
}

/// What a form says of one question only; nothing is what it leaves empty.
pub fn only_this_question(agent: String, model: &str) -> Result<QueryOptions, Refused> {
    let set = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let model = set(model).map(|model| model.parse()).transpose();
    Ok(QueryOptions {
        agent_id: set(&agent).map(AgentId::new),
        model: model.map_err(|error: InvalidModelName| services::Error::Invalid {
            field: "model",
            message: error.to_string(),
        })?,
        ..QueryOptions::default()
    })
}

/// Where a plain form goes after it succeeded; our scripts decide for themselves.
pub fn go_on(path: &str) {
    if let (true, Some(response), Ok(path)) = (
        is_plain_form(),
        use_context::<ResponseOptions>(),
        HeaderValue::try_from(path),
    ) {
        response.insert_header(LOCATION, path);
        response.set_status(StatusCode::SEE_OTHER);
    }
}

/// A path of this site, never another site's address in disguise.
pub fn local_path(path: Option<String>) -> String {
    path.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(|c: char| c == '\\' || c.is_control())
    })
    .unwrap_or_else(|| "/".to_owned())
}

/// What the reader prefers, or the request's cookie says, so that the first paint has it already.
pub fn chosen_theme() -> Option<Theme> {
    if let Some(user) = visitor().user {
        return Theme::of_choice(user.preferences.theme);
    }
    let parts = use_context::<Parts>()?;
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .find_map(Theme::from_cookies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_stays_on_this_site() {
        for (path, expected) in [
            (Some("/c/1?inspect=x"), "/c/1?inspect=x"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("/a\r\nSet-Cookie: x"), "/"),
            (Some(""), "/"),
            (None, "/"),
        ] {
            assert_eq!(local_path(path.map(str::to_owned)), expected, "{path:?}");
        }
    }

    #[test]
    fn the_cookie_has_the_form_of_the_address() {
        let secure = SessionCookie::Secure.set("s", 60);
        assert_eq!(
            secure,
            "__Host-overmind=s; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(!SessionCookie::Plain.set("s", 60).contains("Secure"));
        assert_eq!(SessionCookie::Plain.read("a=b; overmind=s; c"), Some("s"));
        assert_eq!(SessionCookie::Plain.read("__Host-overmind=s"), None);
        assert_eq!(SessionCookie::Secure.read("__Host-overmind="), None);
    }
}
