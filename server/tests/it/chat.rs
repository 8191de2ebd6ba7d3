//! Accounts over forms and a question over the socket: the whole program, on both databases,
//! with the provider mock behind it.

use crate::stories;
use crate::world::{A_MOMENT, PASSWORD, World, ends, status, world};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::testing::Kind;

stories!(
    a_question_over_the_socket,
    who_may_open_a_socket_and_say_what,
    what_is_gone_is_gone_within_a_second,
    a_stopped_server_says_so_and_ends_well,
);

async fn a_question_over_the_socket(kind: Kind) {
    let world = world(kind, true).await;
    let cookie = world.sign_up();
    let mut socket = world.socket(&cookie, &world.origin()).await.unwrap();
    let ask = json!({ "type": "query", "request_id": "r1", "message": "How?" });
    socket.say(ask.clone()).await;
    let heard = socket.hear_until("final_output").await;
    assert_eq!(heard[0]["type"], "accepted");
    let run = heard[0]["run_id"].clone();
    let events: Vec<&Value> = heard
        .iter()
        .filter(|message| message["seq"].is_u64())
        .collect();
    let seqs: Vec<u64> = events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    assert!(
        events
            .iter()
            .all(|event| event["run_id"] == run && event["ts"].is_string())
    );
    assert_eq!(events[0]["type"], "task_started");
    assert!(
        events.last().unwrap()["data"]["html"]
            .as_str()
            .unwrap()
            .contains("<p>")
    );

    // The same request again starts nothing; another socket resumes anywhere.
    socket.say(ask).await;
    let again = socket.hear_until("accepted").await;
    assert_eq!(again.last().unwrap()["run_id"], run);
    let mut other = world.socket(&cookie, "").await.unwrap();
    let after = seqs.len() as u64 - 3;
    other
        .say(json!({ "type": "subscribe", "run_id": run, "after_seq": after }))
        .await;
    let rest = other.hear_until("subscribed").await;
    assert_eq!(rest.len(), 4);
    assert_eq!(rest[0]["seq"], after + 1);
    assert_eq!(rest[3]["last_seq"], seqs.len() as u64);
    assert_eq!(rest[2], **events.last().unwrap());

    // The page has it too, without scripts.
    let conversation = heard[0]["conversation_id"].as_str().unwrap();
    let page = world
        .server
        .send("GET", &format!("/c/{conversation}"), &[("Cookie", &cookie)]);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("data-testid=\"final-answer\""));
}

async fn who_may_open_a_socket_and_say_what(kind: Kind) {
    let world = world(kind, false).await;
    let cookie = world.sign_up();
    assert_eq!(status(world.socket("", &world.origin()).await), 401);
    assert_eq!(
        status(world.socket("overmind=made-up", &world.origin()).await),
        401
    );
    assert_eq!(
        status(world.socket(&cookie, "http://evil.example").await),
        403
    );
    assert_eq!(status(world.socket(&cookie, "null").await), 403);

    let mut socket = world.socket(&cookie, &world.origin()).await.unwrap();
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await.unwrap()["type"], "pong");
    let nobody = "00000000-0000-0000-0000-000000000000";
    for (message, code) in [
        (json!({ "type": "query", "message": "" }), "invalid"),
        (
            json!({ "type": "query", "message": "Hi", "conversation_id": nobody }),
            "not_found",
        ),
        (
            json!({ "type": "query", "message": "Hi", "user_id": nobody }),
            "malformed",
        ),
        (
            json!({ "type": "subscribe", "run_id": nobody }),
            "not_found",
        ),
        (json!({ "type": "cancel", "run_id": nobody }), "not_found"),
        (json!({ "type": "cancel" }), "invalid"),
        (json!({ "type": "shutdown" }), "malformed"),
        (json!("what"), "malformed"),
    ] {
        socket.say(message.clone()).await;
        let answer = socket.hear().await.unwrap();
        assert_eq!(
            (&answer["type"], &answer["code"]),
            (&json!("error"), &json!(code)),
            "{message}"
        );
    }
    // Somebody else's page cannot post our forms either.
    let action = world.action("/log-in", "", "log_in");
    let form = format!("email=ada%40example.org&password={PASSWORD}");
    let foreign = [
        ("Origin", "http://evil.example"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(world.server.send("POST", &action, &foreign).status, 403);
    assert_eq!(world.server.post(&action, "", &form).status, 303);

    socket
        .say(json!({ "type": "query", "message": "x".repeat(70_000) }))
        .await;
    while socket.hear().await.is_ok() {}
}

async fn what_is_gone_is_gone_within_a_second(kind: Kind) {
    let world = world(kind, false).await;
    let cookie = world.sign_up();
    let mut socket = world.socket(&cookie, &world.origin()).await.unwrap();
    socket
        .say(json!({ "type": "query", "message": "How?" }))
        .await;
    let heard = socket.hear_until("task_started").await;
    let path = format!("/v1/runs/{}/events", heard[0]["run_id"].as_str().unwrap());
    let watching = [("Cookie", cookie.as_str()), ("Accept", "text/event-stream")];
    let mut events = world.server.lines("GET", &path, &watching, "");
    assert!(events.any(|line| line.contains("task_started")));

    let action = world.action("/settings", &cookie, "log_out");
    let gone = Instant::now();
    assert_eq!(world.server.post(&action, &cookie, "").status, 303);
    let closed = loop {
        match socket.hear().await {
            Ok(_) => continue,
            Err(code) => break code,
        }
    };
    assert_eq!(closed, Some(4401));
    assert!(gone.elapsed() < A_MOMENT, "socket: {:?}", gone.elapsed());
    // Signs of life would go on for ever.
    ends(events, gone, "stream");
    assert_eq!(status(world.socket(&cookie, &world.origin()).await), 401);
    assert_eq!(world.server.send("GET", &path, &watching).status, 401);
    let headers = [("Cookie", cookie.as_str()), ("Accept", "text/html")];
    let page = world.server.send("GET", "/settings", &headers);
    assert_eq!(
        (page.status, page.header("location")),
        (302, "/log-in?next=/settings")
    );
}

async fn a_stopped_server_says_so_and_ends_well(kind: Kind) {
    let world = world(kind, false).await;
    let cookie = world.sign_up();
    let mut socket = world.socket(&cookie, &world.origin()).await.unwrap();
    socket
        .say(json!({ "type": "query", "message": "How?" }))
        .await;
    socket.hear_until("task_started").await;
    let World { server, .. } = world;
    let told = Instant::now();
    let ended = tokio::task::spawn_blocking(move || server.terminate());
    let closed = loop {
        match socket.hear().await {
            Ok(_) => continue,
            Err(code) => break code,
        }
    };
    assert_eq!(closed, Some(1001));
    assert_eq!(
        ended.await.unwrap().code(),
        Some(0),
        "the run was parked, not waited for"
    );
    assert!(
        told.elapsed() < Duration::from_secs(20),
        "{:?}",
        told.elapsed()
    );
}
