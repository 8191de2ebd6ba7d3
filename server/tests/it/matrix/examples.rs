//! The examples in the document: each is a real answer, and has the shape that answers have now.
//! `OVERMIND_BLESS=1` writes them anew.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// An operation's id, and how it was answered.
pub type Answers = BTreeMap<String, (u16, Value)>;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rest/examples.json");
const SECRETS: [&str; 5] = ["access_token", "refresh_token", "key", "ticket", "link"];
const LONGEST_TEXT: usize = 160;
const MOST_ITEMS: usize = 2;

pub fn check(document: &Value, answers: &Answers) {
    if std::env::var_os("OVERMIND_BLESS").is_some() {
        let shown: Map<String, Value> = answers
            .iter()
            .map(|(id, (status, body))| {
                let mut body = body.clone();
                shorten(&mut body);
                (
                    id.clone(),
                    json!({ "status": status.to_string(), "body": body }),
                )
            })
            .collect();
        let text = serde_json::to_string_pretty(&shown).unwrap();
        fs::write(Path::new(FILE), text + "\n").unwrap();
        return;
    }
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            let Some((status, body)) = answers.get(id) else {
                continue;
            };
            let response = &operation["responses"][status.to_string()];
            let example = &response["content"]["application/json"]["example"];
            assert!(!example.is_null(), "{id} has no example");
            assert_eq!(
                shape(example),
                shape(body),
                "{id}: the example is out of date"
            );
        }
    }
}

/// The names of the fields, of a list's first item too.
fn shape(body: &Value) -> BTreeSet<String> {
    let fields = |value: &Value, prefix: &str| -> Vec<String> {
        let fields = value.as_object().into_iter().flat_map(Map::keys);
        fields.map(|name| format!("{prefix}{name}")).collect()
    };
    let first = ["items", "data"]
        .into_iter()
        .filter_map(|list| body[list].as_array()?.first())
        .flat_map(|item| fields(item, "[]."));
    fields(body, "").into_iter().chain(first).collect()
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.chars().count() > LONGEST_TEXT => {
            *text = text.chars().take(LONGEST_TEXT).collect::<String>() + "…";
        }
        Value::Array(items) => {
            items.truncate(MOST_ITEMS);
            items.iter_mut().for_each(shorten);
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "base_url" && value.is_string() {
                    // The stage's provider has another address each time.
                    *value = json!("https://llm.example.org/v1");
                } else if SECRETS.contains(&name.as_str()) && value.is_string() {
                    *value = json!("…");
                } else {
                    shorten(value);
                }
            }
        }
        _ => {}
    }
}
