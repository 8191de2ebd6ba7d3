//! Ids in messages over the native socket, Socket.IO and MCP, sent by everybody whose they are not.

use super::rules::Who;
use super::stage::{Stage, Things};
use crate::socket_io::SocketIo;
use serde_json::{Value, json};

/// The codes of a refusal; who may not ask at all hears that first.
const REFUSED: [&str; 2] = ["not_found", "forbidden"];

/// A message, by the thing in it that is somebody else's.
fn messages(things: &Things) -> Vec<(&'static str, Value)> {
    let id = |thing: &str| json!(things[thing]);
    vec![
        (
            "conversation",
            json!({ "type": "query", "message": "How?", "conversation_id": id("conversation") }),
        ),
        (
            "workflow",
            json!({ "type": "query", "message": "How?", "workflow_id": id("workflow") }),
        ),
        ("run", json!({ "type": "cancel", "run_id": id("run") })),
        (
            "request",
            json!({ "type": "cancel", "request_id": id("request") }),
        ),
        ("run", json!({ "type": "subscribe", "run_id": id("run") })),
    ]
}

pub async fn try_sockets(stage: &Stage, things: &Things) -> usize {
    let mut tried = 0;
    for who in Who::ALL.into_iter().filter(|who| *who != Who::Nobody) {
        let token = &stage.tokens[&who];
        let mut socket = stage.world.socket_by(token).await.unwrap();
        let mut socket_io = SocketIo::open(&stage.world.server.addr, token).await;
        for (thing, message) in messages(things) {
            if who.has(thing) {
                continue;
            }
            socket.say(message.clone()).await;
            let heard = socket.hear().await.unwrap();
            let code = heard["code"].as_str().unwrap_or_default();
            assert!(REFUSED.contains(&code), "{who:?} {message}: {heard}");

            let (name, data) = in_camel_case(&message);
            let heard = socket_io.ask(&name, data).await;
            let code = heard["error"]["code"].as_str().unwrap_or_default();
            assert!(REFUSED.contains(&code), "{who:?} {message}: {heard}");
            tried += 2;
        }
        tried += try_mcp(stage, who, things);
    }
    tried
}

/// As Socket.IO's clients write it: the type is the event's name.
fn in_camel_case(message: &Value) -> (String, Value) {
    let mut fields = message.as_object().unwrap().clone();
    let name = fields.remove("type").unwrap();
    let fields = fields.into_iter().map(|(name, value)| {
        let mut words = name.split('_').map(str::to_owned);
        let first = words.next().unwrap();
        let rest = words.map(|word| word[..1].to_uppercase() + &word[1..]);
        (first + &rest.collect::<String>(), value)
    });
    (name.as_str().unwrap().to_owned(), fields.collect())
}

fn try_mcp(stage: &Stage, who: Who, things: &Things) -> usize {
    let call = |method: &str, params: Value| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let bearer = format!("Bearer {}", stage.tokens[&who]);
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        let server = &stage.world.server;
        let reply = server.send_body("POST", "/mcp", &headers, &body.to_string());
        let text = reply.text();
        let json = text
            .lines()
            .map(|line| line.trim_start_matches("data:").trim());
        let mut json = json.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        json.find(|message| message["id"] == 1)
            .unwrap_or_else(|| panic!("{method}: {text}"))
    };
    let tools = call("tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap();
    let mut tried = 0;
    for tool in tools {
        for (argument, _) in tool["inputSchema"]["properties"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let (thing, mut arguments) = match argument.as_str() {
                "workflow" => ("workflow", json!({ "question": "How?" })),
                "run_id" => ("run", json!({})),
                "question" | "max_iterations" | "quality_threshold" => continue,
                other => panic!("say what {other} names"),
            };
            if who.has(thing) {
                continue;
            }
            arguments[argument] = json!(things[thing]);
            let params = json!({ "name": tool["name"], "arguments": arguments });
            let answer = call("tools/call", params);
            let refused = answer["error"].is_object() || answer["result"]["isError"] == true;
            assert!(refused, "{who:?} {argument}: {answer}");
            tried += 1;
        }
    }
    tried
}
