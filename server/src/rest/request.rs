//! What a request is made of, read strictly: who sends it, ids, parameters and bodies; and how a
//! refusal looks.

use crate::visit;
use app::ssr::Visit;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use domain::{ApiError, ErrorCode};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use services::{Client, Error, Member};

pub type Answer<T> = Result<T, Refusal>;

/// An error on its way to the caller.
#[derive(Debug)]
pub struct Refusal(ApiError);

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Names what cannot be accepted as that operation's request does: the services have one name for
/// it, whichever way it comes in. A field that is not in the list has the same name.
pub fn named(names: &[(&str, &str)]) -> impl FnOnce(Error) -> Refusal {
    move |error| {
        let mut error = ApiError::from(error);
        let field = error.error.field.as_deref();
        let here = names.iter().find(|(name, _)| field == Some(name));
        if let Some((_, here)) = here {
            error.error.field = Some((*here).to_owned());
        }
        Refusal(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        visit::refuse(self.0)
    }
}

fn visit(parts: &Parts) -> Option<&Visit> {
    parts.extensions.get::<Visit>()
}

/// Somebody who proved who they are.
pub struct Caller(pub Member);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let member = visit(parts).and_then(|visit| visit.member.clone());
        Ok(Self(member.ok_or(Error::Unauthorized)?))
    }
}

/// Where the request comes from, whoever sends it.
pub struct Sender(pub Client);

impl<S: Sync> FromRequestParts<S> for Sender {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let client = visit(parts).map(|visit| visit.client.clone());
        Ok(Self(client.ok_or(Error::Unauthorized)?))
    }
}

/// The id in the address. What is no id names nothing.
pub struct Id<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let id = Path::<T>::from_request_parts(parts, state).await;
        let Path(id) = id.map_err(|_| Error::NotFound("id"))?;
        Ok(Self(id))
    }
}

/// The parameters after the question mark.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(ApiError::from_code(ErrorCode::Invalid, error.body_text()).into()),
        }
    }
}

/// The body, as JSON.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        match Json::<Object<T>>::from_request(request, state).await {
            Ok(Json(Object(body))) => Ok(Self(body)),
            Err(rejection) => Err(unread(&rejection).into()),
        }
    }
}

/// A structure that is written as an object. Without this, an array of its fields would do.
struct Object<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::deserialize(deserializer)?;
        T::deserialize(Value::Object(fields))
            .map(Self)
            .map_err(D::Error::custom)
    }
}

/// The same for a field that may be left out.
pub fn object<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let found = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(found.map(|Object(value)| value))
}

/// The same for a field that has a value of its own when it is left out.
pub fn object_or_default<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// JSON that is none is malformed; JSON that says something else than expected is invalid.
fn unread(rejection: &JsonRejection) -> ApiError {
    let code = match rejection {
        JsonRejection::JsonDataError(_) => ErrorCode::Invalid,
        _ => ErrorCode::Malformed,
    };
    let message = match rejection {
        JsonRejection::BytesRejection(_) => {
            "The body is too long, or did not come whole.".to_owned()
        }
        JsonRejection::MissingJsonContentType(_) => {
            "Send JSON, with the header Content-Type: application/json.".to_owned()
        }
        other => other.body_text(),
    };
    ApiError::from_code(code, message)
}
