//! What agents and workflows have in common: versions as entity tags, their differences, going back.

use super::request::{Answer, Refusal};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Change;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The version that the writer knows, if they say so: `If-Match: "3"`. `*` is any.
pub struct IfMatch(pub Option<u32>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let Some(tag) = parts.headers.get(IF_MATCH) else {
            return Ok(Self(None));
        };
        let tag = tag.to_str().unwrap_or_default().trim();
        if tag == "*" {
            return Ok(Self(None));
        }
        let version = tag
            .strip_prefix('"')
            .and_then(|tag| tag.strip_suffix('"'))
            .and_then(|version| version.parse().ok());
        // What is no tag of ours matches nothing; versions count from 1.
        Ok(Self(Some(version.unwrap_or(0))))
    }
}

/// An answer with its version as its tag.
pub struct Tagged<T> {
    pub status: StatusCode,
    pub version: u32,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(tag) = tag(self.version) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

fn tag(version: u32) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{version}\"")).ok()
}

/// The tag of an answer that is given again, of which only the body was kept.
pub fn tag_of(path: &str, body: &str) -> Option<HeaderValue> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let tagged = ["/agents", "/workflows"]
        .iter()
        .any(|list| path.starts_with(list));
    let Version { version } = serde_json::from_str(body).ok().filter(|_| tagged)?;
    tag(version)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100, 50 if left out.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

impl From<PartQuery> for services::Part {
    fn from(query: PartQuery) -> Self {
        Self {
            cursor: query.cursor,
            limit: query.limit,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Between {
    pub from: u32,
    pub to: u32,
}

/// What has to be changed to come from one version to the other.
#[derive(Serialize, ToSchema)]
pub struct Changes {
    pub items: Vec<Change>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "version": 1 }))]
pub struct Restoring {
    /// What it was then becomes the next version.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn an_answer_that_is_given_again_has_its_tag() {
        for (path, body, expected) in [
            ("/agents", r#"{"id":"a","version":3}"#, Some("\"3\"")),
            ("/workflows/w/restore", r#"{"version":2}"#, Some("\"2\"")),
            ("/workflows/w/execute", r#"{"run":{"version":2}}"#, None),
            ("/conversations", r#"{"version":2}"#, None),
        ] {
            let tag = tag_of(path, body);
            let tag = tag.as_ref().map(|tag| tag.to_str().unwrap());
            assert_eq!(tag, expected, "{path} {body}");
        }
    }

    #[tokio::test]
    async fn tags() {
        for (header, version) in [
            (None, None),
            (Some("*"), None),
            (Some("\"3\""), Some(3)),
            (Some(" \"12\" "), Some(12)),
            (Some("3"), Some(0)),
            (Some("W/\"3\""), Some(0)),
            (Some("\"x\""), Some(0)),
        ] {
            let mut request = Request::new(());
            if let Some(header) = header {
                let value = HeaderValue::from_static(header);
                request.headers_mut().insert(IF_MATCH, value);
            }
            let (mut parts, ()) = request.into_parts();
            let IfMatch(found) = IfMatch::from_request_parts(&mut parts, &()).await.unwrap();
            assert_eq!(found, version, "{header:?}");
        }
    }
}
