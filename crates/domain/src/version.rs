//! Versions of agents and workflows: each change makes a new one, none is ever altered.

use crate::id::UserId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an agent or a workflow was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version<T> {
    /// From 1, without gaps.
    pub version: u32,
    /// `None` for what is shipped, and for people who are gone.
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub content: T,
}

/// Of what was kept before versions were counted.
pub(crate) fn first() -> u32 {
    1
}

/// One field that differs between two versions; `null` where one of them has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// `goal`, or `llm_config.temperature`.
    pub field: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub before: Value,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub after: Value,
}

/// What has to be changed to come from one to the other.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn compare(field: &str, before: &Value, after: &Value, found: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        found.push(Change {
            field: field.to_owned(),
            before: before.clone(),
            after: after.clone(),
        });
        return;
    };
    let added = new.keys().filter(|key| !old.contains_key(*key));
    for key in old.keys().chain(added) {
        let path = match field {
            "" => key.clone(),
            _ => format!("{field}.{key}"),
        };
        let of = |fields: &serde_json::Map<String, Value>| fields.get(key).cloned();
        let (before, after) = (of(old).unwrap_or_default(), of(new).unwrap_or_default());
        compare(&path, &before, &after, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_name_the_field() {
        let before =
            json!({ "goal": "a", "llm_config": { "top_p": 1, "model": "x/y" }, "ids": [1] });
        let after = json!({ "goal": "b", "llm_config": { "top_p": 1, "seed": 7 }, "ids": [1, 2] });
        let fields: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|change| (change.field, change.before, change.after))
            .collect();
        assert_eq!(
            fields,
            [
                ("goal".to_owned(), json!("a"), json!("b")),
                ("llm_config.model".to_owned(), json!("x/y"), json!(null)),
                ("llm_config.seed".to_owned(), json!(null), json!(7)),
                ("ids".to_owned(), json!([1]), json!([1, 2])),
            ]
        );
        assert!(changes(&after, &after).is_empty());
    }
}
