//! The authorization matrix: every REST operation and every server function, tried by everybody,
//! on things that are theirs, a colleague's and another organization's. What is not in the tables
//! fails the test.

mod examples;
mod rules;

use crate::rest::text;
use crate::stories;
use crate::world::{PASSWORD, World, world};
use rules::{FUNCTIONS, OPERATIONS, Rule, Who, answers, tells};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::testing::Kind;

stories!(every_operation, every_server_function, ids_in_bodies);

/// Everybody, with their tokens; and the owner's things.
struct Stage {
    world: World,
    tokens: BTreeMap<Who, String>,
    /// Of the owner's organization, made again for each try that might take them away.
    members: std::cell::Cell<u32>,
}

type Things = BTreeMap<&'static str, String>;

impl Stage {
    async fn set(kind: Kind) -> Self {
        let world = world(kind, true).await;
        let admin = world.register();
        let owner = world.join(&admin, "user", "owner@example.org");
        let colleague = world.join(&admin, "user", "colleague@example.org");
        let viewer = world.join(&admin, "viewer", "viewer@example.org");
        let foreign = world.add_admin_of_another_organization("foreign@example.net");
        let user = world.join(&foreign, "user", "user@example.net");
        let looker = world.join(&foreign, "viewer", "viewer@example.net");
        let key = |bearer: &str, scope: &str| {
            let new = json!({ "name": "Script", "scope": scope });
            let (_, key) = world.call(bearer, "POST /v1/api-keys", new);
            text(&key["key"]).to_owned()
        };
        let (reading, writing) = (key(&owner, "read"), key(&admin, "write"));
        let tokens = [
            (Who::Owner, owner),
            (Who::ReadingKey, reading),
            (Who::WritingKey, writing),
            (Who::Admin, admin),
            (Who::Colleague, colleague),
            (Who::Viewer, viewer),
            (Who::ForeignAdmin, foreign),
            (Who::ForeignUser, user),
            (Who::ForeignViewer, looker),
            (Who::Nobody, String::new()),
        ];
        Self {
            world,
            tokens: tokens.into(),
            members: std::cell::Cell::new(0),
        }
    }

    fn call(&self, who: Who, request: &str, body: Value) -> (u16, Value) {
        self.world.call(&self.tokens[&who], request, body)
    }

    fn made(&self, who: Who, request: &str, body: Value) -> Value {
        let (status, made) = self.call(who, request, body);
        assert!((200..300).contains(&status), "{request}: {status} {made}");
        made
    }

    fn things(&self) -> Things {
        let owner = Who::Owner;
        let conversation = self.made(owner, "POST /v1/conversations", json!({}));
        let conversation = text(&conversation["id"]).to_owned();
        let ask = format!("POST /v1/conversations/{conversation}/messages?wait=true");
        let asked = self.made(
            owner,
            &ask,
            json!({ "content": "How?", "workflow_id": "quick" }),
        );
        let agent = json!({ "name": "Agent", "role": "helps", "goal": "Help." });
        let agent = self.made(Who::Admin, "POST /v1/agents", agent);
        let workflow = json!({ "name": "Workflow", "agent_ids": ["practical"] });
        let workflow = self.made(owner, "POST /v1/workflows", workflow);
        let key = json!({ "name": "Key", "scope": "read" });
        let key = self.made(owner, "POST /v1/api-keys", key);
        let number = self.members.replace(self.members.get() + 1);
        let email = format!("member{number}@example.org");
        let member = self.world.join(&self.tokens[&Who::Admin], "user", &email);
        let (_, member) = self.world.call(&member, "GET /v1/me", Value::Null);
        let invite = "POST /v1/organization/invitations";
        self.made(Who::Admin, invite, json!({ "role": "user" }));
        let open = self.made(Who::Admin, "GET /v1/organization/invitations", Value::Null);
        [
            ("conversation", conversation),
            ("message", text(&asked["message"]["id"]).to_owned()),
            ("answer", text(&asked["answer"]["id"]).to_owned()),
            ("run", text(&asked["run"]["id"]).to_owned()),
            ("agent", text(&agent["id"]).to_owned()),
            ("workflow", text(&workflow["id"]).to_owned()),
            ("key", text(&key["id"]).to_owned()),
            ("member", text(&member["id"]).to_owned()),
            ("invitation", text(&open["items"][0]["id"]).to_owned()),
        ]
        .into()
    }

    /// How the things are, as those who may see them see them.
    fn state(&self, things: &Things) -> Vec<Value> {
        let get = |who, path: String| {
            let (status, mut body) = self.call(who, &format!("GET /v1{path}"), Value::Null);
            // What a look leaves behind is no change.
            if let Some(key) = body.as_object_mut() {
                key.remove("last_used_at");
            }
            json!([status, body])
        };
        let members = get(Who::Admin, "/organization/members".to_owned());
        [
            ("conversations", "conversation", Who::Owner),
            ("messages", "message", Who::Owner),
            ("messages", "answer", Who::Owner),
            ("runs", "run", Who::Owner),
            ("agents", "agent", Who::Admin),
            ("workflows", "workflow", Who::Owner),
        ]
        .map(|(list, thing, who)| get(who, format!("/{list}/{}", things[thing])))
        .into_iter()
        .chain([members])
        .collect()
    }
}

/// One operation of the document.
struct Operation {
    id: String,
    method: String,
    path: String,
    body: Value,
}

fn operations(document: &Value) -> Vec<Operation> {
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
            found.push(Operation {
                id: text(&operation["operationId"]).to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                body,
            });
        }
    }
    found
}

impl Operation {
    /// With the owner's things where it names one.
    fn request(&self, things: &Things) -> (String, Value) {
        let thing = match self.path.split('/').nth(1).unwrap() {
            "conversations" => "conversation",
            "messages" if self.id == "rate_message" => "answer",
            "messages" => "message",
            "runs" => "run",
            "agents" => "agent",
            "workflows" | "models" => "workflow",
            "api-keys" => "key",
            "organization" if self.path.contains("/members") => "member",
            _ => "invitation",
        };
        let path = self
            .path
            .replace("{id}", &things[thing])
            .replace("{model}", &things[thing])
            .replace("{version}", "1");
        assert!(!path.contains('{'), "{path} names something unknown");
        let query = match self.id.as_str() {
            "compare_agent_versions" | "compare_workflow_versions" => "?from=1&to=1",
            // The next one finds the conversation free.
            "ask" | "regenerate_message" => "?wait=true",
            _ => "",
        };
        let mut body = self.body.clone();
        if self.id == "log_in" {
            // Ten wrong passwords would lock the stage's own admin out.
            body["email"] = json!("nobody@example.org");
        }
        if self.id == "openai_create_chat_completion" {
            body["model"] = json!(things["workflow"]);
        }
        (format!("{} /v1{path}{query}", self.method), body)
    }

    /// Its thing is gone, or busy for a while.
    fn takes_away(&self) -> bool {
        self.method == "DELETE" || ["change_member", "edit_message"].contains(&self.id.as_str())
    }
}

async fn every_operation(kind: Kind) {
    let mut stage = Stage::set(kind).await;
    let (_, document) = stage.call(Who::Nobody, "GET /v1/openapi.json", Value::Null);
    let operations = operations(&document);
    let rules: BTreeMap<&str, Rule> = OPERATIONS.iter().copied().collect();
    let listed: BTreeSet<&str> = operations.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(listed, rules.keys().copied().collect(), "each needs a rule");

    let mut things = stage.things();
    let before = stage.state(&things);
    let mut tried = 0;
    for operation in &operations {
        let rule = rules[operation.id.as_str()];
        for who in Who::ALL.into_iter().filter(|who| !who.may(rule)) {
            let (request, body) = operation.request(&things);
            let (status, answer) = stage.call(who, &request, body);
            let expected: &[u16] = match who {
                Who::Nobody => &[401],
                _ => &[403, 404],
            };
            assert!(
                expected.contains(&status),
                "{who:?} {request}: {status} {answer}"
            );
            tried += 1;
        }
    }
    assert_eq!(
        stage.state(&things),
        before,
        "a refused request changes nothing"
    );

    let mut wrong = Vec::new();
    let mut heard = examples::Answers::new();
    for operation in &operations {
        let rule = rules[operation.id.as_str()];
        for who in Who::ALL.into_iter().filter(|who| who.may(rule)) {
            let (request, body) = operation.request(&things);
            let (status, answer) = stage.call(who, &request, body);
            if operation.takes_away() {
                things = stage.things();
            }
            let fine = (200..300).contains(&status) || answers(&operation.id, status);
            if (200..300).contains(&status) && !answer.is_null() {
                // The last is the owner, or else an admin: they have something to show.
                heard.insert(operation.id.clone(), (status, answer.clone()));
            }
            if !fine {
                wrong.push(format!("{who:?} {request}: {status} {answer}"));
            }
            if operation.id == "edit_message" {
                // A run that has just been started is what both tell.
                heard.insert("conclude_run".to_owned(), (status, answer.clone()));
            }
            if operation.id == "log_out" {
                let email = match who {
                    Who::Owner => "owner@example.org",
                    Who::Admin => "ada@example.org",
                    Who::Colleague => "colleague@example.org",
                    Who::Viewer => "viewer@example.org",
                    Who::ForeignAdmin => "foreign@example.net",
                    Who::ForeignUser => "user@example.net",
                    _ => "viewer@example.net",
                };
                let form = json!({ "email": email, "password": PASSWORD });
                let granted = stage.made(Who::Nobody, "POST /v1/auth/login", form);
                let token = text(&granted["access_token"]).to_owned();
                for (id, status) in [("log_in", 200), ("refresh", 200), ("register", 201)] {
                    heard.insert(id.to_owned(), (status, granted.clone()));
                }
                stage.tokens.insert(who, token);
            }
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    examples::check(&document, &heard);
    println!(
        "matrix: {} operations x {} kinds of callers, {tried} tries",
        operations.len(),
        Who::ALL.len()
    );
}

async fn ids_in_bodies(kind: Kind) {
    let stage = Stage::set(kind).await;
    let things = stage.things();
    let id = |thing: &str| json!(things[thing]);
    let (conversation, workflow) = (id("conversation"), id("workflow"));
    let before = stage.state(&things);
    for who in [Who::ForeignAdmin, Who::ForeignUser] {
        let own = stage.made(who, "POST /v1/conversations", json!({}));
        let ask = format!("POST /v1/conversations/{}/messages", text(&own["id"]));
        for (request, body, expected) in [
            (
                ask.as_str(),
                json!({ "content": "How?", "workflow_id": workflow }),
                404,
            ),
            (
                "POST /v1/workflows/quick/execute",
                json!({ "query": "How?", "conversation_id": conversation }),
                404,
            ),
            (
                "POST /v1/workflows",
                json!({ "name": "Mine", "agent_ids": [id("agent")] }),
                422,
            ),
            (
                "POST /v1/chat/completions",
                json!({ "model": workflow, "messages": [{ "role": "user", "content": "How?" }] }),
                404,
            ),
        ] {
            let (status, answer) = stage.call(who, request, body);
            assert_eq!(status, expected, "{who:?} {request}: {answer}");
        }
    }
    // Within the organization a conversation is its owner's alone.
    let execute = json!({ "query": "How?", "conversation_id": conversation });
    let (status, _) = stage.call(Who::Admin, "POST /v1/workflows/quick/execute", execute);
    assert_eq!(status, 404);
    assert_eq!(stage.state(&things), before);
}

async fn every_server_function(kind: Kind) {
    let stage = Stage::set(kind).await;
    let paths: BTreeMap<String, String> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| {
            let name = path.trim_start_matches("/api/");
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
            (name.to_owned(), path.to_owned())
        })
        .collect();
    let _linked = app::App;
    let named: BTreeSet<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
    let found: BTreeSet<&str> = paths.keys().map(String::as_str).collect();
    assert_eq!(found, named, "each needs a rule");

    let mut things = stage.things();
    let mut tried = 0;
    let origin = stage.world.origin();
    for allowed in [false, true] {
        let before = stage.state(&things);
        for &(name, rule, form) in FUNCTIONS {
            for who in Who::ALL.into_iter().filter(|who| who.may(rule) == allowed) {
                let takes_away = ["delete", "revoke"].iter().any(|it| name.starts_with(it));
                if allowed && takes_away {
                    things = stage.things();
                }
                let mut form = form.replace("{session}", &things["conversation"]);
                for (thing, id) in &things {
                    form = form.replace(&format!("{{{thing}}}"), id);
                }
                let bearer = format!("Bearer {}", stage.tokens[&who]);
                let mut headers = vec![
                    ("Content-Type", "application/x-www-form-urlencoded"),
                    ("Accept", "application/json"),
                    ("Origin", origin.as_str()),
                ];
                if who != Who::Nobody {
                    headers.push(("Authorization", bearer.as_str()));
                }
                // Logging out by a token would end the stage's own log-in.
                if name == "log_out" && who != Who::Nobody {
                    continue;
                }
                let path = &paths[name];
                let reply = stage.world.server.send_body("POST", path, &headers, &form);
                let answer = reply.text();
                if allowed {
                    // A wrong password, or a session that is none, is told; a right is not missing.
                    let told = [401, 403, 404, 409, 422].contains(&reply.status);
                    let fine = reply.status < 400 || (told && tells(name));
                    assert!(fine, "{who:?} {name}: {} {answer}", reply.status);
                } else {
                    let expected: &[u16] = match who {
                        Who::Nobody => &[401],
                        _ => &[403, 404],
                    };
                    assert!(
                        expected.contains(&reply.status),
                        "{who:?} {name}: {} {answer}",
                        reply.status
                    );
                }
                tried += 1;
            }
        }
        if !allowed {
            assert_eq!(
                stage.state(&things),
                before,
                "a refused call changes nothing"
            );
        }
    }
    println!(
        "matrix: {} server functions, {tried} tries",
        FUNCTIONS.len()
    );
}
