//! How programs get in over REST, and what holds for all their requests: tokens and keys, repeated
//! requests, limits, other sites.

use crate::program::{Server, overmind, site};
use crate::rest::{code, text};
use crate::socket_io::SocketIo;
use crate::stories;
use crate::world::{PASSWORD, Socket, world};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use store::testing::Kind;

stories!(
    a_log_in_is_renewed_and_ended,
    keys_read_or_write,
    a_request_that_comes_again_does_nothing_twice,
);

async fn a_log_in_is_renewed_and_ended(kind: Kind) {
    let world = world(kind, true).await;
    world.register();
    let wrong = json!({ "email": "ada@example.org", "password": "not it at all" });
    let wrong = world.call("", "POST /v1/auth/login", wrong);
    assert_eq!(code(&wrong), (401, "unauthorized"));
    let right = json!({ "email": "ada@example.org", "password": PASSWORD });
    let (status, granted) = world.call("", "POST /v1/auth/login", right);
    assert_eq!((status, &granted["token_type"]), (200, &json!("Bearer")));
    assert_eq!(granted["expires_in"], 3600);
    assert_eq!(granted["user"]["role"], "admin");

    let refresh = |token: &Value| {
        let body = json!({ "refresh_token": token });
        world.call("", "POST /v1/auth/refresh", body)
    };
    let (status, next) = refresh(&granted["refresh_token"]);
    assert_eq!(status, 200);
    let token = text(&next["access_token"]);
    let (_, me) = world.call(token, "GET /v1/me", Value::Null);
    assert_eq!(me, granted["user"]);
    let change = json!({ "name": "Ada L.", "preferences": { "quality_threshold": 8.5 } });
    let (_, me) = world.call(token, "PATCH /v1/me", change);
    assert_eq!(
        (&me["name"], &me["preferences"]["quality_threshold"]),
        (&json!("Ada L."), &json!(8.5))
    );

    assert_eq!(
        world.call(token, "POST /v1/auth/logout", Value::Null).0,
        204
    );
    for bearer in [
        token,
        "",
        "nonsense",
        text(&next["refresh_token"]),
        "ovm_guess",
    ] {
        let refused = world.call(bearer, "GET /v1/me", Value::Null);
        assert_eq!(code(&refused), (401, "unauthorized"), "{bearer}");
    }
    assert_eq!(refresh(&next["refresh_token"]).0, 401);
    let refused = world.server.get("/v1/me");
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    // A wrong token is not made good by a cookie.
    let right = "email=ada%40example.org&password=".to_owned() + &PASSWORD.replace('+', "%2B");
    let action = world.action("/log-in", "", "log_in");
    let cookie = world
        .server
        .post(&action, "", &right)
        .header("set-cookie")
        .to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let me = |headers: &[(&str, &str)]| world.server.send("GET", "/v1/me", headers).status;
    assert_eq!(me(&[("Cookie", cookie)]), 200);
    assert_eq!(
        me(&[("Cookie", cookie), ("Authorization", "Bearer x")]),
        401
    );
}

async fn keys_read_or_write(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let create = |scope: &str| {
        let new = json!({ "name": "Script", "scope": scope });
        let (status, key) = world.call(&ada, "POST /v1/api-keys", new);
        assert_eq!(status, 201);
        key
    };
    let (reads, writes) = (create("read"), create("write"));
    let (reader, writer) = (text(&reads["key"]), text(&writes["key"]));
    let (_, keys) = world.call(reader, "GET /v1/api-keys", Value::Null);
    assert_eq!(keys["items"].as_array().unwrap().len(), 2);
    assert!(!keys.to_string().contains(reader), "a key is shown once");

    let begin = |key: &str| world.call(key, "POST /v1/conversations", json!({}));
    assert_eq!(code(&begin(reader)), (403, "forbidden"));
    let (status, conversation) = begin(writer);
    assert_eq!(status, 201);
    let path = format!("/v1/conversations/{}", text(&conversation["id"]));
    assert_eq!(
        world.call(reader, &format!("GET {path}"), Value::Null).0,
        200
    );
    for request in [
        format!("PATCH {path}"),
        format!("POST {path}/messages"),
        "PATCH /v1/me".to_owned(),
    ] {
        let body = if request.ends_with("messages") {
            json!({ "content": "How?" })
        } else {
            json!({})
        };
        assert_eq!(
            code(&world.call(reader, &request, body)),
            (403, "forbidden"),
            "{request}"
        );
    }
    let another = json!({ "name": "More", "scope": "write" });
    assert_eq!(world.call(writer, "POST /v1/api-keys", another).0, 403);

    let revoke = format!("DELETE /v1/api-keys/{}", text(&writes["id"]));
    assert_eq!(world.call(&ada, &revoke, Value::Null).0, 204);
    assert_eq!(world.call(&ada, &revoke, Value::Null).0, 404);
    assert_eq!(world.call(writer, "GET /v1/me", Value::Null).0, 401);
    // The socket takes the same bearer, and lets nobody in without.
    let mut socket = world.socket_by(reader).await.unwrap();
    socket
        .say(json!({ "type": "query", "message": "How?" }))
        .await;
    assert_eq!(socket.hear().await.unwrap()["code"], "forbidden");
    assert!(world.socket_by(writer).await.is_err());
    // Or a ticket, once.
    let (status, ticket) = world.call(reader, "POST /v1/ws-tickets", Value::Null);
    assert_eq!((status, &ticket["expires_in"]), (201, &json!(30)));
    let ticket = text(&ticket["ticket"]);
    let mut socket = world.socket_with(ticket).await.unwrap();
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await.unwrap()["type"], "pong");
    assert!(world.socket_with(ticket).await.is_err());
}

async fn a_request_that_comes_again_does_nothing_twice(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let bearer = format!("Bearer {ada}");
    let send = |path: &str, key: &str, body: Value| {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", key),
        ];
        let reply = world
            .server
            .send_body("POST", path, &headers, &body.to_string());
        (reply.status, reply.text())
    };
    let begin = |key: &str, title: &str| send("/v1/conversations", key, json!({ "title": title }));
    let first = begin("k1", "Plans");
    assert_eq!(first.0, 201);
    assert_eq!(begin("k1", "Plans"), first);
    let other = begin("k1", "Other plans");
    assert!(other.0 == 409 && other.1.contains("conflict"), "{other:?}");
    assert_eq!(begin("k2", " ").0, 422);
    assert_eq!(
        begin("k2", "Corrected").0,
        201,
        "what was refused was not done"
    );
    assert_eq!(begin("two words", "Plans").0, 422);
    let (_, listed) = world.call(&ada, "GET /v1/conversations", Value::Null);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);

    let conversation: Value = serde_json::from_str(&first.1).unwrap();
    let ask = format!("/v1/conversations/{}/messages", text(&conversation["id"]));
    let asked = send(
        &format!("{ask}?wait=true"),
        "k3",
        json!({ "content": "How?" }),
    );
    assert_eq!(asked.0, 200);
    assert_eq!(
        send(
            &format!("{ask}?wait=true"),
            "k3",
            json!({ "content": "How?" })
        ),
        asked
    );
    assert_eq!(
        send(&ask, "k3", json!({ "content": "How?" })).0,
        409,
        "another query string"
    );

    // An answer that is given again has its tag.
    let agent = json!({ "name": "Agent", "role": "helps", "goal": "Help." });
    let workflow = json!({ "name": "Workflow", "agent_ids": ["practical"] });
    for (path, body) in [("/v1/agents", agent), ("/v1/workflows", workflow)] {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", "k8"),
        ];
        let make = || {
            let body = body.to_string();
            let reply = world.server.send_body("POST", path, &headers, &body);
            let tag = reply.header("etag").to_owned();
            (reply.status, tag, reply.text())
        };
        let first = make();
        assert_eq!((first.0, first.1.as_str()), (201, "\"1\""), "{}", first.2);
        assert_eq!(make(), first);
    }

    // Completions, whose answers are not kept: the key names the run.
    let chat = |key: &str, words: &str, threshold: f64| {
        let body = json!({
            "model": "quick", "overmind": { "quality_threshold": threshold },
            "messages": [{ "role": "user", "content": words }],
        });
        send("/v1/chat/completions", key, body)
    };
    let first = chat("k5", "How?", 7.0);
    assert_eq!(first.0, 200, "{first:?}");
    assert_eq!(chat("k5", "How?", 7.0), first);
    assert_eq!(chat("k5", "How?", 8.0).0, 409, "another body");
    assert_eq!(chat("", "How?", 7.0).0, 422);
    assert_eq!(chat("k6", "", 7.0).0, 422);
    assert_eq!(chat("k6", "How?", 7.0).0, 200);

    // Editing a question starts a run, too.
    let question: Value = serde_json::from_str(&asked.1).unwrap();
    let edit = |key: &str, words: &str| {
        let path = format!("/v1/messages/{}", text(&question["message"]["id"]));
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", key),
        ];
        let body = json!({ "content": words }).to_string();
        let reply = world.server.send_body("PATCH", &path, &headers, &body);
        (reply.status, reply.text())
    };
    let edited = edit("k7", "How, then?");
    assert_eq!(edited.0, 202, "{edited:?}");
    assert_eq!(edit("k7", "How, then?"), edited);
    assert_eq!(edit("k7", "Why?").0, 409);

    let key = || {
        send(
            "/v1/api-keys",
            "k4",
            json!({ "name": "Script", "scope": "read" }),
        )
    };
    assert_eq!((key().0, key().0), (201, 409));
    let (_, keys) = world.call(&ada, "GET /v1/api-keys", Value::Null);
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
}

#[test]
fn one_person_sends_so_many_requests_in_a_minute() {
    let server = Server::start_with(|command| {
        command.env("OVERMIND_RATE_LIMIT", "3");
    });
    let headers = [("Content-Type", "application/json")];
    let form = format!(r#"{{"email":"ada@example.org","name":"Ada","password":"{PASSWORD}"}}"#);
    let granted = server.send_body("POST", "/v1/auth/register", &headers, &form);
    let granted: Value = serde_json::from_slice(&granted.body).unwrap();
    let bearer = format!("Bearer {}", text(&granted["access_token"]));
    let me = || server.send("GET", "/v1/me", &[("Authorization", &bearer)]);
    for left in ["2", "1", "0"] {
        let reply = me();
        assert_eq!(
            (reply.status, reply.header("ratelimit-remaining")),
            (200, left)
        );
        assert_eq!(reply.header("ratelimit-limit"), "3");
    }
    let refused = me();
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("ratelimit-limit"), "3");
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(refused.text().contains("\"rate_limited\""));
    // Each request has a name, its client's or a new one.
    let named = |id: &str| {
        let reply = server.send("GET", "/v1/version", &[("X-Request-Id", id)]);
        reply.header("x-request-id").to_owned()
    };
    assert_eq!(named("trace-1"), "trace-1");
    assert_ne!(named("two words"), "two words");
    assert_eq!(refused.header("x-request-id").len(), 36);
    // Reading the site is not counted.
    assert_eq!(
        server
            .send("GET", "/health", &[("Authorization", &bearer)])
            .status,
        200
    );
}

#[tokio::test]
async fn one_person_asks_so_often_over_sockets_too() {
    let server = Server::start_with(|command| {
        command.env("OVERMIND_RATE_LIMIT", "3");
    });
    let ada = server.register();
    let bearer = [("Authorization", format!("Bearer {ada}"))];
    let mut socket = Socket::open(&server.addr, "", bearer).await.unwrap();
    let run = "00000000-0000-0000-0000-000000000000";
    // Following is not counted.
    for _ in 0..5 {
        socket
            .say(json!({ "type": "subscribe", "run_id": run }))
            .await;
        assert_eq!(socket.hear().await.unwrap()["code"], "not_found");
    }
    for expected in ["not_found", "not_found"] {
        socket.say(json!({ "type": "cancel", "run_id": run })).await;
        assert_eq!(socket.hear().await.unwrap()["code"], expected);
    }
    // It is one limit, whichever way requests come in.
    let mut socket_io = SocketIo::open(&server.addr, &ada).await;
    let asked = socket_io.ask("cancel", json!({ "runId": run })).await;
    assert_eq!(asked["error"]["code"], "not_found", "{asked}");
    for (name, data) in [
        ("cancel", json!({ "runId": run })),
        ("query", json!({ "message": "How?" })),
    ] {
        let asked = socket_io.ask(name, data).await;
        assert_eq!(asked["error"]["code"], "rate_limited", "{asked}");
    }
    for message in [
        json!({ "type": "cancel", "run_id": run }),
        json!({ "type": "query", "message": "How?", "request_id": "r1" }),
    ] {
        socket.say(message).await;
        let refused = socket.hear().await.unwrap();
        assert_eq!(refused["code"], "rate_limited", "{refused}");
    }
    let (status, refused) = server.call(&ada, "GET /v1/conversations", Value::Null);
    assert_eq!(status, 429, "{refused}");
    // What pages ask of the server is counted as well; a browser without scripts is told in words.
    let page = server.send("GET", "/log-in", &[]).text();
    let (_, action) = page.split_once("action=\"/api/log_in").unwrap();
    let path = format!("/api/log_in{}", action.split('"').next().unwrap());
    let function = |accept| {
        let bearer = format!("Bearer {ada}");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", accept),
        ];
        server.send_body("POST", &path, &headers, "")
    };
    for (accept, words) in [
        ("application/json", "\"rate_limited\""),
        ("text/html", "<h1>One moment</h1>"),
    ] {
        let refused = function(accept);
        assert_eq!(refused.status, 429, "{}", refused.text());
        assert!(refused.text().contains(words), "{}", refused.text());
        assert!(!refused.header("retry-after").is_empty());
    }
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await.unwrap()["type"], "pong");
}

#[test]
fn a_refused_request_leaves_its_connection_open() {
    let server = Server::start();
    let mut stream = TcpStream::connect(&server.addr).unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    for number in 0..50 {
        let body = json!({ "model": "quick", "number": number }).to_string();
        write!(
            stream,
            "POST /v1/chat/completions HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer wrong\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            server.addr,
            body.len()
        )
        .unwrap();
        // In pieces, so that there is a moment in which only the head is there.
        for piece in body.as_bytes().chunks(8) {
            stream.write_all(piece).unwrap();
            stream.flush().unwrap();
        }
        let lines = replies.by_ref().lines().map(Result::unwrap);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        assert_eq!(head[0], "HTTP/1.1 401 Unauthorized");
        let length = head
            .iter()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap()];
        replies.read_exact(&mut body).unwrap();
        assert!(body.starts_with(b"{"));
    }
}

#[test]
fn only_the_sites_that_were_named_may_use_it_from_a_page() {
    let server = Server::start_with(|command| {
        command.env(
            "CORS_ORIGINS",
            "https://app.example.org,https://b.example.org",
        );
    });
    let ask = |method: &str, path: &str, origin: &str, body: &str| {
        let headers = [
            ("Origin", origin),
            ("Content-Type", "application/json"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Access-Control-Request-Method", "POST"),
            (
                "Access-Control-Request-Headers",
                "authorization,content-type,x-stainless-lang",
            ),
        ];
        server.send_body(method, path, &headers, body)
    };
    let (login, wrong) = ("/v1/auth/login", r#"{"email":"a@b.c","password":"x"}"#);
    for (origin, allowed, posted) in [
        ("https://app.example.org", "https://app.example.org", 401),
        ("https://b.example.org", "https://b.example.org", 401),
        ("https://evil.example", "", 403),
    ] {
        let before = ask("OPTIONS", login, origin, "");
        let headers = before.header("access-control-allow-headers");
        assert!(headers.contains("x-stainless-lang"), "{headers}");
        assert_eq!(before.header("access-control-allow-origin"), allowed);
        assert_eq!(before.header("access-control-allow-credentials"), "");
        let reply = ask("POST", login, origin, wrong);
        assert_eq!(reply.status, posted, "{origin}");
        assert_eq!(reply.header("access-control-allow-origin"), allowed);
        // What is too long is refused so that the site can read it.
        let long = "x".repeat(600_000);
        let reply = ask("POST", "/v1/chat/completions", origin, &long);
        let expected = if posted == 403 { 403 } else { 400 };
        assert_eq!(reply.status, expected, "{origin}");
        assert_eq!(reply.header("access-control-allow-origin"), allowed);
        assert_eq!(reply.header("connection"), "close");
        assert_eq!(reply.text().contains("\"param\""), expected == 400);
    }
    let refused = ["*", "app.example.org"].map(|list| {
        let folder = site();
        let mut serve = overmind(&folder, "127.0.0.1:0");
        let output = serve.env("CORS_ORIGINS", list).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    });
    assert!(
        refused.iter().all(|line| line.contains("CORS_ORIGINS")),
        "{refused:?}"
    );
}
