//! What leaves a conversation, over HTTP: files for its owner, and pages for whoever has a link.

use crate::rest::text;
use crate::stories;
use crate::world::{World, world};
use serde_json::{Value, json};
use store::testing::Kind;

stories!(a_link_is_all_one_needs, a_conversation_is_a_file);

/// A question with its answer: the conversation.
fn asked(world: &World, bearer: &str) -> String {
    let (_, conversation) = world.call(bearer, "POST /v1/conversations", json!({}));
    let id = text(&conversation["id"]).to_owned();
    let ask = format!("POST /v1/conversations/{id}/messages?wait=true");
    let question = json!({ "content": "How, <b>exactly</b>?", "workflow_id": "quick" });
    let (status, asked) = world.call(bearer, &ask, question);
    assert_eq!(status, 200, "{asked}");
    id
}

async fn a_link_is_all_one_needs(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let id = asked(&world, &ada);
    let new = |mode: &str| json!({ "conversation_id": id, "mode": mode });
    let share = |mode| {
        let (status, made) = world.call(&ada, "POST /v1/shares", new(mode));
        assert_eq!(status, 201, "{made}");
        let (_, secret) = text(&made["link"]).rsplit_once('/').unwrap();
        (
            format!("/shared/{secret}"),
            text(&made["share"]["id"]).to_owned(),
        )
    };
    let (plain, plain_id) = share("answer");
    let (whole, _) = share("deliberation");

    let page = world.server.get(&plain);
    let html = page.text();
    assert_eq!(page.status, 200, "{html}");
    assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(html.contains("name=\"robots\""), "{html}");
    assert!(html.contains("How, &lt;b&gt;exactly&lt;/b&gt;?"), "{html}");
    assert!(!html.contains("agent-card") && !html.contains("contributions"));
    assert!(!html.contains(&id), "nothing leads to the conversation");
    let html = world.server.get(&whole).text();
    assert!(html.contains("agent-card"), "{html}");

    let revoke = format!("DELETE /v1/shares/{plain_id}");
    assert_eq!(world.call(&ada, &revoke, Value::Null).0, 204);
    let nowhere = world.server.get("/shared/none");
    let gone = world.server.get(&plain);
    for page in [&nowhere, &gone] {
        assert_eq!(page.status, 404);
        assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
        assert!(page.text().contains("taken back"));
    }
}

async fn a_conversation_is_a_file(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let id = asked(&world, &ada);
    let bearer = format!("Bearer {ada}");
    let file = |query: &str| {
        let path = format!("/v1/conversations/{id}/export{query}");
        let headers = [("Authorization", bearer.as_str())];
        let reply = world.server.send("GET", &path, &headers);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let kept = reply.header("content-disposition");
        assert!(kept.starts_with("attachment; filename="), "{kept}");
        (reply.header("content-type").to_owned(), reply.text())
    };
    let (kind, all) = file("");
    assert_eq!(kind, "application/json");
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["conversation"]["id"], json!(id));
    assert_eq!(all["messages"].as_array().unwrap().len(), 2);
    assert!(all["runs"][0]["events"].as_array().unwrap().len() > 2);
    assert!(all["runs"][0]["steps"].as_array().unwrap().len() > 1);

    let (kind, plain) = file("?format=markdown");
    assert_eq!(kind, "text/markdown; charset=utf-8");
    assert!(plain.contains("> How, <b>exactly</b>?\n"), "{plain}");
    assert!(plain.contains("\n## Answer\n"), "{plain}");
    assert!(!plain.contains("Contributions"), "{plain}");
    let (_, whole) = file("?format=markdown&deliberation=true");
    assert!(whole.contains("\n### Contributions\n"), "{whole}");
    let unknown = format!("GET /v1/conversations/{id}/export?format=pdf");
    assert_eq!(world.call(&ada, &unknown, Value::Null).0, 422);
}
