//! Runs: how they stand, what happened in them, stopping them, answering with what they had.

use super::messages::{Asked, Waiting, answer};
use super::repeat::request_id;
use super::request::{Answer, Caller, Id, Params};
use super::versioned::PartQuery;
use super::{Process, stream};
use app::ssr::AppState;
use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::deliberation::Timeline;
use domain::user::Invalid;
use domain::{ApiError, Event, Page, Run, RunId, StepView};
use serde::{Deserialize, Serialize};
use services::Error;
use utoipa::{IntoParams, ToSchema};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Events in one JSON answer.
const MOST_EVENTS: u32 = 500;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// Only events with a greater `seq`.
    #[serde(default)]
    after: u64,
}

/// A part of a run's log.
#[derive(Serialize, ToSchema)]
pub struct EventPage {
    #[schema(value_type = Vec<Object>)]
    items: Vec<Event>,
    /// The `after` of the next request.
    last_seq: u64,
}

/// Read a run
#[utoipa::path(
    get, path = "/runs/{id}", tag = "runs",
    operation_id = "get_run",
    params(("id" = RunId, Path)),
    responses((status = OK, body = Run), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn get(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<RunId>,
) -> Answer<Json<Run>> {
    Ok(Json(state.services.runs.get(&member, id).await?))
}

/// Stop a run
///
/// What has finished is kept. A run that has ended stays as it is.
#[utoipa::path(
    post, path = "/runs/{id}/cancel", tag = "runs",
    operation_id = "cancel_run",
    params(("id" = RunId, Path)),
    responses(
        (status = ACCEPTED, description = "It stops in a moment", body = Run),
        (status = FORBIDDEN, description = "Viewers and reading keys stop nothing", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn cancel(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<RunId>,
) -> Answer<(StatusCode, Json<Run>)> {
    let runs = &state.services.runs;
    runs.cancel(&member, id).await?;
    Ok((StatusCode::ACCEPTED, Json(runs.get(&member, id).await?)))
}

/// Answer with what a stopped run has
///
/// Starts another run on the same question in which everything that had finished counts as done:
/// agents that had not are left out, and no further round begins.
#[utoipa::path(
    post, path = "/runs/{id}/conclude", tag = "runs",
    operation_id = "conclude_run",
    params(("id" = RunId, Path), Waiting),
    responses(
        (status = ACCEPTED, description = "The run was started", body = Asked),
        (status = OK, description = "The run has ended", body = Asked),
        (status = FORBIDDEN, description = "Viewers and reading keys ask nothing", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "It was not stopped, nothing had finished, or a question is being answered there", body = ApiError),
    ),
)]
pub async fn conclude(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<RunId>,
    Params(Waiting { wait }): Params<Waiting>,
    Extension(process): Extension<Process>,
    headers: HeaderMap,
) -> Answer<Response> {
    let key = request_id(None, &format_args!("conclude/{id}"), &headers);
    let run = state.services.runs.conclude(&member, id, key).await?;
    answer(&state.services, &member, run, wait, process).await
}

/// Watch a run, or read its log
///
/// Server-sent events, from the beginning or after `Last-Event-ID`, until the run has ended; with
/// `Accept: application/json` what is there now.
#[utoipa::path(
    get, path = "/runs/{id}/events", tag = "runs",
    operation_id = "get_run_events",
    params(
        ("id" = RunId, Path),
        After,
        ("Last-Event-ID" = Option<u64>, Header, description = "Resumes a stream after that `seq`"),
    ),
    responses(
        (status = OK, content(
            (EventPage = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn events(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<RunId>,
    Params(After { after }): Params<After>,
    Extension(process): Extension<Process>,
    headers: HeaderMap,
) -> Answer<Response> {
    let after = number("after", Some(after))?;
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text(ACCEPT).is_some_and(|accept| accept.contains("application/json")) {
        let runs = &state.services.runs;
        let items = runs.events(&member, id, after, MOST_EVENTS).await?;
        let last_seq = items.last().map_or(after, |event| event.seq);
        return Ok(Json(EventPage { items, last_seq }).into_response());
    }
    let after = match text(LAST_EVENT_ID) {
        Some(id) => number("Last-Event-ID", id.parse().ok())?,
        None => after,
    };
    let seen = state
        .services
        .watch(member, id, after, process.closing)
        .await?;
    Ok(stream::events(id, seen).into_response())
}

/// Of an event; they are signed in the databases.
fn number(field: &'static str, given: Option<u64>) -> Result<u64, Error> {
    let fits = given.filter(|number| i64::try_from(*number).is_ok());
    fits.ok_or_else(|| Invalid::new(field, "this is not the number of an event").into())
}

/// List a run's provider calls
///
/// Prompts, replies, models, versions, tokens, cost and timings, in the order in which they
/// finished.
#[utoipa::path(
    get, path = "/runs/{id}/steps", tag = "runs",
    operation_id = "list_run_steps",
    params(("id" = RunId, Path), PartQuery),
    responses((status = OK, body = Page<StepView>), (status = NOT_FOUND, body = ApiError)),
)]
pub async fn steps(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<RunId>,
    Params(part): Params<PartQuery>,
) -> Answer<Json<Page<StepView>>> {
    let runs = &state.services.runs;
    Ok(Json(runs.steps_page(&member, id, &part.into()).await?))
}

/// Read who worked when
///
/// The provider calls of each round on one axis of time, in milliseconds from the run's start: which
/// of them the answer waited for, and the time in which no model was at work. Of a run under way,
/// as far as it has come.
#[utoipa::path(
    get, path = "/runs/{id}/timeline", tag = "runs",
    operation_id = "get_run_timeline",
    params(("id" = RunId, Path)),
    responses(
        (status = OK, body = Timeline),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "It still waits to be taken up", body = ApiError),
    ),
)]
pub async fn timeline(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<RunId>,
) -> Answer<Json<Timeline>> {
    Ok(Json(state.services.runs.timeline(&member, id).await?))
}
