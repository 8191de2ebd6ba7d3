//! REST as a program meets it: over HTTP, on both databases, with the provider mock behind it.

use crate::program::Server;
use crate::stories;
use crate::world::{PASSWORD, world};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::testing::Kind;

stories!(
    a_question_from_beginning_to_end,
    what_is_sent_is_read_strictly,
    what_is_wrong_is_named_as_in_the_request,
    nobody_sees_what_is_not_theirs,
);

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

pub fn code(reply: &(u16, Value)) -> (u16, &str) {
    let (status, body) = reply;
    (*status, body["error"]["code"].as_str().unwrap_or("none"))
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn a_question_from_beginning_to_end(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let begin = json!({ "title": "Plans", "tags": ["work"], "folder": "Team" });
    let (status, conversation) = world.call(&ada, "POST /v1/conversations", begin);
    assert_eq!(status, 201);
    let id = text(&conversation["id"]);
    assert_eq!(conversation["metadata"]["tags"], json!(["work"]));

    let ask = format!("POST /v1/conversations/{id}/messages?wait=true");
    let (status, asked) = world.call(&ada, &ask, json!({ "content": "How?" }));
    assert_eq!(status, 200, "{asked}");
    assert_eq!(asked["run"]["status"], "completed");
    assert_eq!(asked["message"]["content"], "How?");
    assert_eq!(asked["answer"]["role"], "assistant");
    let run = text(&asked["run"]["id"]);

    let ask = format!("POST /v1/conversations/{id}/messages");
    let again = json!({ "content": "And then?", "request_id": "r2", "workflow_id": "quick" });
    let (status, accepted) = world.call(&ada, &ask, again.clone());
    assert_eq!((status, &accepted["answer"]), (202, &Value::Null));
    let (_, twice) = world.call(&ada, &ask, again);
    assert_eq!(twice["run"]["id"], accepted["run"]["id"]);
    let second = text(&accepted["run"]["id"]);
    // A stream ends with its run.
    let stream = format!("/v1/runs/{second}/events");
    let bearer = format!("Bearer {ada}");
    let stream = world
        .server
        .send("GET", &stream, &[("Authorization", &bearer)]);
    assert_eq!(stream.header("content-type"), "text/event-stream");
    let stream = stream.text();
    assert!(stream.contains("event: task_started") && stream.contains("event: final_output"));
    let ids: Vec<u64> = stream
        .lines()
        .filter_map(|line| line.strip_prefix("id: ")?.parse().ok())
        .collect();
    assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>());

    let (_, messages) = world.call(
        &ada,
        &format!("GET /v1/conversations/{id}/messages"),
        Value::Null,
    );
    assert_eq!(messages["items"].as_array().unwrap().len(), 4);
    let answer = text(&asked["answer"]["id"]);
    let (_, message) = world.call(&ada, &format!("GET /v1/messages/{answer}"), Value::Null);
    assert_eq!(message, asked["answer"]);

    let events = format!("GET /v1/runs/{run}/events");
    let (_, log) = world.call(&ada, &events, Value::Null);
    let items = log["items"].as_array().unwrap();
    assert_eq!(log["last_seq"], items.len());
    assert_eq!(items[0]["type"], "task_started");
    let (_, rest) = world.call(&ada, &format!("{events}?after=3"), Value::Null);
    assert_eq!(rest["items"].as_array().unwrap()[..], items[3..]);
    // Resumed at the end, a stream has the last event only.
    let last = (items.len() - 1).to_string();
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Last-Event-ID", last.as_str()),
    ];
    let rest = world
        .server
        .send("GET", &format!("/v1/runs/{run}/events"), &headers);
    assert_eq!(rest.text().matches("id: ").count(), 1);

    let (_, steps) = world.call(&ada, &format!("GET /v1/runs/{run}/steps"), Value::Null);
    let steps = steps["items"].as_array().unwrap();
    assert!(
        steps
            .iter()
            .any(|step| step["kind"] == "contribution" && step["prompt"].is_string())
    );

    let (status, _) = world.call(&ada, &format!("POST /v1/runs/{run}/cancel"), Value::Null);
    assert_eq!(status, 202, "a run that has ended stays as it is");
    let (_, same) = world.call(&ada, &format!("GET /v1/runs/{run}"), Value::Null);
    assert_eq!(same, asked["run"]);

    let patch = json!({ "folder": null, "archived": true, "pinned": true });
    let path = format!("/v1/conversations/{id}");
    let (status, changed) = world.call(&ada, &format!("PATCH {path}"), patch);
    assert_eq!(
        (status, &changed["metadata"]["folder"]),
        (200, &Value::Null)
    );
    assert_eq!(changed["title"], "Plans");
    assert!(changed["metadata"]["pinned_at"].is_string());
    let listed = |query: &str| {
        let (_, list) = world.call(&ada, &format!("GET /v1/conversations{query}"), Value::Null);
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(
        (listed(""), listed("?archived=true&tag=work&q=PLAN")),
        (0, 1)
    );
    assert_eq!(
        world.call(&ada, &format!("DELETE {path}"), Value::Null).0,
        204
    );
    assert_eq!(world.call(&ada, &format!("GET {path}"), Value::Null).0, 404);
}

async fn what_is_sent_is_read_strictly(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let (_, conversation) = world.call(&ada, "POST /v1/conversations", json!({}));
    let messages = format!("/v1/conversations/{}/messages", text(&conversation["id"]));
    let ask = format!("POST {messages}");
    for (request, body, expected) in [
        ("POST /v1/auth/login", json!({}), (422, "invalid")),
        ("POST /v1/auth/login", json!("what"), (422, "invalid")),
        (
            "POST /v1/conversations",
            json!({ "user_id": NOBODY }),
            (422, "invalid"),
        ),
        (
            "POST /v1/conversations",
            json!({ "title": " " }),
            (422, "invalid"),
        ),
        (
            "GET /v1/conversations?limit=x",
            Value::Null,
            (422, "invalid"),
        ),
        (
            "GET /v1/conversations?cursor=x",
            Value::Null,
            (422, "invalid"),
        ),
        (
            "GET /v1/conversations?owner=x",
            Value::Null,
            (422, "invalid"),
        ),
        ("GET /v1/conversations/7", Value::Null, (404, "not_found")),
        ("GET /v1/nowhere", Value::Null, (404, "not_found")),
        ("PUT /v1/me", json!({}), (405, "method_not_allowed")),
        (ask.as_str(), json!({ "content": "" }), (422, "invalid")),
        (
            ask.as_str(),
            json!({ "content": "x".repeat(32_001) }),
            (422, "invalid"),
        ),
        (
            ask.as_str(),
            json!({ "content": "x".repeat(300_000) }),
            (400, "malformed"),
        ),
        (
            ask.as_str(),
            json!({ "content": "How?", "workflow_id": "none" }),
            (404, "not_found"),
        ),
        (
            ask.as_str(),
            json!({ "content": "How?", "run_id": NOBODY }),
            (422, "invalid"),
        ),
        (
            ask.as_str(),
            json!({ "content": "How?", "options": { "quality_threshold": 11 } }),
            (422, "invalid"),
        ),
        (
            "POST /v1/workflows",
            json!({ "name": "Two", "agent_ids": ["practical"], "budget": { "money": 1 } }),
            (422, "invalid"),
        ),
        // A socket is opened as one, by somebody.
        ("GET /v1/ws", Value::Null, (400, "malformed")),
        ("GET /v1/ws?ticket=none", Value::Null, (400, "malformed")),
        ("POST /v1/ws", Value::Null, (405, "method_not_allowed")),
        ("GET /v1/version", Value::Null, (200, "none")),
    ] {
        let refused = world.call(&ada, request, body);
        assert_eq!(code(&refused), expected, "{request}: {}", refused.1);
    }
    for (bearer, request, expected) in [
        ("", "GET /v1/ws", (401, "unauthorized")),
        ("wrong", "GET /v1/ws", (401, "unauthorized")),
        // Where nobody has to be known, nobody is asked for.
        ("wrong", "GET /v1/version", (200, "none")),
        ("wrong", "GET /v1/me", (401, "unauthorized")),
    ] {
        let answered = world.call(bearer, request, Value::Null);
        assert_eq!(code(&answered), expected, "{request}: {}", answered.1);
    }
    let bearer = format!("Bearer {ada}");
    for (kind, body) in [
        ("application/json", "{"),
        ("text/plain", "{}"),
        ("application/json", "\u{0}"),
    ] {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", kind)];
        let refused = world
            .server
            .send_body("POST", "/v1/conversations", &headers, body);
        assert_eq!(refused.status, 400, "{kind} {body}");
        assert!(refused.text().contains("\"malformed\""));
    }
    let (_, listed) = world.call(&ada, &format!("GET {messages}"), Value::Null);
    assert_eq!(listed["items"], json!([]), "nothing was stored");
}

async fn what_is_wrong_is_named_as_in_the_request(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let (_, conversation) = world.call(&ada, "POST /v1/conversations", json!({}));
    let messages = format!("/v1/conversations/{}/messages", text(&conversation["id"]));
    let asked = json!({ "content": "How?", "workflow_id": "quick" });
    let (_, asked) = world.call(&ada, &format!("POST {messages}?wait=true"), asked);
    let message = format!("/v1/messages/{}", text(&asked["message"]["id"]));
    let (ask, edit) = (format!("POST {messages}"), format!("PATCH {message}"));
    let again = format!("POST {message}/regenerate");
    let execute = "POST /v1/workflows/quick/execute";
    let register = "POST /v1/auth/register";
    let account = json!({ "email": "eve@example.org", "password": PASSWORD, "name": "Eve" });
    let with = |mut body: Value, field: &str, value: Value| {
        body[field] = value;
        body
    };
    let question = |field: &str| json!({ field: "How?" });
    let rounds = || json!({ "max_iterations": 0 });
    let threshold = || json!({ "quality_threshold": 11 });
    for (request, body, field) in [
        (ask.as_str(), json!({ "content": "" }), "content"),
        (
            &ask,
            with(question("content"), "options", rounds()),
            "options.max_iterations",
        ),
        (
            &ask,
            with(question("content"), "options", threshold()),
            "options.quality_threshold",
        ),
        (
            &ask,
            with(question("content"), "request_id", json!("two\nlines")),
            "request_id",
        ),
        (&edit, json!({ "content": "" }), "content"),
        (
            &again,
            json!({ "options": rounds() }),
            "options.max_iterations",
        ),
        (execute, json!({ "query": "" }), "query"),
        (
            execute,
            with(question("query"), "options", threshold()),
            "options.quality_threshold",
        ),
        (
            register,
            with(account.clone(), "invite", json!("none")),
            "invite",
        ),
        (
            register,
            with(account, "password", json!("short")),
            "password",
        ),
        ("PATCH /v1/me", json!({ "name": "" }), "name"),
        (
            "PATCH /v1/me",
            json!({ "preferences": threshold() }),
            "preferences.quality_threshold",
        ),
        (
            "PATCH /v1/me",
            json!({ "preferences": { "default_workflow": "none" } }),
            "preferences.default_workflow",
        ),
        (
            "POST /v1/workflows",
            json!({ "name": "Two", "agent_ids": ["nobody"] }),
            "agent_ids",
        ),
    ] {
        let (status, refused) = world.call(&ada, request, body);
        assert_eq!(
            (status, &refused["error"]["field"]),
            (422, &json!(field)),
            "{request}: {refused}"
        );
    }
    let unknown = json!({ "name": "Two", "agent_ids": ["practical", "nobody"] });
    let (_, refused) = world.call(&ada, "POST /v1/workflows", unknown);
    assert!(
        text(&refused["error"]["message"]).contains("“nobody”"),
        "{refused}"
    );
}

/// What a body may have beside the fields that are read: nothing, except where programs of others
/// write it.
#[test]
fn every_request_lists_all_its_fields() {
    // OpenAI's clients send what they have, and more with every version.
    const OPEN: [&str; 4] = [
        "ChatRequest",
        "ChatMessage",
        "ChatPart",
        "ChatStreamOptions",
    ];
    let document = Server::start()
        .call("", "GET /v1/openapi.json", Value::Null)
        .1;
    let schemas = &document["components"]["schemas"];
    let mut seen = BTreeSet::new();
    let operations = document["paths"].as_object().unwrap().values();
    let operations = operations.flat_map(|path| path.as_object().unwrap().values());
    let bodies = operations.map(|it| &it["requestBody"]["content"]["application/json"]["schema"]);
    let mut open: Vec<&Value> = bodies.filter(|body| !body.is_null()).collect();
    while let Some(schema) = open.pop() {
        match schema {
            Value::Object(fields) => {
                if let Some(name) = fields.get("$ref") {
                    let (_, name) = text(name).rsplit_once('/').unwrap();
                    if seen.insert(name) {
                        let schema = &schemas[name];
                        let free = schema["additionalProperties"] != json!(false);
                        let is_object = schema["type"] == json!("object");
                        let is_open = OPEN.contains(&name);
                        assert!(!is_object || free == is_open, "{name}");
                        open.push(schema);
                    }
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(OPEN.iter().all(|name| seen.contains(name)) && seen.contains("BudgetLimits"));
}

async fn nobody_sees_what_is_not_theirs(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let (_, conversation) = world.call(&ada, "POST /v1/conversations", json!({}));
    let conversation = text(&conversation["id"]);
    let ask = format!("POST /v1/conversations/{conversation}/messages?wait=true");
    let (_, asked) = world.call(&ada, &ask, json!({ "content": "How?" }));
    let (run, message) = (text(&asked["run"]["id"]), text(&asked["message"]["id"]));
    let key = json!({ "name": "Mine", "scope": "read" });
    let (_, key) = world.call(&ada, "POST /v1/api-keys", key);
    let key = text(&key["id"]);
    let bob = world.add_admin_of_another_organization("bob@example.net");
    for request in [
        format!("GET /v1/conversations/{conversation}"),
        format!("PATCH /v1/conversations/{conversation}"),
        format!("DELETE /v1/conversations/{conversation}"),
        format!("GET /v1/conversations/{conversation}/messages"),
        format!("POST /v1/conversations/{conversation}/messages"),
        format!("GET /v1/messages/{message}"),
        format!("GET /v1/runs/{run}"),
        format!("POST /v1/runs/{run}/cancel"),
        format!("GET /v1/runs/{run}/events"),
        format!("GET /v1/runs/{run}/steps"),
        format!("DELETE /v1/api-keys/{key}"),
    ] {
        let body = match request.as_str() {
            it if it.starts_with("PATCH") => json!({}),
            it if it.ends_with("messages") && it.starts_with("POST") => {
                json!({ "content": "How?" })
            }
            _ => Value::Null,
        };
        let refused = world.call(&bob, &request, body);
        assert_eq!(code(&refused), (404, "not_found"), "{request}");
    }
    let (_, listed) = world.call(&bob, "GET /v1/conversations", Value::Null);
    assert_eq!(listed["items"], json!([]));
}

/// The committed document is what the program says.
#[test]
fn the_document_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_overmind"))
        .arg("openapi")
        .output()
        .unwrap();
    assert!(printed.status.success());
    let printed = String::from_utf8(printed.stdout).unwrap();
    if std::env::var_os("OVERMIND_BLESS").is_some() {
        std::fs::write(path, &printed).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        printed == committed,
        "docs/openapi.json is stale: run OVERMIND_BLESS=1 cargo test the_document_is_up_to_date"
    );
    let served = Server::start().get("/v1/openapi.json");
    let served: Value = serde_json::from_slice(&served.body).unwrap();
    assert_eq!(served, serde_json::from_str::<Value>(&committed).unwrap());
}
