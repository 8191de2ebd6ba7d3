//! Several processes on one PostgreSQL and one Redis: any of them serves any watcher, and when
//! one fails, or what they share does, nothing is lost and no finished call is paid twice.

use crate::fleet::{Fleet, assert_whole, first_hangs, id, is_over, rule, told, until};
use crate::program::Server;
use provider_mock::{Answer, Latency, Pace, RecordedCall, Rule, Script, Then, When};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

/// The draft is written slowly.
fn unhurried() -> Script {
    let draft = Rule {
        when: When {
            prompt_contains: Some("Write the answer".to_owned()),
            ..When::default()
        },
        then: Then {
            answer: Answer::Text("One word after the other, for quite a while. ".repeat(8)),
            pace: Some(Pace {
                first: Latency::None {},
                chunk_ms: 40,
                chunk_chars: 6,
            }),
            ..Then::default()
        },
        times: None,
    };
    Script {
        rules: vec![draft],
        ..Script::default()
    }
}

fn asked_for(calls: &[RecordedCall], schema: &str) -> bool {
    let asked = |call: &RecordedCall| call.schema_name.as_deref() == Some(schema);
    calls.iter().any(asked)
}

/// How often each call was answered in full.
fn answered(calls: &[RecordedCall]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls.iter().filter(|call| call.finished) {
        let key = format!("{:?} {} {}", call.schema_name, call.system, call.prompt);
        *counts.entry(key).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn any_replica_serves_any_watcher() {
    let fleet = Fleet::start(unhurried()).await;
    // The one that is asked and watched executes nothing.
    let (near, far) = (fleet.serve(0), fleet.serve(8));
    let ada = near.register();
    assert_eq!((near.bus(), far.bus()), ("ok".into(), "ok".into()));
    let (_, conversation) = near.call(&ada, "POST /v1/conversations", json!({}));
    let mut socket = near.socket(&ada).await;
    let query = json!({ "type": "query", "conversation_id": id(&conversation), "message": "How?" });
    socket.say(query).await;
    let mut heard = socket.hear_until("draft_started").await;
    // Somebody who comes in the middle of a sentence reads it from its beginning.
    let run = heard
        .iter()
        .find_map(|it| it["run_id"].as_str())
        .unwrap()
        .to_owned();
    let mut piece = socket.hear_until("answer_delta").await;
    let written = piece.last().unwrap()["text"].as_str().unwrap().len();
    assert!(written > 0);
    heard.append(&mut piece);
    let third = fleet.serve(0);
    let mut late = third.watch(&ada, &run).await;
    let caught_up = late.hear_until("subscribed").await.pop().unwrap();
    let mut text = caught_up["partial"][0]["text"].as_str().unwrap().to_owned();
    assert!(!text.is_empty(), "{caught_up}");
    let draft = loop {
        let message = late.hear().await.unwrap();
        match message["type"].as_str().unwrap() {
            "answer_delta" => {
                let offset = usize::try_from(message["offset"].as_u64().unwrap()).unwrap();
                if offset == text.len() {
                    text.push_str(message["text"].as_str().unwrap());
                } else {
                    assert!(offset < text.len(), "nothing is missing in between");
                }
            }
            "draft_completed" => break message["data"]["content"].as_str().unwrap().to_owned(),
            _ => {}
        }
    };
    assert_eq!(text.trim(), draft.trim());
    heard.extend(socket.hear_until("final_output").await);
    let events: Vec<Value> = heard
        .into_iter()
        .filter(|message| message["seq"].is_u64())
        .collect();
    assert_whole(&events);
    assert!(events == near.events(&ada, &run), "as they are stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_reaches_the_worker_wherever_it_is() {
    let hangs = Script {
        rules: vec![rule("distillation", Answer::Never {})],
        ..Script::default()
    };
    let fleet = Fleet::start(hangs).await;
    let (near, _far) = (fleet.serve(0), fleet.serve(8));
    let ada = near.register();
    for (hanging, redis) in [(1, true), (2, false)] {
        if !redis {
            fleet.halt("redis");
            until("Redis is known to be down", || {
                (near.bus() == "redis_unreachable").then_some(())
            });
        }
        let run = near.ask(&ada, "overmind");
        let hangs = |calls: &[RecordedCall]| {
            let schemas = calls.iter().filter_map(|it| it.schema_name.as_deref());
            schemas.filter(|it| *it == "distillation").count() == hanging
        };
        assert!(fleet.mock.wait_until(hangs).await);
        let path = format!("POST /v1/runs/{run}/cancel");
        let (since, (status, _)) = (Instant::now(), near.call(&ada, &path, Value::Null));
        assert_eq!(status, 202);
        let events = near.ending(&ada, &run);
        println!("cancelled after {:?}, Redis: {redis}", since.elapsed());
        assert_eq!(events.last().unwrap()["type"], "cancelled");
        assert_whole(&events);
    }
    let closed = |calls: &[RecordedCall]| calls.iter().filter(|it| it.closed_early).count() == 2;
    assert!(fleet.mock.wait_until(closed).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_the_database_tells() {
    let fleet = Fleet::start(Script::default()).await;
    let (near, far) = (fleet.serve(0), fleet.serve(8));
    let ada = near.register();
    fleet.halt("redis");
    for server in [&near, &far] {
        until("Redis is known to be down", || {
            (server.bus() == "redis_unreachable").then_some(())
        });
        assert_eq!(server.get("/ready").status, 200, "requests are welcome");
    }
    let run = near.ask(&ada, "overmind");
    let mut socket = near.watch(&ada, &run).await;
    let events = heard_to_the_end(&mut socket).await;
    assert_whole(&events);
    assert!(events == near.events(&ada, &run), "as they are stored");
    // By itself, and with everything that travels through it.
    fleet.resume("redis");
    for server in [&near, &far] {
        until("Redis is found again", || {
            (server.bus() == "ok").then_some(())
        });
    }
    let run = near.ask(&ada, "overmind");
    let mut socket = near.watch(&ada, &run).await;
    assert_whole(&heard_to_the_end(&mut socket).await);
}

async fn heard_to_the_end(socket: &mut crate::world::Socket) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let message = socket.hear().await.unwrap();
        if message["seq"].is_u64() {
            let over = is_over(&message);
            events.push(message);
            if over {
                return events;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_and_comes_back_loses_nothing() {
    let fleet = Fleet::start(unhurried()).await;
    let (server, other) = (fleet.serve(8), fleet.serve(8));
    let ada = server.register();
    let run = server.ask(&ada, "overmind");
    until("the draft is being written", || {
        let events = server.events(&ada, &run);
        let begun = events.iter().any(|it| it["type"] == "draft_started");
        begun.then_some(())
    });
    let mut socket = server.watch(&ada, &run).await;
    let before = server.events(&ada, &run);
    fleet.halt("postgres");
    let halted = Instant::now();
    let (status, refused) = server.call(&ada, "GET /v1/conversations", Value::Null);
    assert_eq!(status, 503, "{refused}");
    until("requests are refused without a wait", || {
        let asked = Instant::now();
        let (status, _) = server.call(&ada, "GET /v1/conversations", Value::Null);
        assert_eq!(status, 503);
        (asked.elapsed() < Duration::from_millis(500)).then_some(())
    });
    assert_eq!(server.get("/ready").status, 503);
    assert_eq!(server.get("/health").status, 200);
    // The draft is finished while nobody can store it.
    let written = |calls: &[RecordedCall]| {
        let draft = |call: &RecordedCall| call.prompt.contains("Write the answer");
        calls.iter().any(|call| draft(call) && call.finished)
    };
    assert!(fleet.mock.wait_until(written).await);
    // Neither process may take that for a worker's death.
    until("every lease has run out", || {
        (halted.elapsed() > Duration::from_secs(12)).then_some(())
    });
    fleet.resume("postgres");
    for server in [&server, &other] {
        until("the server is ready again", || {
            (server.get("/ready").status == 200).then_some(())
        });
    }
    let events = server.ending(&ada, &run);
    assert_whole(&events);
    assert_eq!(
        heard_to_the_end(&mut socket).await,
        events,
        "whoever watched through it"
    );
    assert!(events.starts_with(&before), "what was told stays told");
    assert_eq!(events.last().unwrap()["type"], "final_output");
    let calls = answered(&fleet.mock.calls());
    assert!(calls.values().all(|count| *count == 1), "{calls:#?}");
}

/// The events of a run that nothing happened to.
fn undisturbed(server: &Server, ada: &str) -> Vec<String> {
    let run = server.ask(ada, "overmind");
    told(&server.ending(ada, &run))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_goes_on_with_the_run_of_a_killed_one() {
    let fleet = Fleet::start(first_hangs("judgement")).await;
    let (far, near) = (fleet.serve(8), fleet.serve(0));
    let ada = near.register();
    let run = near.ask(&ada, "overmind");
    let mut socket = near.watch(&ada, &run).await;
    let hangs = |calls: &[RecordedCall]| asked_for(calls, "judgement");
    assert!(fleet.mock.wait_until(hangs).await);
    let before = answered(&fleet.mock.calls());
    far.signal("KILL");
    assert_eq!(far.ended().signal(), Some(9));
    let since = Instant::now();
    let _next = fleet.serve(8);
    let events = heard_to_the_end(&mut socket).await;
    println!(
        "the run of a killed replica ended after {:?}",
        since.elapsed()
    );
    assert_whole(&events);
    let after = answered(&fleet.mock.calls());
    assert!(before.iter().all(|(call, count)| after[call] == *count));
    assert_eq!(told(&events), undisturbed(&near, &ada));
}

/// Paused past its lease, it finds that it has lost the run, and writes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_wakes_up_too_late_writes_nothing() {
    let mut late = rule("distillation", Answer::Generated {});
    late.times = Some(1);
    late.then.pace = Some(Pace {
        first: Latency::FixedMs(2_000),
        ..Pace::default()
    });
    let script = Script {
        rules: vec![late],
        ..Script::default()
    };
    let fleet = Fleet::start(script).await;
    let (sleeper, near) = (fleet.serve(8), fleet.serve(0));
    let ada = near.register();
    let run = near.ask(&ada, "overmind");
    let asked = |calls: &[RecordedCall]| asked_for(calls, "distillation");
    assert!(fleet.mock.wait_until(asked).await);
    sleeper.signal("STOP");
    let before = near.events(&ada, &run);
    let next = fleet.serve(8);
    let since = Instant::now();
    let events = next.ending(&ada, &run);
    println!("taken over and ended after {:?}", since.elapsed());
    assert_whole(&events);
    assert!(events.len() > before.len());
    sleeper.signal("CONT");
    // It answers again, and has had the time to write what it has.
    until("it is awake", || {
        (sleeper.get("/health").status == 200).then_some(())
    });
    let other = sleeper.ask(&ada, "overmind");
    sleeper.ending(&ada, &other);
    assert!(
        near.events(&ada, &run) == events,
        "nothing was written late"
    );
    assert_eq!(told(&events), undisturbed(&near, &ada));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_gives_its_run_to_the_next_one() {
    let fleet = Fleet::start(first_hangs("judgement")).await;
    let server = fleet.serve(0);
    let ada = server.register();
    let run = server.ask(&ada, "overmind");
    let (_, waiting) = server.call(&ada, &format!("GET /v1/runs/{run}"), Value::Null);
    assert_eq!(waiting["status"], "queued", "nobody executes it");
    let first = fleet.work();
    let hangs = |calls: &[RecordedCall]| asked_for(calls, "judgement");
    assert!(fleet.mock.wait_until(hangs).await);
    let before = answered(&fleet.mock.calls());
    assert_eq!(first.terminate().code(), Some(0));
    let _second = fleet.work();
    let events = server.ending(&ada, &run);
    assert_whole(&events);
    assert_eq!(events.last().unwrap()["type"], "final_output");
    let after = answered(&fleet.mock.calls());
    assert!(before.iter().all(|(call, count)| after[call] == *count));
}

/// Nobody waits for the other organization's long queue, and what is stopped waits no more.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_knows_its_place() {
    let mut slow = Script::default();
    slow.pace.first = Latency::FixedMs(30);
    let fleet = Fleet::start(slow).await;
    let server = fleet.serve(0);
    let ada = server.register();
    let bob = fleet.admin_of_another_organization(&server);
    let mut adas: Vec<String> = (0..20).map(|_| server.ask(&ada, "quick")).collect();
    let bobs: Vec<String> = (0..2).map(|_| server.ask(&bob, "quick")).collect();

    let (_, conversation) = server.call(&ada, "POST /v1/conversations", json!({}));
    let path = format!("/v1/conversations/{}/messages", id(&conversation));
    let bearer = format!("Bearer {ada}");
    let json = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let question = json!({ "content": "How?", "workflow_id": "quick" }).to_string();
    let more = || server.send_body("POST", &path, &json, &question);
    let busy = more();
    assert_eq!((busy.status, busy.header("retry-after")), (503, "10"));

    // By turns, then the rest of the longer queue.
    let due = |adas: &[String]| {
        let turns = adas.iter().zip(&bobs).flat_map(|(ada, bob)| [ada, bob]);
        let rest = adas.iter().skip(bobs.len());
        turns.chain(rest).cloned().collect::<Vec<_>>()
    };
    let places = |due: &[String]| {
        until("everybody knows their place", || {
            let mut places = due.iter().zip(0..).map(|(run, place)| {
                let whose = if bobs.contains(run) { &bob } else { &ada };
                server.ahead_of(whose, run) == (200, json!(place))
            });
            places.all(|right| right).then_some(())
        });
    };
    places(&due(&adas));
    assert_eq!(server.ahead_of(&bob, &adas[0]).0, 404);
    let stopped = adas.remove(1);
    let cancel = format!("POST /v1/runs/{stopped}/cancel");
    assert_eq!(server.call(&ada, &cancel, Value::Null).0, 202);
    let events = server.events(&ada, &stopped);
    assert_eq!(told(&events), ["0 cancelled "], "although nobody works");
    assert_eq!(server.ahead_of(&ada, &stopped), (200, Value::Null));
    places(&due(&adas));
    let accepted: Value = serde_json::from_slice(&more().body).unwrap();
    adas.push(id(&accepted["run"]));

    let _worker = fleet.work();
    let ended = |whose: &String, run: &String| {
        let events = server.ending(whose, run);
        assert_eq!(events.last().unwrap()["type"], "final_output");
        assert_eq!(server.ahead_of(whose, run), (200, Value::Null));
        let (_, run) = server.call(whose, &format!("GET /v1/runs/{run}"), Value::Null);
        run["started_at"].as_str().unwrap().to_owned()
    };
    let adas: Vec<String> = adas.iter().map(|run| ended(&ada, run)).collect();
    let bobs: Vec<String> = bobs.iter().map(|run| ended(&bob, run)).collect();
    let last_of = |started: &[String]| started.iter().max().cloned();
    assert!(last_of(&bobs) < last_of(&adas));
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_count_requests_together() {
    let fleet = Fleet::start(Script::default()).await;
    let limited = || fleet.serve_with("OVERMIND_RATE_LIMIT", "6");
    let replicas = [limited(), limited()];
    let ada = replicas[0].register();
    let look = |server: &Server| {
        let bearer = format!("Bearer {ada}");
        server.send("GET", "/v1/me", &[("Authorization", &bearer)])
    };
    for server in &replicas {
        until("Redis is there", || (server.bus() == "ok").then_some(()));
    }
    let counted: Vec<String> = (0..8)
        .map(|number| {
            let reply = look(&replicas[number % 2]);
            format!("{} {}", reply.status, reply.header("ratelimit-remaining"))
        })
        .collect();
    assert_eq!(
        counted,
        [
            "200 5", "200 4", "200 3", "200 2", "200 1", "200 0", "429 0", "429 0"
        ]
    );
    // Passwords cannot be tried at one after the other.
    let wrong = json!({ "email": "ada@example.org", "password": "not my password" });
    let tried: Vec<u16> = (0..11)
        .map(|number| {
            let server = &replicas[number % 2];
            server.call("", "POST /v1/auth/login", wrong.clone()).0
        })
        .collect();
    assert_eq!(tried, [[401; 10].as_slice(), &[429]].concat());
    // Alone, each has what it has counted by itself.
    fleet.halt("redis");
    for server in &replicas {
        until("Redis is known to be down", || {
            (server.bus() == "redis_unreachable").then_some(())
        });
        assert_eq!(look(server).status, 200);
    }
}
