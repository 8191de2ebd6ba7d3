//! What nobody means to send, made from what is valid: forms to every server function, JSON to the
//! socket, Socket.IO and MCP. No answer is a server error, and the server goes on. The same inputs
//! every time; REST has Schemathesis (clients/schemathesis.sh).

use crate::matrix::FUNCTIONS;
use crate::socket_io::SocketIo;
use crate::world::{World, world};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use store::testing::Kind;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const FORMS: u32 = 24;
const MESSAGES: u32 = 250;

/// What readers stumble over.
const STONES: [&str; 27] = [
    "",
    " ",
    "\0",
    "%00",
    "%FF%FE",
    "%",
    "&",
    "=",
    "[0]=",
    ";",
    "+",
    "'",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\u{202e}𝕬\u{0}",
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "[]",
    "{}",
    "<script>",
    "../../etc/passwd",
    "00000000-0000-0000-0000-000000000000",
];

/// Numbers that are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }

    fn stone(&mut self) -> String {
        match self.below(20) {
            0 => "x".repeat(40_000),
            1 => "[".repeat(3_000),
            2 => "{\"a\":".repeat(1_000),
            _ => STONES[self.below(STONES.len())].to_owned(),
        }
    }

    /// One to three things about it are otherwise.
    fn spoil(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let (one, other) = (self.below(chars.len() + 1), self.below(chars.len() + 1));
            let (from, to) = (one.min(other), one.max(other));
            match self.below(5) {
                0 => drop(chars.drain(from..to)),
                1 => chars.truncate(to),
                2 => {
                    let again: Vec<char> = chars[from..to].to_vec();
                    chars.splice(from..from, again);
                }
                3 => drop(chars.splice(from..to, self.stone().chars())),
                _ => drop(chars.splice(from..from, self.stone().chars())),
            }
        }
        chars.into_iter().collect()
    }
}

async fn begin() -> (World, String) {
    let world = world(Kind::Sqlite, true).await;
    let ada = world.register();
    (world, ada)
}

fn goes_on(world: &World) {
    assert_eq!(world.server.get("/health").status, 200);
    assert_eq!(world.server.get("/ready").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_functions_read_anything() {
    let (world, ada) = begin().await;
    let _linked = app::App;
    let bearer = format!("Bearer {ada}");
    let origin = world.origin();
    let mut dice = Dice(0x0dde_5eed);
    let mut wrong = Vec::new();
    for (path, _) in leptos::server_fn::axum::server_fn_paths() {
        let name = path.trim_start_matches("/api/");
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
        // The rest would be sent by nobody.
        if name == "log_out" {
            continue;
        }
        let known = FUNCTIONS.iter().find(|(function, ..)| *function == name);
        let (.., form) = known.unwrap_or_else(|| panic!("{name} is in the matrix"));
        for turn in 0..FORMS {
            let form = dice.spoil(form);
            let accept = if turn % 2 == 0 {
                "application/json"
            } else {
                "text/html"
            };
            let headers = [
                ("Authorization", bearer.as_str()),
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Accept", accept),
                ("Origin", origin.as_str()),
            ];
            let reply = world.server.send_body("POST", path, &headers, &form);
            if reply.status >= 500 {
                let form: String = form.chars().take(200).collect();
                wrong.push(format!(
                    "{accept} {name} {form:?}: {} {}",
                    reply.status,
                    reply.text()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of them: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(8)]
    );
    goes_on(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_reads_anything() {
    let (world, ada) = begin().await;
    let bearer = format!("Bearer {ada}");
    let call = |method: &str, params: Value| {
        json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
    };
    let ask = json!({ "question": "How?", "workflow": "quick", "max_iterations": 1 });
    let run = json!({ "run_id": "00000000-0000-0000-0000-000000000000" });
    let valid = [
        call("tools/call", json!({ "name": "ask", "arguments": ask })),
        call("tools/call", json!({ "name": "get_run", "arguments": run })),
        call("tools/list", json!({})),
        call(
            "notifications/cancelled",
            json!({ "requestId": 1, "reason": "no need" }),
        ),
        call(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" },
            }),
        ),
    ];
    let mut dice = Dice(0x0dde_5eed);
    for turn in 0..MESSAGES as usize {
        let body = dice.spoil(&valid[turn % valid.len()]);
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        let reply = world.server.send_body("POST", "/mcp", &headers, &body);
        assert!(
            reply.status < 500,
            "{body:.300}: {} {}",
            reply.status,
            reply.text()
        );
    }
    goes_on(&world);
}

/// What a client of the socket says.
fn messages() -> [Value; 5] {
    let run = "00000000-0000-0000-0000-000000000000";
    let options = json!({ "max_iterations": 1, "quality_threshold": 5.5 });
    [
        json!({ "type": "query", "message": "How?", "workflow_id": "quick", "options": options }),
        json!({ "type": "cancel", "run_id": run }),
        json!({ "type": "subscribe", "run_id": run, "after_seq": 7 }),
        json!({ "type": "unsubscribe", "run_id": run }),
        json!({ "type": "ping" }),
    ]
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn socket(world: &World, token: &str) -> Socket {
    let url = format!("ws://{}/v1/ws", world.server.addr);
    let mut request = url.into_client_request().unwrap();
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("Authorization", bearer);
    connect_async(request).await.unwrap().0
}

/// What is said until the answer to a ping; false when the connection is closed.
async fn answered(socket: &mut Socket) -> bool {
    if socket
        .send(Message::text(r#"{"type":"ping"}"#))
        .await
        .is_err()
    {
        return false;
    }
    loop {
        let next = tokio::time::timeout(Duration::from_secs(60), socket.next());
        match next.await.expect("the server says something") {
            Some(Ok(Message::Text(text))) => {
                assert!(!text.contains("\"code\":\"internal\""), "{text}");
                if text.contains("\"type\":\"pong\"") {
                    return true;
                }
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(_) | Err(_)) | None => return false,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_reads_anything() {
    let (world, ada) = begin().await;
    let mut dice = Dice(0x0dde_5eed);
    let messages = messages();
    let mut open = socket(&world, &ada).await;
    for turn in 0..MESSAGES as usize {
        let text = dice.spoil(&messages[turn % messages.len()].to_string());
        let message = match dice.below(12) {
            0 => Message::binary(text.into_bytes()),
            _ => Message::text(text),
        };
        let sent = open.send(message).await.is_ok();
        if !sent || !answered(&mut open).await {
            // What is too long or is no text ends the connection, and nothing else.
            open = socket(&world, &ada).await;
        }
    }
    assert!(answered(&mut open).await);
    goes_on(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn socket_io_reads_anything() {
    let (world, ada) = begin().await;
    let mut dice = Dice(0x0dde_5eed);
    let run = "00000000-0000-0000-0000-000000000000";
    let valid = [
        json!(["query", { "message": "How?", "workflowId": "quick" }]),
        json!(["cancel", { "runId": run }]),
        json!(["subscribe", { "runId": run, "afterSeq": 7 }]),
        json!(["unsubscribe", { "runId": run }]),
    ];
    let mut open = SocketIo::open(&world.server.addr, &ada).await;
    for turn in 0..MESSAGES as usize {
        let event = valid[turn % valid.len()].to_string();
        let packet = match dice.below(4) {
            // The packet itself, too: its types, its numbers, its attachments.
            0 => dice.spoil(&format!("42{event}")),
            1 => dice.spoil(&format!("451-7{event}")),
            _ => format!("42{}", dice.spoil(&event)),
        };
        let mut alive = open.say(packet).await;
        // Every few messages somebody looks whether it still listens.
        if alive && turn % 5 == 0 {
            alive = open
                .try_ask("unsubscribe", json!({ "runId": run }))
                .await
                .is_some();
        }
        if !alive {
            open = SocketIo::open(&world.server.addr, &ada).await;
        }
    }
    let mut last = SocketIo::open(&world.server.addr, &ada).await;
    assert_eq!(
        last.ask("unsubscribe", json!({ "runId": run })).await,
        json!({})
    );
    goes_on(&world);
}
