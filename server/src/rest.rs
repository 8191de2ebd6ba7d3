//! The REST interface under /v1, and the document that describes it. Each operation reads its
//! request, makes one service call and writes the reply; rights and rules are the services'.

mod about;
mod agents;
mod analytics;
mod api_keys;
mod auth;
mod connections;
mod conversations;
mod document;
mod entries;
mod export;
mod me;
mod messages;
mod openai;
mod organization;
mod prompt_log;
pub mod repeat;
mod request;
mod runs;
mod shares;
mod sort;
mod stream;
mod versioned;
mod workflows;

pub use document::DOCUMENT;
pub use openai::{RUN_ID, openai_errors};
pub use request::{Answer, Caller, Params};

use crate::pace;
use app::ssr::AppState;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::{Extension, Router};
use domain::{ApiError, ErrorCode};
use request::Refusal;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What requests need to know of the process that answers them.
#[derive(Clone)]
pub struct Process {
    /// It stops: whoever waits is let go.
    closing: CancellationToken,
    /// Work that goes on when its client is gone.
    tasks: TaskTracker,
}

/// The longest request body in bytes: room for the longest question.
const MOST_BYTES: usize = 256 * 1024;

/// The routes below /v1.
pub fn router(state: &AppState, closing: CancellationToken) -> Router<AppState> {
    let (router, _) = operations().split_for_parts();
    router
        .fallback(|| async { Refusal::from(no_such_route()) })
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(from_fn_with_state(state.clone(), repeat::answer_once))
        .layer(from_fn_with_state(state.clone(), pace::limit))
        .layer(Extension(Process {
            closing,
            tasks: TaskTracker::new(),
        }))
}

fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(about::version))
        .routes(routes!(auth::register))
        .routes(routes!(auth::log_in))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::log_out))
        .routes(routes!(auth::socket_ticket))
        .routes(routes!(me::me, me::change_me))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(conversations::list, conversations::create))
        .routes(routes!(
            conversations::get,
            conversations::change,
            conversations::delete
        ))
        .routes(routes!(export::export))
        .routes(routes!(messages::of_conversation, messages::ask))
        .routes(routes!(messages::get, messages::edit))
        .routes(routes!(messages::regenerate))
        .routes(routes!(messages::rate))
        .routes(routes!(shares::list, shares::create))
        .routes(routes!(shares::revoke))
        .routes(routes!(runs::get))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::conclude))
        .routes(routes!(runs::events))
        .routes(routes!(runs::steps))
        .routes(routes!(runs::timeline))
        .routes(routes!(agents::list, agents::create))
        .routes(routes!(agents::get, agents::replace, agents::delete))
        .routes(routes!(agents::versions))
        .routes(routes!(agents::version))
        .routes(routes!(agents::diff))
        .routes(routes!(agents::restore))
        .routes(routes!(agents::test))
        .routes(routes!(workflows::list, workflows::create))
        .routes(routes!(
            workflows::get,
            workflows::replace,
            workflows::delete
        ))
        .routes(routes!(workflows::versions))
        .routes(routes!(workflows::version))
        .routes(routes!(workflows::diff))
        .routes(routes!(workflows::restore))
        .routes(routes!(workflows::execute))
        .routes(routes!(organization::get, organization::change))
        .routes(routes!(organization::members))
        .routes(routes!(
            entries::member,
            organization::change_member,
            organization::remove_member
        ))
        .routes(routes!(entries::end_session))
        .routes(routes!(entries::revoke_key))
        .routes(routes!(organization::invitations, organization::invite))
        .routes(routes!(organization::revoke_invitation))
        .routes(routes!(organization::audit))
        .routes(routes!(prompt_log::page))
        .routes(routes!(organization::quotas))
        .routes(routes!(analytics::read))
        .routes(routes!(analytics::table))
        .routes(routes!(connections::list, connections::create))
        .routes(routes!(connections::change, connections::delete))
        .routes(routes!(connections::test))
        .routes(routes!(openai::list_models))
        .routes(routes!(openai::get_model))
        .routes(routes!(openai::create_chat_completion))
}

fn no_such_route() -> ApiError {
    ApiError::from_code(
        ErrorCode::NotFound,
        "There is no such address: /v1/openapi.json lists them.",
    )
}

/// For every route below /v1.
pub async fn wrong_method() -> impl IntoResponse {
    Refusal::from(ApiError::from_code(
        ErrorCode::MethodNotAllowed,
        "This address does not answer to that method: see the header Allow.",
    ))
}
