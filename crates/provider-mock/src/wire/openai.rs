//! OpenAI's chat completions, which Ollama and every compatible server speak too.

use super::{Reply, Streamed, event, messages, text_of};
use crate::script::Status;
use serde_json::{Value, json};

pub(super) fn texts(body: &Value) -> (String, String) {
    let text = |message: &Value| text_of(message.get("content"));
    let list = body.get("messages");
    (messages(list, text, true), messages(list, text, false))
}

pub(super) fn whole(reply: &Reply) -> Value {
    let mut body = frame(reply, "chat.completion");
    body["choices"] = json!([{
        "index": 0,
        "message": {"role": "assistant", "content": reply.text},
        "finish_reason": finish(reply),
    }]);
    if let Some(usage) = usage(reply) {
        body["usage"] = usage;
    }
    body
}

pub(super) fn streamed(reply: &Reply, pieces: &[String]) -> Streamed {
    let chunk = |delta: Value, finish: Value| {
        let mut body = frame(reply, "chat.completion.chunk");
        body["choices"] = json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
        event(None, &body)
    };
    let mut after = chunk(json!({}), json!(finish(reply)));
    if let Some(usage) = usage(reply) {
        let mut body = frame(reply, "chat.completion.chunk");
        body["choices"] = json!([]);
        body["usage"] = usage;
        after += &event(None, &body);
    }
    if !reply.no_end {
        after += "data: [DONE]\n\n";
    }
    Streamed {
        before: chunk(json!({"role": "assistant", "content": ""}), Value::Null),
        pieces: pieces
            .iter()
            .map(|piece| chunk(json!({"content": piece}), Value::Null))
            .collect(),
        after,
    }
}

pub(super) fn error(status: &Status) -> Value {
    json!({"error": {
        "message": status.message,
        "type": if status.status < 500 { "invalid_request_error" } else { "server_error" },
        "param": status.param,
        "code": status.code,
    }})
}

fn frame(reply: &Reply, object: &str) -> Value {
    json!({"id": "chatcmpl-mock", "object": object, "created": 0, "model": reply.model})
}

fn finish(reply: &Reply) -> &'static str {
    if reply.cut { "length" } else { "stop" }
}

fn usage(reply: &Reply) -> Option<Value> {
    reply.usage.map(|(input, output)| {
        json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
        })
    })
}
