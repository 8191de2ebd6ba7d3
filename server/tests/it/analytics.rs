//! Figures and quotas as a program meets them: over HTTP, on both databases.

use crate::rest::{code, text};
use crate::stories;
use crate::world::world;
use serde_json::{Value, json};
use store::testing::Kind;

stories!(
    figures_are_read_as_json_and_as_tables,
    a_quota_is_refused_in_words,
);

async fn figures_are_read_as_json_and_as_tables(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let viewer = world.join(&ada, "viewer", "vic@example.org");
    let ask = "POST /v1/workflows/quick/execute?wait=true";
    let (status, asked) = world.call(&ada, ask, json!({ "query": "How?" }));
    assert_eq!(status, 200, "{asked}");
    let chat = json!({ "model": "quick", "messages": [{ "role": "user", "content": "Why?" }] });
    let (status, answer) = world.call(&ada, "POST /v1/chat/completions", chat);
    assert_eq!(status, 200, "{answer}");
    for bearer in [&ada, &viewer] {
        let (status, figures) = world.call(bearer, "GET /v1/analytics", Value::Null);
        assert_eq!(status, 200, "{figures}");
        let sources: Vec<&str> = figures["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| text(&it["source"]))
            .collect();
        assert_eq!(sources, ["api", "openai"]);
        assert_eq!(figures["by_user"].is_null(), bearer == &viewer);
    }
    let table = |bearer: &str, path: &str| {
        let bearer = format!("Bearer {bearer}");
        let headers = [("Authorization", bearer.as_str())];
        world.server.send("GET", path, &headers)
    };
    let reply = table(&viewer, "/v1/analytics/sources.csv?days=7");
    assert_eq!(reply.text(), "source,questions\r\napi,1\r\nopenai,1\r\n");
    let file = reply.header("content-disposition");
    assert_eq!(file, "attachment; filename=\"sources.csv\"");
    assert_eq!(table(&viewer, "/v1/analytics/users.csv").status, 403);
    let people = table(&ada, "/v1/analytics/users.csv").text();
    assert!(people.contains(",Ada,2,"), "{people}");
    for (request, status, field) in [
        ("GET /v1/analytics/secrets.csv", 404, None),
        ("GET /v1/analytics/sources", 404, None),
        ("GET /v1/analytics?days=0", 422, Some("days")),
        ("GET /v1/analytics?from=yesterday", 422, Some("from")),
        ("GET /v1/analytics?interval=hour", 422, Some("interval")),
        ("GET /v1/analytics?user=ada", 422, Some("user")),
        ("GET /v1/analytics?whatever=1", 422, None),
    ] {
        let (told, answer) = world.call(&ada, request, Value::Null);
        assert_eq!(
            (told, answer["error"]["field"].as_str()),
            (status, field),
            "{request}"
        );
    }
}

async fn a_quota_is_refused_in_words(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let user = world.join(&ada, "user", "bob@example.org");
    let quotas = json!({ "quotas": { "member": { "requests": 1 } } });
    let change = "PATCH /v1/organization";
    assert_eq!(world.call(&user, change, quotas.clone()).0, 403);
    let (status, changed) = world.call(&ada, change, quotas);
    assert_eq!(
        (status, &changed["quotas"]["member"]["requests"]),
        (200, &json!(1))
    );
    let ask = "POST /v1/workflows/quick/execute?wait=true";
    let (status, asked) = world.call(&user, ask, json!({ "query": "How?" }));
    assert_eq!(status, 200, "{asked}");
    // What is deleted stays used.
    let conversation = text(&asked["run"]["conversation_id"]);
    let delete = format!("DELETE /v1/conversations/{conversation}");
    assert_eq!(world.call(&user, &delete, Value::Null).0, 204);
    let refused = world.call(&user, ask, json!({ "query": "How?" }));
    assert_eq!(code(&refused), (429, "quota_reached"));
    let words = text(&refused.1["error"]["message"]);
    assert!(
        words.starts_with("You have used up your quota of 1 questions a month."),
        "{words}"
    );
    assert!(refused.1["error"]["retry_after"].as_u64().unwrap() > 0);
    let chat = json!({ "model": "quick", "messages": [{ "role": "user", "content": "Why?" }] });
    let refused = world.call(&user, "POST /v1/chat/completions", chat);
    assert_eq!(code(&refused), (429, "insufficient_quota"));

    let (_, used) = world.call(&ada, "GET /v1/organization/quotas", Value::Null);
    assert_eq!(used["members"][0]["used"]["requests"], json!(1));
    assert_eq!(used["organization"]["requests"], json!(1));
    let more = json!({ "quotas": {} });
    assert_eq!(world.call(&ada, change, more).0, 200);
    assert_eq!(world.call(&user, ask, json!({ "query": "How?" })).0, 200);
}
