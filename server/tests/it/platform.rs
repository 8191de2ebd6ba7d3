//! What programs find beside questions and answers: agents and workflows with their versions, the
//! organization, other answers to the same question, and how the server is.

use crate::rest::{code, text};
use crate::stories;
use crate::world::{World, world};
use serde_json::{Value, json};
use store::testing::Kind;

stories!(
    agents_have_versions,
    workflows_belong_to_their_creators,
    a_question_is_edited_and_answered_again,
    an_organization_and_its_members,
    the_server_says_how_it_is,
);

fn get(world: &World, bearer: &str, path: &str) -> Value {
    let (status, body) = world.call(bearer, &format!("GET {path}"), Value::Null);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn agents_have_versions(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    assert_eq!(
        get(&world, &ada, "/v1/agents")["items"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    let form = json!({
        "name": "Legal Clarity",
        "role": "checks what the law says",
        "goal": "Name the rules that apply.",
        "llm_config": { "temperature": 0.2 },
    });
    let (status, agent) = world.call(&ada, "POST /v1/agents", form.clone());
    assert_eq!((status, &agent["version"]), (201, &json!(1)), "{agent}");
    let path = format!("/v1/agents/{}", text(&agent["id"]));
    assert_eq!(get(&world, &ada, &path), agent);

    let bearer = format!("Bearer {ada}");
    let put = |tag: &str, form: &Value| {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("If-Match", tag),
        ];
        let reply = world
            .server
            .send_body("PUT", &path, &headers, &form.to_string());
        (reply.status, reply.header("etag").to_owned())
    };
    let mut changed = form.clone();
    changed["goal"] = json!("Name the rules that apply, and what they forbid.");
    changed["llm_config"] = json!({ "temperature": 0.3 });
    assert_eq!(put("\"7\"", &changed), (412, String::new()));
    assert_eq!(put("\"1\"", &changed), (200, "\"2\"".to_owned()));
    assert_eq!(
        put("\"1\"", &form),
        (412, String::new()),
        "somebody was faster"
    );
    for (field, value) in [
        ("name", json!("")),
        ("goal", json!("x".repeat(2_001))),
        ("llm_config", json!({ "temperature": 3 })),
        ("organization_id", json!("x")),
    ] {
        let mut wrong = form.clone();
        wrong[field] = value;
        assert_eq!(put("*", &wrong).0, 422, "{field}");
    }

    let diff = get(&world, &ada, &format!("{path}/diff?from=1&to=2"));
    let fields: Vec<&str> = diff["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| text(&change["field"]))
        .collect();
    assert_eq!(fields, ["goal", "llm_config.temperature"]);
    let restore = format!("POST {path}/restore");
    let (status, restored) = world.call(&ada, &restore, json!({ "version": 1 }));
    assert_eq!((status, &restored["version"]), (200, &json!(3)));
    assert_eq!(restored["goal"], form["goal"]);
    let versions = get(&world, &ada, &format!("{path}/versions"));
    let numbers: Vec<_> = versions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["version"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
    let first = get(&world, &ada, &format!("{path}/versions/1"));
    assert_eq!(first["content"]["goal"], form["goal"]);
    assert_eq!(first["content"]["is_active"], json!(true));

    let (status, tried) = world.call(
        &ada,
        &format!("POST {path}/test"),
        json!({ "query": "How?" }),
    );
    assert_eq!(status, 200, "{tried}");
    assert_eq!(tried["lines"].as_array().unwrap().len(), 4);
    assert!(tried["tokens_used"].as_u64().unwrap() > 0);

    let used = world.call(&ada, "DELETE /v1/agents/practical", Value::Null);
    assert_eq!(code(&used), (409, "conflict"));
    let gone = format!("DELETE {path}");
    assert_eq!(world.call(&ada, &gone, Value::Null).0, 204);
    assert_eq!(
        world
            .call(&ada, &format!("GET {path}/versions"), Value::Null)
            .0,
        404
    );
}

async fn workflows_belong_to_their_creators(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let bob = world.join(&ada, "user", "bob@example.org");
    let eve = world.join(&ada, "viewer", "eve@example.org");
    let form = json!({ "name": "Two views", "agent_ids": ["strategic", "analytical"] });
    let (status, made) = world.call(&bob, "POST /v1/workflows", form.clone());
    assert_eq!((status, &made["is_public"]), (201, &json!(false)), "{made}");
    let path = format!("/v1/workflows/{}", text(&made["id"]));
    assert_eq!(get(&world, &ada, &path), made, "admins see it");
    assert_eq!(world.call(&eve, &format!("GET {path}"), Value::Null).0, 404);
    let mut public = form.clone();
    public["is_public"] = json!(true);
    let put = format!("PUT {path}");
    assert_eq!(
        world.call(&bob, &put, public.clone()).0,
        403,
        "admins publish"
    );
    assert_eq!(world.call(&ada, &put, public.clone()).0, 200);
    assert_eq!(get(&world, &eve, &path)["version"], json!(2));
    let mut unknown = public.clone();
    unknown["agent_ids"] = json!(["nobody"]);
    let refused = world.call(&ada, &put, unknown);
    assert_eq!(code(&refused), (422, "invalid"));
    assert_eq!(world.call(&eve, &put, public).0, 403);
    assert_eq!(
        world
            .call(&bob, "DELETE /v1/workflows/quick", Value::Null)
            .0,
        403
    );
    let own = get(&world, &bob, "/v1/workflows?public=true&limit=2");
    assert_eq!(own["items"].as_array().unwrap().len(), 2);
    let next = format!(
        "/v1/workflows?public=true&limit=2&cursor={}",
        text(&own["next_cursor"])
    );
    assert_eq!(
        get(&world, &bob, &next)["items"].as_array().unwrap().len(),
        2
    );

    let sorted = |path: &str| -> Vec<Value> {
        let page = get(&world, &ada, path);
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["name"].clone()).collect()
    };
    for list in ["/v1/workflows", "/v1/agents"] {
        let mut names = sorted(&format!("{list}?sort=name"));
        assert!(names.len() > 3 && names.is_sorted_by_key(|name| text(name).to_lowercase()));
        names.reverse();
        assert_eq!(sorted(&format!("{list}?sort=-name")), names);
    }
    assert_eq!(sorted("/v1/workflows?sort=-updated_at")[0], "Two views");
    let unsorted = world.call(&ada, "GET /v1/agents?sort=colour", Value::Null);
    assert_eq!(code(&unsorted), (422, "invalid"));

    let execute = format!("POST {path}/execute?wait=true");
    assert_eq!(
        world.call(&eve, &execute, json!({ "query": "How?" })).0,
        403
    );
    let (status, asked) = world.call(&bob, &execute, json!({ "query": "How?" }));
    assert_eq!(status, 200, "{asked}");
    assert_eq!(asked["run"]["workflow_id"], made["id"]);
    let id = text(&asked["run"]["conversation_id"]);
    let begun = get(&world, &bob, &format!("/v1/conversations/{id}"));
    assert_eq!(
        (&begun["metadata"]["archived"], &begun["metadata"]["source"]),
        (&json!(true), &json!("api"))
    );
    let events = get(
        &world,
        &bob,
        &format!("/v1/runs/{}/events", text(&asked["run"]["id"])),
    );
    let started = &events["items"][0]["data"];
    assert_eq!(started["workflow"]["version"], json!(2));
    assert_eq!(started["agents"][0]["version"], json!(1));

    assert_eq!(
        world.call(&bob, &format!("DELETE {path}"), Value::Null).0,
        204
    );
    assert_eq!(world.call(&bob, &format!("GET {path}"), Value::Null).0, 404);
}

async fn a_question_is_edited_and_answered_again(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let (_, conversation) = world.call(&ada, "POST /v1/conversations", json!({}));
    let id = text(&conversation["id"]);
    let ask = format!("POST /v1/conversations/{id}/messages?wait=true");
    let (_, first) = world.call(
        &ada,
        &ask,
        json!({ "content": "How?", "workflow_id": "quick" }),
    );
    let (question, answer) = (text(&first["message"]["id"]), text(&first["answer"]["id"]));
    let named = get(&world, &ada, &format!("/v1/conversations/{id}"));
    let title = text(&named["title"]);
    assert!(
        title.ends_with("about the title"),
        "{title}: as the synthesizer calls it"
    );

    let again = format!("POST /v1/messages/{answer}/regenerate?wait=true");
    let (status, other) = world.call(&ada, &again, json!({ "workflow_id": "quick" }));
    assert_eq!(status, 200, "{other}");
    assert_eq!(other["message"]["id"], first["message"]["id"]);
    assert_ne!(other["answer"]["id"], first["answer"]["id"]);

    let edit = format!("PATCH /v1/messages/{question}");
    let (status, edited) = world.call(&ada, &edit, json!({ "content": "And how not?" }));
    assert_eq!(status, 202, "{edited}");
    assert_eq!(edited["message"]["metadata"]["edited"], json!(true));
    let run = format!("/v1/runs/{}/events", text(&edited["run"]["id"]));
    let bearer = format!("Bearer {ada}");
    let stream = world
        .server
        .send("GET", &run, &[("Authorization", &bearer)]);
    assert!(stream.text().contains("event: final_output"));
    let shown = get(&world, &ada, &format!("/v1/conversations/{id}"));
    assert_eq!(shown["active_leaf_id"], edited["run"]["answer_id"]);
    let back = json!({ "active_leaf_id": answer });
    let (status, back) = world.call(&ada, &format!("PATCH /v1/conversations/{id}"), back);
    assert_eq!((status, &back["active_leaf_id"]), (200, &json!(answer)));
    let (_, other) = world.call(&ada, "POST /v1/conversations", json!({}));
    let elsewhere = format!("PATCH /v1/conversations/{}", text(&other["id"]));
    let elsewhere = world.call(&ada, &elsewhere, json!({ "active_leaf_id": answer }));
    assert_eq!(code(&elsewhere), (404, "not_found"));
    let of_answer = world.call(
        &ada,
        &format!("PATCH /v1/messages/{answer}"),
        json!({ "content": "x" }),
    );
    assert_eq!(code(&of_answer), (409, "conflict"));

    let rate = format!("PUT /v1/messages/{answer}/feedback");
    let up = json!({ "rating": "up", "comment": "Good." });
    let (_, rated) = world.call(&ada, &rate, up.clone());
    assert_eq!(rated["feedback"], up);
    let read = get(&world, &ada, &format!("/v1/messages/{answer}"));
    assert_eq!(read["feedback"], up);
    let (_, none) = world.call(&ada, &rate, json!({ "rating": null }));
    assert_eq!(none["feedback"], Value::Null);
    let of_question = format!("PUT /v1/messages/{question}/feedback");
    assert_eq!(world.call(&ada, &of_question, up).0, 409);

    let messages = format!("/v1/conversations/{id}/messages");
    let all = get(&world, &ada, &messages)["items"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(all, 5, "two questions, three answers");
    let part = get(&world, &ada, &format!("{messages}?limit=3"));
    let rest = format!("{messages}?limit=3&cursor={}", text(&part["next_cursor"]));
    assert_eq!(
        get(&world, &ada, &rest)["items"].as_array().unwrap().len(),
        2
    );
}

async fn an_organization_and_its_members(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let bob = world.join(&ada, "user", "bob@example.org");
    let patch = json!({ "name": "Engines", "requests_per_minute": 500 });
    let (status, changed) = world.call(&ada, "PATCH /v1/organization", patch.clone());
    assert_eq!((status, &changed["name"]), (200, &json!("Engines")));
    assert_eq!(get(&world, &bob, "/v1/organization"), changed);
    assert_eq!(world.call(&bob, "PATCH /v1/organization", patch).0, 403);
    let zero = json!({ "requests_per_minute": 0 });
    assert_eq!(world.call(&ada, "PATCH /v1/organization", zero).0, 422);

    let (_, begun) = world.call(&bob, "POST /v1/conversations", json!({ "title": "Bob’s" }));
    let bobs = format!("/v1/conversations/{}", text(&begun["id"]));
    assert_eq!(world.call(&ada, &format!("GET {bobs}"), Value::Null).0, 404);
    let all = get(&world, &ada, "/v1/conversations?scope=organization");
    assert_eq!(all["items"], json!([begun]));
    assert_eq!(
        get(&world, &ada, &format!("{bobs}?scope=organization")),
        begun
    );
    let messages = format!("{bobs}/messages?scope=organization");
    assert_eq!(get(&world, &ada, &messages)["items"], json!([]));
    let curious = world.call(
        &bob,
        "GET /v1/conversations?scope=organization",
        Value::Null,
    );
    assert_eq!(code(&curious), (403, "forbidden"));

    let members = get(&world, &ada, "/v1/organization/members");
    let id = |n: usize| text(&members["items"][n]["id"]).to_owned();
    let member = |n| format!("/v1/organization/members/{}", id(n));
    let role = |role: &str| json!({ "role": role });
    let last = world.call(&ada, &format!("PATCH {}", member(0)), role("user"));
    assert_eq!(code(&last), (409, "conflict"));
    let (_, demoted) = world.call(&ada, &format!("PATCH {}", member(1)), role("viewer"));
    assert_eq!(demoted["role"], json!("viewer"));
    assert_eq!(world.call(&bob, "POST /v1/conversations", json!({})).0, 403);
    assert_eq!(
        world
            .call(&ada, &format!("DELETE {}", member(0)), Value::Null)
            .0,
        409
    );
    assert_eq!(
        world
            .call(&ada, &format!("DELETE {}", member(1)), Value::Null)
            .0,
        204
    );
    assert_eq!(world.call(&bob, "GET /v1/me", Value::Null).0, 401);

    let trail = get(&world, &ada, "/v1/organization/audit");
    let actions: Vec<&str> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| text(&entry["action"]))
        .collect();
    assert_eq!(
        actions,
        [
            "members.remove",
            "members.change_role",
            "conversations.read",
            "conversations.read",
            "conversations.list",
            "organization.change",
            "invitations.use",
            "invitations.create",
            "account.sign_up",
        ]
    );
    let invite = |request: &str| world.call(&ada, request, role("user"));
    assert_eq!(invite("POST /v1/organization/invitations").0, 201);
    let open = get(&world, &ada, "/v1/organization/invitations");
    let revoke = format!(
        "DELETE /v1/organization/invitations/{}",
        text(&open["items"][0]["id"])
    );
    assert_eq!(world.call(&ada, &revoke, Value::Null).0, 204);
    assert_eq!(world.call(&ada, &revoke, Value::Null).0, 404);
}

async fn the_server_says_how_it_is(kind: Kind) {
    let world = world(kind, true).await;
    for path in ["/health", "/ready", "/v1/version", "/v1/openapi.json"] {
        assert_eq!(world.server.get(path).status, 200, "{path}");
    }
    let ready = world.server.get("/ready").text();
    assert!(ready.contains("\"database\":\"ok\""), "{ready}");
    let page = world.server.get("/docs/");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    // Everything it loads is here.
    let html = page.text();
    assert!(
        !html.contains("http://") && !html.contains("https://"),
        "{html}"
    );
    let initializer = world.server.get("/docs/swagger-initializer.js").text();
    assert!(initializer.contains("/v1/openapi.json"), "{initializer}");
}
