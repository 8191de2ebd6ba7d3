//! Between values and columns: what a column cannot hold as it is, and what came back wrong.

use crate::StoreError;
use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use std::borrow::Cow;
use std::fmt::Display;

/// PostgreSQL keeps no U+0000, neither in text nor in JSON, and models do write it. On both
/// databases U+FFFD takes its place, so that they agree.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A value as a JSON column keeps it.
pub(crate) fn json<T: Serialize>(
    table: &'static str,
    id: impl Display,
    value: &T,
) -> Result<Json<Value>, StoreError> {
    let mut value = consistent(table, id, serde_json::to_value(value))?;
    clean(&mut value);
    Ok(Json(value))
}

fn clean(value: &mut Value) {
    match value {
        Value::String(string) => {
            if let Cow::Owned(cleaned) = text(string) {
                *string = cleaned;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => {
            if fields.keys().any(|key| key.contains('\0')) {
                let renamed = std::mem::take(fields).into_iter();
                *fields = renamed
                    .map(|(key, value)| (text(&key).into_owned(), value))
                    .collect();
            }
            fields.values_mut().for_each(clean);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Counts are u64 here and signed there. None comes near the limit.
pub(crate) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A number that somebody set, requests in a minute or days.
pub(crate) fn rate(
    table: &'static str,
    id: impl Display,
    column: Option<i64>,
) -> Result<Option<u32>, StoreError> {
    column
        .map(|rate| consistent(table, id, u32::try_from(rate)))
        .transpose()
}

/// What was read must be what could have been written.
pub(crate) fn consistent<T, E: Display>(
    table: &'static str,
    id: impl Display,
    value: Result<T, E>,
) -> Result<T, StoreError> {
    value.map_err(|error| inconsistent(table, id, error))
}

/// The value whose name is in the column.
pub(crate) fn named<T: Copy>(
    table: &'static str,
    id: impl Display,
    all: &[T],
    name_of: fn(T) -> &'static str,
    name: &str,
) -> Result<T, StoreError> {
    all.iter()
        .copied()
        .find(|value| name_of(*value) == name)
        .ok_or_else(|| inconsistent(table, id, format_args!("`{name}` is not a known value")))
}

pub(crate) fn inconsistent(
    table: &'static str,
    id: impl Display,
    what: impl Display,
) -> StoreError {
    StoreError::Inconsistent {
        table,
        id: id.to_string(),
        what: what.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_postgresql_cannot_keep_is_replaced_everywhere() {
        assert_eq!(text("a\0b"), "a\u{fffd}b");
        assert!(matches!(text("ü 日本"), Cow::Borrowed(_)));
        let value = json!({ "a\0": ["\0", { "b": "c\0" }], "d": 1 });
        let Json(cleaned) = json("x", 1, &value).unwrap();
        assert_eq!(
            cleaned,
            json!({ "a\u{fffd}": ["\u{fffd}", { "b": "c\u{fffd}" }], "d": 1 })
        );
    }

    #[test]
    fn unknown_names_say_where_they_were_found() {
        let role = named("users", 7, &domain::Role::ALL, domain::Role::as_str, "king");
        assert_eq!(
            role.unwrap_err().to_string(),
            "users 7 is inconsistent: `king` is not a known value"
        );
        assert_eq!(integer(u64::MAX), i64::MAX);
    }
}
