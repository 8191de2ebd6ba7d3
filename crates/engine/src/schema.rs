//! The JSON schemas of structured calls, under fixed names, and the shapes their replies are read
//! into. The committed copies under docs/schemas/ are tested to be these.

use crate::llm::Schema;
use domain::synthesis::Agreement;
use domain::{AgentId, ChecklistItem, ItemId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What ids a reply may name, and how much a small model may write.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds<'a> {
    pub agents: &'a [AgentId],
    pub items: &'a [ChecklistItem],
    pub small: bool,
}

fn schema(name: &'static str, schema: Value) -> Schema {
    Schema {
        name,
        schema: Arc::new(schema),
    }
}

/// Every property is required and no other is allowed: what strict modes of providers ask for.
fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties
        .as_object()
        .into_iter()
        .flat_map(|p| p.keys())
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn list(items: Value, min: usize, max: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": min, "maxItems": max })
}

impl Bounds<'_> {
    /// A string; for a small model at most `small_max` characters, so that it comes to an end.
    fn text(&self, small_max: usize) -> Value {
        if self.small {
            json!({ "type": "string", "minLength": 3, "maxLength": small_max })
        } else {
            json!({ "type": "string" })
        }
    }

    fn agent(&self) -> Value {
        if self.agents.is_empty() {
            json!({ "type": "string" })
        } else {
            json!({ "type": "string", "enum": self.agents })
        }
    }

    fn item(&self) -> Value {
        if self.items.is_empty() {
            json!({ "type": "string" })
        } else {
            let ids: Vec<_> = self.items.iter().map(|item| &item.id).collect();
            json!({ "type": "string", "enum": ids })
        }
    }

    fn at_most(&self, small: usize, large: usize) -> usize {
        if self.small { small } else { large }
    }

    fn checklist(&self) -> Value {
        let item = |id: Value, accuracy: Value| {
            object(json!({
                "id": id,
                "text": self.text(60),
                "weight": { "type": "integer", "minimum": 1, "maximum": 5 },
                "accuracy": accuracy,
            }))
        };
        if self.small {
            // One fixed place per item: a small model would repeat ids and forget accuracy.
            let items: Vec<_> = (1..=4)
                .map(|n| {
                    item(
                        json!({ "const": format!("c{n}") }),
                        json!({ "const": n == 1 }),
                    )
                })
                .collect();
            return json!({ "type": "array", "prefixItems": items, "items": false, "minItems": 4, "maxItems": 4 });
        }
        list(
            item(json!({ "type": "string" }), json!({ "type": "boolean" })),
            4,
            10,
        )
    }

    fn observation_object(&self) -> Value {
        let mut properties = json!({
            "user_intent": self.text(80),
            "key_requirements": list(self.text(60), self.at_most(1, 0), self.at_most(1, 8)),
            "context_summary": self.text(40),
            "checklist": self.checklist(),
        });
        if !self.small {
            properties["title"] = json!({ "type": ["string", "null"] });
        }
        object(properties)
    }

    fn distilled(&self) -> [(&'static str, Value); 3] {
        let claim = object(json!({
            "text": self.text(80),
            "agents": list(self.agent(), 1, self.at_most(2, 16)),
            "agreement": { "type": "string", "enum": ["agreed", "disputed", "single"] },
        }));
        let aligned = object(json!({ "agent_id": self.agent(), "aligned": { "type": "boolean" } }));
        [
            ("core_insights", list(self.text(80), 1, self.at_most(1, 8))),
            (
                "claims",
                list(claim, self.at_most(1, 0), self.at_most(1, 24)),
            ),
            ("alignment_check", list(aligned, 0, self.at_most(0, 16))),
        ]
    }

    pub fn observation(&self) -> Schema {
        schema("observation", self.observation_object())
    }

    pub fn contribution(&self, delegates: bool) -> Schema {
        let mut properties = json!({
            "lines": list(self.text(160), 4, 4),
            "detail": { "type": ["string", "null"] },
        });
        if delegates {
            properties["ask"] = json!({
                "anyOf": [
                    object(json!({ "agent_id": self.agent(), "question": { "type": "string" } })),
                    { "type": "null" },
                ]
            });
        }
        schema("contribution", object(properties))
    }

    pub fn distillation(&self) -> Schema {
        let properties: serde_json::Map<_, _> = self
            .distilled()
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        schema("distillation", object(Value::Object(properties)))
    }

    /// `observes`: round 1, where the same call makes the checklist.
    pub fn combined(&self, observes: bool) -> Schema {
        let mut properties = serde_json::Map::new();
        // A small model writes the answer while its attention is fresh.
        if self.small {
            let draft = json!({ "type": "string", "minLength": 80, "maxLength": 700 });
            properties.insert("answer".to_owned(), draft);
        }
        if observes {
            properties.insert("observation".to_owned(), self.observation_object());
        }
        let distilled = self.distilled().into_iter();
        // Nor has it any to spare for the alignment of agents.
        let distilled = distilled.filter(|(key, _)| !(self.small && *key == "alignment_check"));
        properties.extend(distilled.map(|(key, value)| (key.to_owned(), value)));
        if !self.small {
            properties.insert("draft".to_owned(), self.text(0));
        }
        schema("combined", object(Value::Object(properties)))
    }

    pub fn judgement(&self, sentences: usize) -> Schema {
        let number = if self.small {
            json!({ "type": "integer", "minimum": 1, "maximum": sentences.max(1) })
        } else {
            json!({ "type": "integer", "minimum": 1 })
        };
        let item = |id: Value| {
            object(json!({
                "item_id": id,
                "evidence": list(number.clone(), self.at_most(1, 0), self.at_most(2, 40)),
                "reason": self.text(100),
                "points": { "type": if self.small { "integer" } else { "number" }, "minimum": 0, "maximum": 5 },
            }))
        };
        let items = if self.small {
            let each: Vec<_> = self
                .items
                .iter()
                .map(|judged| item(json!({ "const": judged.id })))
                .collect();
            let count = each.len();
            json!({ "type": "array", "prefixItems": each, "items": false, "minItems": count, "maxItems": count })
        } else {
            list(item(self.item()), 1, self.items.len().max(10))
        };
        let directive = object(json!({
            "agent_id": self.agent(),
            "item_id": self.item(),
            "sentences": list(number.clone(), 0, self.at_most(2, 40)),
            "required_change": self.text(120),
        }));
        schema(
            "judgement",
            object(json!({
                "items": items,
                "directives": list(directive, self.at_most(1, 0), self.at_most(1, 16)),
            })),
        )
    }

    pub fn comparison(&self) -> Schema {
        schema(
            "comparison",
            object(json!({
                "reason": self.text(100),
                "better": { "type": "string", "enum": ["first", "second", "tie"] },
            })),
        )
    }
}

/// The general form of every schema, for docs/schemas/: without the ids of a particular run.
pub fn all() -> Vec<Schema> {
    let bounds = Bounds::default();
    vec![
        bounds.observation(),
        bounds.contribution(true),
        bounds.distillation(),
        bounds.combined(true),
        bounds.judgement(0),
        bounds.comparison(),
    ]
}

#[derive(Clone, Debug, Deserialize)]
pub struct ObservationReply {
    pub user_intent: String,
    #[serde(default)]
    pub key_requirements: Vec<String>,
    #[serde(default)]
    pub context_summary: String,
    #[serde(default)]
    pub title: Option<String>,
    pub checklist: Vec<ChecklistReply>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ChecklistReply {
    #[serde(default)]
    pub id: Option<String>,
    pub text: String,
    #[serde(default = "one")]
    pub weight: f64,
    #[serde(default)]
    pub accuracy: bool,
}

fn one() -> f64 {
    1.0
}

#[derive(Clone, Debug, Deserialize)]
pub struct ContributionReply {
    pub lines: Vec<String>,
    #[serde(default)]
    pub detail: Option<String>,
    #[serde(default)]
    pub ask: Option<SubQuestion>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SubQuestion {
    pub agent_id: AgentId,
    pub question: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct DistillationReply {
    pub core_insights: Vec<String>,
    #[serde(default)]
    pub claims: Vec<ClaimReply>,
    #[serde(default)]
    pub alignment_check: Vec<AlignmentReply>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ClaimReply {
    pub text: String,
    #[serde(default)]
    pub agents: Vec<AgentId>,
    pub agreement: Agreement,
}

#[derive(Clone, Debug, Deserialize)]
pub struct AlignmentReply {
    pub agent_id: AgentId,
    pub aligned: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub struct CombinedReply {
    #[serde(default)]
    pub observation: Option<ObservationReply>,
    #[serde(flatten)]
    pub distillation: DistillationReply,
    /// Small models know what an answer is, but not what a draft is.
    #[serde(alias = "answer")]
    pub draft: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct JudgementReply {
    pub items: Vec<ItemReply>,
    #[serde(default)]
    pub directives: Vec<DirectiveReply>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ItemReply {
    pub item_id: ItemId,
    #[serde(default)]
    pub evidence: Vec<i64>,
    #[serde(default)]
    pub reason: String,
    pub points: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct DirectiveReply {
    pub agent_id: AgentId,
    pub item_id: ItemId,
    #[serde(default)]
    pub sentences: Vec<i64>,
    pub required_change: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ComparisonReply {
    pub better: Better,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    First,
    Second,
    Tie,
}
