//! Anthropic's messages.

use super::{Reply, Streamed, event, messages, text_of};
use crate::script::Status;
use serde_json::{Value, json};

pub(super) fn texts(body: &Value) -> (String, String) {
    let text = |message: &Value| text_of(message.get("content"));
    (
        text_of(body.get("system")),
        messages(body.get("messages"), text, false),
    )
}

pub(super) fn whole(reply: &Reply) -> Value {
    let mut body = frame(reply);
    body["content"] = json!([{"type": "text", "text": reply.text}]);
    body["stop_reason"] = json!(stop(reply));
    if let Some((input, output)) = reply.usage {
        body["usage"] = json!({"input_tokens": input, "output_tokens": output});
    }
    body
}

pub(super) fn streamed(reply: &Reply, pieces: &[String]) -> Streamed {
    let named = |name: &str, mut data: Value| {
        data["type"] = json!(name);
        event(Some(name), &data)
    };
    let mut message = frame(reply);
    let mut last = json!({"delta": {"stop_reason": stop(reply), "stop_sequence": null}});
    if let Some((input, output)) = reply.usage {
        message["usage"] = json!({"input_tokens": input, "output_tokens": 1});
        last["usage"] = json!({"output_tokens": output});
    }
    let block = json!({"index": 0, "content_block": {"type": "text", "text": ""}});
    let mut after = named("content_block_stop", json!({"index": 0}));
    after += &named("message_delta", last);
    if !reply.no_end {
        after += &named("message_stop", json!({}));
    }
    Streamed {
        before: named("message_start", json!({"message": message}))
            + &named("content_block_start", block)
            + &named("ping", json!({})),
        pieces: pieces
            .iter()
            .map(|piece| {
                let delta = json!({"type": "text_delta", "text": piece});
                named("content_block_delta", json!({"index": 0, "delta": delta}))
            })
            .collect(),
        after,
    }
}

pub(super) fn error(status: &Status) -> Value {
    let kind = status.code.as_deref().unwrap_or(match status.status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    });
    json!({"type": "error", "error": {"type": kind, "message": status.message}})
}

fn frame(reply: &Reply) -> Value {
    json!({
        "id": "msg_mock", "type": "message", "role": "assistant", "model": reply.model,
        "content": [], "stop_reason": null, "stop_sequence": null,
    })
}

fn stop(reply: &Reply) -> &'static str {
    if reply.cut { "max_tokens" } else { "end_turn" }
}
