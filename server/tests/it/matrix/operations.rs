//! The document's operations, and requests that are made of them.

use super::rules::Who;
use super::stage::{Stage, Things};
use crate::rest::text;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One operation of the document.
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    /// The request's example.
    pub body: Value,
    /// The request's schema.
    pub schema: Value,
    /// Of the query.
    pub parameters: Vec<String>,
    /// The statuses that are listed.
    pub answers: BTreeSet<u16>,
}

pub fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let body = match schema["$ref"].as_str() {
                Some(name) => {
                    let name = name.rsplit('/').next().unwrap();
                    let example = document["components"]["schemas"][name]["example"].clone();
                    assert!(example.is_object(), "{name} has an example");
                    example
                }
                None => Value::Null,
            };
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters = parameters.filter(|parameter| parameter["in"] == "query");
            let answers = operation["responses"].as_object().unwrap().keys();
            found.push(Operation {
                id: text(&operation["operationId"]).to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                body,
                schema: schema.clone(),
                parameters: parameters.map(|it| text(&it["name"]).to_owned()).collect(),
                answers: answers.map(|status| status.parse().unwrap()).collect(),
            });
        }
    }
    found
}

impl Operation {
    /// With those things where it names one.
    pub fn request(&self, things: &Things) -> (String, Value) {
        let thing = match self.path.split('/').nth(1).unwrap() {
            "conversations" => "conversation",
            "messages" if self.id == "rate_message" => "answer",
            "messages" => "message",
            "runs" => "run",
            "agents" => "agent",
            "workflows" | "models" => "workflow",
            "api-keys" => "key",
            "connections" => "connection",
            "shares" => "share",
            "organization" if self.path.contains("/members") => "member",
            "organization" if self.path.contains("/sessions") => "session",
            "organization" if self.path.contains("/api-keys") => "key",
            _ => "invitation",
        };
        let id = things.get(thing).map_or("{missing}", String::as_str);
        let path = self
            .path
            .replace("{id}", id)
            .replace("{model}", id)
            .replace("{version}", "1")
            .replace("{file}", "activity.csv");
        assert!(!path.contains('{'), "{path} names something unknown");
        let query = match self.id.as_str() {
            "compare_agent_versions" | "compare_workflow_versions" => "?from=1&to=2",
            // The next one finds the conversation free.
            "ask" | "regenerate_message" | "execute_workflow" => "?wait=true",
            _ => "",
        };
        let mut body = self.body.clone();
        if self.id == "log_in" {
            // Ten wrong passwords would lock the stage's own admin out.
            body["email"] = json!("nobody@example.org");
        }
        if self.id == "create_share" {
            body["conversation_id"] = json!(things["conversation"]);
        }
        if self.id == "openai_create_chat_completion" {
            body["model"] = json!(things["workflow"]);
        }
        (format!("{} /v1{path}{query}", self.method), body)
    }

    /// Sends it, and holds the status against those that are listed.
    pub fn send(&self, stage: &Stage, who: Who, request: &str, mut body: Value) -> (u16, Value) {
        if self.id == "create_connection" {
            // Questions go there from then on.
            body["base_url"] = json!(stage.world.provider());
        }
        let (status, answer) = stage.call(who, request, body);
        assert!(
            self.answers.contains(&status),
            "{who:?} {request}: {status} is not documented: {answer}"
        );
        (status, answer)
    }

    /// Its thing is gone, or busy for a while.
    pub fn takes_away(&self) -> bool {
        self.method == "DELETE" || ["change_member", "edit_message"].contains(&self.id.as_str())
    }
}
