//! Figures of the organization's use, as JSON or a table at a time as CSV.

use super::request::{Answer, Caller, Id, Params};
use crate::audit_csv::cell;
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::ApiError;
use domain::analytics::{Cell, Figures, Sheet, Table};
use serde::Deserialize;
use services::{AnalyticsForm, Error};
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnalyticsQuery {
    /// So many days up to today, 30 if left out.
    #[serde(default)]
    #[param(pattern = "^([1-9][0-9]{0,2})?$")]
    days: String,
    /// The first day, like 2026-11-28, in UTC.
    #[serde(default)]
    from: String,
    /// The last day; two years at most.
    #[serde(default)]
    to: String,
    /// `hour`, for seven days at most and not of one person, or `day`.
    #[serde(default)]
    interval: String,
    /// Of one workflow, by its id.
    #[serde(default)]
    workflow: String,
    /// Of one agent: its calls, and the answers it worked on.
    #[serde(default)]
    agent: String,
    /// Of one model: its calls, and the answers it wrote.
    #[serde(default)]
    model: String,
    /// Of one person; for admins.
    #[serde(default)]
    user: String,
}

impl From<AnalyticsQuery> for AnalyticsForm {
    fn from(query: AnalyticsQuery) -> Self {
        Self {
            days: query.days,
            from: query.from,
            to: query.to,
            interval: query.interval,
            workflow: query.workflow,
            agent: query.agent,
            model: query.model,
            user: query.user,
        }
    }
}

/// Read what the organization's use came to
///
/// Questions from everywhere: browser, REST, sockets, the OpenAI-compatible interface and MCP. What
/// has ended is in it, also when it was deleted since. Only admins see whose use it was.
#[utoipa::path(
    get, path = "/analytics", tag = "analytics",
    operation_id = "get_analytics",
    params(AnalyticsQuery),
    responses(
        (status = OK, body = Figures),
        (status = FORBIDDEN, description = "Only admins ask about one person", body = ApiError),
    ),
)]
pub async fn read(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(query): Params<AnalyticsQuery>,
) -> Answer<Json<Figures>> {
    let figures = state.services.analytics.read(&member, query.into()).await?;
    Ok(Json(figures))
}

/// Read one table of it as CSV
///
/// `activity`, `sources`, `errors`, `requests`, `latency`, `latency_over_time`, `scores`,
/// `scores_by_iteration`, `scores_over_time`, `repair`, `workflows`, `agents`, `models`, `users`
/// (for admins), `contributions`, `ratings`, `calibration` or `judges`, and `.csv`.
#[utoipa::path(
    get, path = "/analytics/{file}", tag = "analytics",
    operation_id = "get_analytics_table",
    params(("file" = String, Path, example = "activity.csv"), AnalyticsQuery),
    responses(
        (
            status = OK,
            description = "A table for spreadsheets and programs",
            content((String = "text/csv"))
        ),
        (status = FORBIDDEN, description = "Only admins ask about people", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn table(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(file): Id<String>,
    Params(query): Params<AnalyticsQuery>,
) -> Answer<Response> {
    let name = file.strip_suffix(".csv");
    let table = name.and_then(|name| Table::ALL.into_iter().find(|it| it.as_str() == name));
    let table = table.ok_or(Error::NotFound("table"))?;
    let figures = state.services.analytics.read(&member, query.into()).await?;
    let sheet = figures.sheet(table);
    let sheet = sheet.ok_or(Error::Forbidden("Only admins see whose use it was."))?;
    let name = format!("attachment; filename=\"{}.csv\"", table.as_str());
    let headers = [
        (
            CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present".to_owned(),
        ),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, csv(&sheet)).into_response())
}

fn csv(sheet: &Sheet) -> String {
    let mut text = sheet.columns.join(",");
    text.push_str("\r\n");
    for row in &sheet.rows {
        let cells: Vec<String> = row
            .iter()
            .map(|it| match it {
                // People and models choose names; the rest is ours.
                Cell::Text(text) => cell(text),
                it => it.to_string(),
            })
            .collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_formulas_and_numbers_stay_numbers() {
        let sheet = Sheet {
            columns: vec!["name", "gain", "p95_ms"],
            rows: vec![vec![
                Cell::Text("=1+1, or so".to_owned()),
                Cell::Number(-0.5),
                Cell::Unknown,
            ]],
        };
        assert_eq!(
            csv(&sheet),
            "name,gain,p95_ms\r\n\"'=1+1, or so\",-0.5,\r\n"
        );
    }
}
