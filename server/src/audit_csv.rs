//! The audit trail as a table for spreadsheets, for the admin whose browser asks. What is in it and
//! who may have it is the services' business.

use crate::rest::{Answer, Caller, Params};
use app::ssr::AppState;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::{ApiError, AuditEntry};
use futures::{StreamExt, stream};
use serde::Deserialize;
use services::{Admin, AuditForm};

const HEAD: &str = "time,person,person_id,action,subject,detail\r\n";

/// As the form of the page sends it.
#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    group: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

pub async fn export(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(filter): Params<Filter>,
) -> Answer<Response> {
    let admin = Admin::try_from(member)?;
    let form = AuditForm {
        group: filter.group,
        person: filter.person,
        from: filter.from,
        to: filter.to,
    };
    let services = state.services;
    let first = services.audit.export(&admin, &form, None).await?;
    let begun = format!("{HEAD}{}", rows(&first));
    let last = first.last().map(|entry| entry.id);
    let rest = stream::try_unfold(last, move |last| {
        let (services, admin, form) = (services.clone(), admin.clone(), form.clone());
        async move {
            let Some(last) = last else { return Ok(None) };
            // A slow reader may have lost the right meanwhile.
            let member = services.accounts.again(admin.member()).await;
            let admin = member.and_then(Admin::try_from).map_err(ApiError::from)?;
            let more = services.audit.export(&admin, &form, Some(last)).await;
            let more = more.map_err(ApiError::from)?;
            let next = more.last().map(|entry| entry.id);
            Ok::<_, ApiError>(next.map(|next| (rows(&more), Some(next))))
        }
    });
    let text = stream::iter([Ok(begun)]).chain(rest);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(text)).into_response())
}

fn rows(entries: &[AuditEntry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let person = entry.user_id.map(|id| id.to_string()).unwrap_or_default();
        let cells = [
            entry.created_at.to_rfc3339().as_str(),
            &entry.actor_name,
            &person,
            &entry.action,
            &entry.subject,
            &entry.detail,
        ]
        .map(cell);
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// Spreadsheets compute what begins like a formula: an apostrophe makes it text.
pub fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if is_formula { "'" } else { "" };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{mark}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{mark}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text_and_stay_in_their_place() {
        for (text, expected) in [
            ("Ada", "Ada"),
            ("", ""),
            ("Lovelace, Ada", "\"Lovelace, Ada\""),
            ("the \"countess\"", "\"the \"\"countess\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            ("\t=1", "'\t=1"),
            (
                "=HYPERLINK(\"x\",\"y\")",
                "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
            ),
            ("a=b", "a=b"),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
