//! Connections that are open while rights end, and runs that somebody else would like to follow.
//! Socket.IO is tried by its own client, in clients/.

use crate::rest::text;
use crate::stories;
use crate::world::{A_MOMENT, World, ends, world};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::testing::Kind;

stories!(
    who_is_demoted_only_watches,
    who_is_removed_is_out_within_a_moment,
    strangers_follow_nothing,
    one_person_opens_so_many_sockets,
    hanging_up_takes_a_call_back,
    mcp_reads_strictly,
);

const SESSION: &str = "0198c0de-0000-7000-8000-000000000001";

/// A run that waits for a provider which never answers.
fn begin(world: &World, bearer: &str) -> String {
    let execute = "POST /v1/workflows/overmind/execute";
    let (status, asked) = world.call(bearer, execute, json!({ "query": "How?" }));
    assert_eq!(status, 202, "{asked}");
    text(&asked["run"]["id"]).to_owned()
}

fn member(world: &World, admin: &str, email: &str) -> String {
    let (_, members) = world.call(admin, "GET /v1/organization/members", Value::Null);
    let items = members["items"].as_array().unwrap();
    let found = items.iter().find(|member| member["email"] == email);
    format!("/v1/organization/members/{}", text(&found.unwrap()["id"]))
}

fn mcp_call(id: u64, tool: &str, arguments: Value) -> String {
    json!({
        "jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": { "name": tool, "arguments": arguments, "_meta": { "progressToken": id } },
    })
    .to_string()
}

/// The lines of an answer that stays open.
type Lines = Box<dyn Iterator<Item = String> + Send>;

fn open(world: &World, bearer: &str, method: &str, path: &str, body: &str) -> Lines {
    let bearer = format!("Bearer {bearer}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", "2025-06-18"),
        ("Mcp-Session-Id", SESSION),
    ];
    Box::new(world.server.lines(method, path, &headers, body))
}

/// A completion that also says what happens.
fn chat(world: &World, bearer: &str) -> Lines {
    let body = json!({
        "model": "overmind", "stream": true, "overmind": { "reasoning": true },
        "messages": [{ "role": "user", "content": "How?" }],
    });
    let path = "/v1/chat/completions";
    open(world, bearer, "POST", path, &body.to_string())
}

/// What has not happened by then does not happen.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn read_until(lines: &mut Lines, part: &str) {
    let found = lines.any(|line| line.contains(part));
    assert!(found, "{part}");
}

async fn who_is_demoted_only_watches(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let bob = world.join(&ada, "user", "bob@example.org");
    let mut socket = world.socket_by(&bob).await.unwrap();
    let query = json!({ "type": "query", "message": "How?", "request_id": "r1" });
    socket.say(query).await;
    let heard = socket.hear_until("task_started").await;
    let run = heard[0]["run_id"].clone();

    let patch = format!("PATCH {}", member(&world, &ada, "bob@example.org"));
    assert_eq!(world.call(&ada, &patch, json!({ "role": "viewer" })).0, 200);
    for message in [
        json!({ "type": "query", "message": "And now?" }),
        json!({ "type": "cancel", "run_id": run }),
        json!({ "type": "cancel", "request_id": "r1" }),
    ] {
        socket.say(message.clone()).await;
        let refused = socket.hear_until("error").await;
        assert_eq!(refused.last().unwrap()["code"], "forbidden", "{message}");
    }
    socket
        .say(json!({ "type": "subscribe", "run_id": run }))
        .await;
    socket.hear_until("subscribed").await;
    let (_, known) = world.call(&bob, &format!("GET /v1/runs/{}", text(&run)), Value::Null);
    assert_eq!(known["status"], "running", "nothing was stopped");
}

async fn who_is_removed_is_out_within_a_moment(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let bob = world.join(&ada, "user", "bob@example.org");
    let run = begin(&world, &bob);
    let mut socket = world.socket_by(&bob).await.unwrap();
    socket
        .say(json!({ "type": "subscribe", "run_id": run }))
        .await;
    socket.hear_until("subscribed").await;
    let path = format!("/v1/runs/{run}/events");
    let bearer = format!("Bearer {bob}");
    let watching = [
        ("Authorization", bearer.as_str()),
        ("Accept", "text/event-stream"),
    ];
    let mut events: Lines = Box::new(world.server.lines("GET", &path, &watching, ""));
    read_until(&mut events, "task_started");
    let call = mcp_call(
        1,
        "ask",
        json!({ "question": "How?", "workflow": "overmind" }),
    );
    let mut mcp = open(&world, &bob, "POST", "/mcp", &call);
    read_until(&mut mcp, "notifications/progress");
    let mut chat = chat(&world, &bob);
    read_until(&mut chat, "reasoning_content");

    let remove = format!("DELETE {}", member(&world, &ada, "bob@example.org"));
    let removed = Instant::now();
    assert_eq!(world.call(&ada, &remove, Value::Null).0, 204);
    let closed = loop {
        if let Err(code) = socket.hear().await {
            break code;
        }
    };
    assert_eq!(closed, Some(4401));
    assert!(removed.elapsed() < A_MOMENT, "{:?}", removed.elapsed());
    // Each ends, although signs of life would go on for ever.
    for (name, lines) in [("events", events), ("mcp", mcp), ("chat", chat)] {
        ends(lines, removed, name);
    }
    assert_eq!(world.call(&bob, "GET /v1/me", Value::Null).0, 401);
}

async fn strangers_follow_nothing(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let bob = world.join(&ada, "user", "bob@example.org");
    let eve = world.add_admin_of_another_organization("eve@example.net");
    let run = begin(&world, &bob);
    // Neither another organization's admin nor his own.
    for stranger in [&ada, &eve] {
        let mut socket = world.socket_by(stranger).await.unwrap();
        for message in [
            json!({ "type": "subscribe", "run_id": run }),
            json!({ "type": "cancel", "run_id": run }),
        ] {
            socket.say(message).await;
            let refused = socket.hear().await.unwrap();
            assert_eq!(
                (&refused["type"], &refused["code"]),
                (&json!("error"), &json!("not_found"))
            );
        }
        for path in [
            format!("/v1/runs/{run}"),
            format!("/v1/runs/{run}/events"),
            format!("/v1/runs/{run}/steps"),
        ] {
            let bearer = format!("Bearer {stranger}");
            for accept in ["application/json", "text/event-stream"] {
                let headers = [("Authorization", bearer.as_str()), ("Accept", accept)];
                let reply = world.server.send("GET", &path, &headers);
                assert_eq!(reply.status, 404, "{path} {accept}");
            }
        }
        let call = mcp_call(1, "get_run", json!({ "run_id": run }));
        let answer: Vec<String> = open(&world, stranger, "POST", "/mcp", &call).collect();
        let answer = answer.join("\n");
        assert!(answer.contains("There is no such run"), "{answer}");
    }
    let (_, known) = world.call(&bob, &format!("GET /v1/runs/{run}"), Value::Null);
    assert_eq!(known["status"], "running");
}

async fn one_person_opens_so_many_sockets(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let bob = world.join(&ada, "user", "bob@example.org");
    let mut sockets = Vec::new();
    for _ in 0..50 {
        sockets.push(world.socket_by(&ada).await.unwrap());
    }
    assert_eq!(crate::world::status(world.socket_by(&ada).await), 503);
    assert_eq!(crate::world::status(world.socket_by(&bob).await), 101);
    drop(sockets.pop());
    // The server hears of it in a moment.
    let soon = soon();
    while world.socket_by(&ada).await.is_err() {
        assert!(Instant::now() < soon, "the place is not given back");
    }
}

async fn hanging_up_takes_a_call_back(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let mut chat = chat(&world, &ada);
    let named = chat.find_map(|line| {
        let (_, run) = line.split_once("x-overmind-run-id: ")?;
        Some(run.to_owned())
    });
    read_until(&mut chat, "reasoning_content");
    drop(chat);
    until_cancelled(&world, &ada, &named.unwrap());

    // Of MCP, both ways: hanging up, and saying so.
    let mut socket = world.socket_by(&ada).await.unwrap();
    for (call, says_so) in [(1, false), (2, true)] {
        let ask = mcp_call(
            call,
            "ask",
            json!({ "question": "How?", "workflow": "overmind" }),
        );
        let mut lines = open(&world, &ada, "POST", "/mcp", &ask);
        read_until(&mut lines, "notifications/progress");
        // The same request over the socket is the same run.
        let request = format!("mcp/{SESSION}/{call}");
        socket
            .say(json!({ "type": "query", "request_id": request, "message": "How?" }))
            .await;
        let accepted = socket.hear_until("accepted").await;
        let run = text(&accepted.last().unwrap()["run_id"]).to_owned();
        if says_so {
            let notice = json!({
                "jsonrpc": "2.0", "method": "notifications/cancelled",
                "params": { "requestId": call, "reason": "no need" },
            });
            open(&world, &ada, "POST", "/mcp", &notice.to_string()).for_each(drop);
        } else {
            drop(lines);
        }
        until_cancelled(&world, &ada, &run);
    }
}

fn until_cancelled(world: &World, bearer: &str, run: &str) {
    let run = format!("GET /v1/runs/{run}");
    let soon = soon();
    while world.call(bearer, &run, Value::Null).1["status"] != "cancelled" {
        assert!(Instant::now() < soon, "it goes on");
    }
}

/// What is no message, and pages that had another name pointed here.
async fn mcp_reads_strictly(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let bearer = format!("Bearer {ada}");
    let post = |host: &str, body: &str| {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        world.server.send_to(host, "POST", "/mcp", &headers, body)
    };
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string();
    assert_eq!(post(&world.server.addr, &list).status, 200);
    assert_eq!(post("evil.example", &list).status, 403);
    for body in [
        "",
        "nonsense",
        "[]",
        "{}",
        "null",
        r#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":{},"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask","arguments":{"question":7}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask","arguments":{"question":"How?","who":"x"}}}"#,
    ] {
        let reply = post(&world.server.addr, body);
        let refused = (400..500).contains(&reply.status)
            || (reply.status == 200 && reply.text().contains("\"error\""));
        assert!(refused, "{body}: {} {}", reply.status, reply.text());
    }
    let (_, runs) = world.call(&ada, "GET /v1/conversations?archived=true", Value::Null);
    assert_eq!(runs["items"], json!([]), "nothing was asked");
}
