//! Answers that nobody scripted: a value that satisfies a JSON schema, or a few sentences.

use serde_json::{Map, Value};

/// Keeps a schema that refers to itself from being followed forever.
const DEEPEST: usize = 24;

/// A value that satisfies the schema.
pub(crate) fn json(schema: &Value) -> Value {
    let mut sampler = Sampler {
        root: schema,
        sentences: 0,
    };
    sampler.value(schema, "answer", 0)
}

/// Plain text; four numbered lines when the request speaks of them.
pub(crate) fn text(request: &str) -> String {
    let lines = [
        "Begin with the goal and write down what success looks like.",
        "Compare two or three options by cost, risk and effort.",
        "Choose the smallest step that gives an answer within a week.",
        "Review the result with everyone concerned and adjust the plan.",
    ];
    if request.to_lowercase().contains("numbered lines") {
        let numbered = lines.iter().enumerate();
        let numbered = numbered.map(|(index, line)| format!("{}. {line}", index + 1));
        numbered.collect::<Vec<_>>().join("\n")
    } else {
        lines.join(" ")
    }
}

struct Sampler<'a> {
    root: &'a Value,
    sentences: usize,
}

impl<'a> Sampler<'a> {
    /// `name` is the property the value is for: it makes the sentences tell what they are.
    fn value(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(value) = schema.get("const").or_else(|| first(schema, "enum")) {
            return value.clone();
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = self.root.pointer(target.trim_start_matches('#'));
            return target.map_or(Value::Null, |target| self.value(target, name, depth + 1));
        }
        for any in ["anyOf", "oneOf", "allOf"] {
            if let Some(choices) = schema.get(any).and_then(Value::as_array) {
                let choice = choices.iter().find(|choice| kind(choice) != "null");
                return choice.map_or(Value::Null, |choice| self.value(choice, name, depth + 1));
            }
        }
        match kind(schema) {
            "object" => Value::Object(self.object(schema, depth)),
            "array" => Value::Array(self.array(schema, name, depth)),
            "string" => Value::from(self.string(schema, name)),
            "integer" => Value::from(number(schema) as i64),
            "number" => Value::from(number(schema)),
            "boolean" => Value::Bool(true),
            _ => Value::Null,
        }
    }

    fn object(&mut self, schema: &'a Value, depth: usize) -> Map<String, Value> {
        let properties = schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), self.value(schema, name, depth + 1)))
            .collect()
    }

    fn array(&mut self, schema: &'a Value, name: &str, depth: usize) -> Vec<Value> {
        let size = |key: &str| schema.get(key).and_then(Value::as_u64);
        let mut values: Vec<_> = schema
            .get("prefixItems")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|schema| self.value(schema, name, depth + 1))
            .collect();
        let Some(items) = schema.get("items").filter(|items| items.is_object()) else {
            return values;
        };
        let wanted = size("minItems").unwrap_or(1).max(1);
        let wanted = wanted.min(size("maxItems").unwrap_or(u64::MAX));
        while (values.len() as u64) < wanted {
            let value = self.value(items, name, depth + 1);
            values.push(value);
        }
        values
    }

    /// A sentence of its own for every string, so that lists hold no duplicates.
    fn string(&mut self, schema: &Value, name: &str) -> String {
        let size = |key: &str| {
            let size = schema.get(key).and_then(Value::as_u64);
            size.and_then(|size| usize::try_from(size).ok())
        };
        self.sentences += 1;
        let number = self.sentences;
        let name = name.replace('_', " ");
        let mut text = format!("{number}: a plain sentence about the {name}.");
        if let Some(longest) = size("maxLength") {
            text = text.chars().take(longest).collect();
        }
        let missing = size("minLength")
            .unwrap_or(0)
            .saturating_sub(text.chars().count());
        text + &".".repeat(missing)
    }
}

fn first<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    schema.get(key)?.as_array()?.first()
}

/// The type of the value to make; the first one that is not null.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() || schema.get("prefixItems").is_some() => "array",
        _ => "string",
    }
}

/// The best score there is: the largest number allowed.
fn number(schema: &Value) -> f64 {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    bound("maximum")
        .or_else(|| bound("exclusiveMaximum").map(|bound| bound - 1.0))
        .or_else(|| bound("minimum"))
        .or_else(|| bound("exclusiveMinimum").map(|bound| bound + 1.0))
        .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn samples_satisfy_their_schema() {
        let schema = json!({
            "type": "object",
            "required": ["id", "lines", "points"],
            "additionalProperties": false,
            "properties": {
                "id": {"type": "string", "enum": ["a", "b"]},
                "kind": {"const": "fixed"},
                "lines": {
                    "type": "array", "minItems": 4, "maxItems": 4, "uniqueItems": true,
                    "items": {"type": "string", "minLength": 60, "maxLength": 80}
                },
                "short": {"type": "string", "maxLength": 5},
                "points": {"type": "integer", "minimum": 0, "maximum": 5},
                "weight": {"type": "number", "exclusiveMaximum": 2},
                "detail": {"type": ["null", "string"]},
                "maybe": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/item"}]},
                "pair": {"type": "array", "prefixItems": [{"type": "boolean"}, {"const": 7}]},
                "none": {"type": "array", "maxItems": 0, "items": {"type": "string"}}
            },
            "$defs": {"item": {"type": "object", "required": ["text"],
                               "properties": {"text": {"type": "string"}}}}
        });
        let value = json(&schema);
        jsonschema::validate(&schema, &value).unwrap();
        assert_eq!(value["points"], 5);
        assert!(value["maybe"]["text"].as_str().unwrap().len() > 10);
        assert_eq!(value["pair"], json!([true, 7]));
    }

    #[test]
    fn a_schema_without_an_end_is_left() {
        let schema = json!({"type": "object", "properties": {"child": {"$ref": "#"}}});
        assert!(json(&schema).is_object());
    }

    #[test]
    fn four_lines_when_asked() {
        assert_eq!(
            text("Answer in exactly four numbered lines.")
                .lines()
                .count(),
            4
        );
        assert_eq!(text("Answer.").lines().count(), 1);
    }
}
