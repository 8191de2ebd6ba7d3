//! Accounts over forms and a question over the socket: the whole program, on both databases,
//! with the provider mock behind it.

use crate::program::Server;
use futures::{SinkExt, StreamExt};
use provider_mock::{Answer, Mock, Rule, Script, Then, When};
use serde_json::{Value, json};
use std::time::Duration;
use store::testing::{Kind, TestDatabase};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PASSWORD: &str = "correct+horse+battery";

struct World {
    server: Server,
    _mock: Mock,
    _database: TestDatabase,
}

/// The observation never comes, unless `answering`.
async fn world(kind: Kind, answering: bool) -> World {
    let stalls = Rule {
        when: When {
            schema: Some("observation".to_owned()),
            ..When::default()
        },
        then: Then {
            answer: Answer::Never {},
            ..Then::default()
        },
        times: None,
    };
    let script = Script {
        rules: if answering { Vec::new() } else { vec![stalls] },
        ..Script::default()
    };
    let mock = Mock::start(script).await.unwrap();
    let database = TestDatabase::fresh(kind).await;
    let server = Server::start_with(|command| {
        command
            .env("DATABASE_URL", &database.url)
            .env("OVERMIND_OPENAI_COMPATIBLE_URL", mock.base_url())
            .env("OVERMIND_DEFAULT_MODEL", "compatible/test-model");
    });
    World {
        server,
        _mock: mock,
        _database: database,
    }
}

impl World {
    /// The address that the form of that function posts to, as the page says it.
    fn action(&self, page: &str, cookie: &str, function: &str) -> String {
        let html = self.server.send("GET", page, &[("Cookie", cookie)]).text();
        let marker = format!("action=\"/api/{function}");
        let start = html.find(&marker).expect("the form is there") + "action=\"".len();
        let end = html[start..].find('"').unwrap();
        html[start..start + end].to_owned()
    }

    /// The cookie of the first account.
    fn sign_up(&self) -> String {
        let action = self.action("/sign-up", "", "sign_up");
        let form = format!("name=Ada&email=ada%40example.org&password={PASSWORD}");
        let reply = self.server.post(&action, "", &form);
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, "/"),
            "{}",
            reply.text()
        );
        let cookie = reply.header("set-cookie");
        for part in ["overmind=", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn socket(&self, cookie: &str, origin: &str) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/v1/ws", self.server.addr).into_client_request()?;
        for (name, value) in [("Cookie", cookie), ("Origin", origin)] {
            if !value.is_empty() {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        let (stream, _) = connect_async(request).await?;
        Ok(Socket(stream))
    }

    fn origin(&self) -> String {
        format!("http://{}", self.server.addr)
    }
}

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn say(&mut self, message: Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    /// The next message, or the code of the closing.
    async fn hear(&mut self) -> Result<Value, Option<u16>> {
        let next = tokio::time::timeout(Duration::from_secs(60), self.0.next());
        match next.await.expect("the server says something") {
            Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(frame))) => Err(frame.map(|frame| frame.code.into())),
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(_)) | None => Err(None),
        }
    }

    async fn hear_until(&mut self, kind: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let message = self.hear().await.expect("the socket is open");
            let found = message["type"] == kind;
            heard.push(message);
            if found {
                return heard;
            }
        }
    }
}

fn status(result: Result<Socket, Error>) -> u16 {
    match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    }
}

macro_rules! stories {
    ($($story:ident),* $(,)?) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$story(store::testing::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$story(store::testing::Kind::Postgres).await;
            }
        }
    )*};
}

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
    socket.hear_until("task_started").await;
    let action = world.action("/settings", &cookie, "log_out");
    assert_eq!(world.server.post(&action, &cookie, "").status, 303);
    let closed = loop {
        match socket.hear().await {
            Ok(_) => continue,
            Err(code) => break code,
        }
    };
    assert_eq!(closed, Some(4401));
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
}
