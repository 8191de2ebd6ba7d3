//! The grammar of the JSON documents that satisfy a schema: compact, properties in the order of
//! `required`, optional ones left out.

use super::grammar::{Alphabet, Grammar, GrammarError, Part, Rules};
use serde_json::Value;

/// What a string without `maxLength` may hold, and an array without `maxItems`.
const TEXT_MAX: u64 = 300;
const ITEMS_MAX: u64 = 4;
/// Longer strings are prose and may contain line breaks.
const LINE_MAX: u64 = 400;
/// However much more a schema allows; llama.cpp refuses grammars with 2000 repetitions.
const TEXT_LIMIT: u64 = 2000;
const ITEMS_LIMIT: u64 = 100;
const DEPTH_MAX: usize = 24;
/// Numbers of a range up to this wide are spelled out, wider ones are matched by their digits.
const SPELLED_OUT: i64 = 100;

/// Keywords that would make a document invalid when they are not looked at.
const UNSUPPORTED: [&str; 12] = [
    "allOf",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "minProperties",
    "multipleOf",
    "not",
    "pattern",
    "patternProperties",
    "propertyNames",
    "uniqueItems",
];

pub(super) fn grammar(schema: &Value) -> Result<Grammar, GrammarError> {
    let mut rules = Rules::default();
    let root = Schema {
        document: schema,
        here: schema,
        depth: 0,
    };
    let part = root.part(&mut rules)?;
    Ok(rules.finish(part))
}

#[derive(Clone, Copy)]
struct Schema<'a> {
    document: &'a Value,
    here: &'a Value,
    depth: usize,
}

impl<'a> Schema<'a> {
    fn get(self, keyword: &str) -> Option<&'a Value> {
        self.here.get(keyword)
    }

    fn list(self, keyword: &str) -> Option<&'a [Value]> {
        self.get(keyword)?.as_array().map(Vec::as_slice)
    }

    fn inner(self, here: &'a Value) -> Self {
        Self {
            here,
            depth: self.depth + 1,
            ..self
        }
    }

    fn part(self, rules: &mut Rules) -> Result<Part, GrammarError> {
        if self.depth > DEPTH_MAX {
            return Err(GrammarError::Depth(DEPTH_MAX));
        }
        if let Some(keyword) = UNSUPPORTED.into_iter().find(|k| self.get(k).is_some()) {
            return Err(GrammarError::Keyword(keyword));
        }
        if let Some(reference) = self.get("$ref").and_then(Value::as_str) {
            return self.referred(reference)?.part(rules);
        }
        if let Some(value) = self.get("const") {
            return Ok(Part::json(value));
        }
        if let Some(values) = self.list("enum") {
            return Part::any(values.iter().map(Part::json));
        }
        if let Some(choices) = self.list("anyOf").or_else(|| self.list("oneOf")) {
            let parts: Result<Vec<_>, _> =
                choices.iter().map(|c| self.inner(c).part(rules)).collect();
            return Part::any(parts?);
        }
        match self.get("type") {
            Some(Value::String(kind)) => self.of_type(kind, rules),
            Some(Value::Array(kinds)) => {
                let parts: Result<Vec<_>, _> = kinds
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|kind| self.of_type(kind, rules))
                    .collect();
                Part::any(parts?)
            }
            _ if self.get("properties").is_some() => self.object(rules),
            _ => Err(GrammarError::Unsatisfiable("it has a part without a type")),
        }
    }

    fn of_type(self, kind: &str, rules: &mut Rules) -> Result<Part, GrammarError> {
        match kind {
            "object" => self.object(rules),
            "array" => self.array(rules),
            "string" => Ok(self.string(rules)),
            "integer" => self.number(false),
            "number" => self.number(true),
            "boolean" => Part::any([Part::literal("true"), Part::literal("false")]),
            "null" => Ok(Part::literal("null")),
            _ => Err(GrammarError::Unsatisfiable("it names an unknown type")),
        }
    }

    fn referred(self, reference: &str) -> Result<Self, GrammarError> {
        reference
            .strip_prefix('#')
            .and_then(|pointer| self.document.pointer(pointer))
            .map(|here| self.inner(here))
            .ok_or_else(|| GrammarError::Reference(reference.to_owned()))
    }

    fn object(self, rules: &mut Rules) -> Result<Part, GrammarError> {
        let properties = self.get("properties").and_then(Value::as_object);
        let names: Vec<&str> = match (self.list("required"), properties) {
            (Some(required), _) => required.iter().filter_map(Value::as_str).collect(),
            (None, Some(properties)) => properties.keys().map(String::as_str).collect(),
            (None, None) => Vec::new(),
        };
        let mut parts = Vec::new();
        for name in names {
            let lead = if parts.is_empty() { '{' } else { ',' };
            let schema = properties
                .and_then(|properties| properties.get(name))
                .ok_or(GrammarError::Unsatisfiable(
                    "it requires an undescribed property",
                ))?;
            parts.push(Part::literal(&format!("{lead}{}:", Value::from(name))));
            parts.push(self.inner(schema).part(rules)?);
        }
        parts.push(Part::literal(if parts.is_empty() { "{}" } else { "}" }));
        Ok(Part::all(parts))
    }

    fn array(self, rules: &mut Rules) -> Result<Part, GrammarError> {
        let prefix = self.list("prefixItems").unwrap_or_default();
        let items = self.get("items").filter(|items| items.is_object());
        let fixed = prefix.len() as u64;
        let min = self.bound("minItems").unwrap_or(0);
        let max = match (self.bound("maxItems"), items) {
            (max, None) => max.unwrap_or(fixed).min(fixed),
            (Some(max), Some(_)) => max.min(ITEMS_LIMIT.max(min)),
            (None, Some(_)) => (fixed + ITEMS_MAX).max(min),
        };
        if min > max {
            return Err(GrammarError::Unsatisfiable("an array's items are too few"));
        }
        let mut parts = vec![Part::literal("[")];
        for (index, schema) in prefix.iter().take(max as usize).enumerate() {
            if index > 0 {
                parts.push(Part::literal(","));
            }
            parts.push(self.inner(schema).part(rules)?);
        }
        if let Some(items) = items.filter(|_| max > fixed) {
            let item = self.inner(items).part(rules)?;
            let item = rules.named(item);
            let more = Part::all([Part::literal(","), item.clone()]);
            let (min, max) = (min.saturating_sub(fixed), max - fixed);
            parts.push(if fixed > 0 {
                more.repeated(min, max)
            } else {
                let list = Part::all([item, more.repeated(min.saturating_sub(1), max - 1)]);
                if min > 0 { list } else { list.repeated(0, 1) }
            });
        }
        parts.push(Part::literal("]"));
        Ok(Part::all(parts))
    }

    fn string(self, rules: &mut Rules) -> Part {
        let min = self.bound("minLength");
        let max = self.bound("maxLength");
        let max = max
            .unwrap_or(TEXT_MAX.max(min.unwrap_or(0)))
            .min(TEXT_LIMIT);
        // An empty text says nothing: only a schema that asks for it gets one.
        let min = min.unwrap_or(1).min(max);
        let alphabet = if max > LINE_MAX {
            Alphabet::Prose
        } else {
            Alphabet::String
        };
        let text = rules.text(alphabet, min as usize, max as usize);
        Part::all([Part::literal("\""), text, Part::literal("\"")])
    }

    fn bound(self, keyword: &str) -> Option<u64> {
        self.get(keyword)?.as_u64()
    }

    fn number(self, fraction: bool) -> Result<Part, GrammarError> {
        let limit = |keyword| self.get(keyword).and_then(Value::as_f64);
        let low = limit("minimum").map(|low| low.ceil() as i64);
        let low = low.max(limit("exclusiveMinimum").map(|low| low.floor() as i64 + 1));
        let high = [
            limit("maximum").map(|high| high.floor() as i64),
            limit("exclusiveMaximum").map(|high| high.ceil() as i64 - 1),
        ];
        let high = high.into_iter().flatten().min();
        let spelled = |low: i64, high: i64| {
            Part::any((low..=high).map(|whole| {
                let number = Part::literal(&whole.to_string());
                match fraction && whole >= 0 && whole < high {
                    true => Part::all([number, Part::fraction()]),
                    false => number,
                }
            }))
        };
        match (low, high) {
            (None, None) => Ok(Part::digits(true, 6, fraction)),
            (Some(0 | 1), None) => Ok(Part::digits(false, 6, false)),
            (Some(low), None) => spelled(low, low + SPELLED_OUT),
            (None, Some(high)) => spelled(high - SPELLED_OUT, high),
            (Some(low), Some(high)) if high - low <= SPELLED_OUT => spelled(low, high),
            (Some(0 | 1), Some(high)) => Ok(Part::digits(false, high.to_string().len() - 1, false)),
            (Some(low), Some(_)) => spelled(low, low + SPELLED_OUT),
        }
    }
}
