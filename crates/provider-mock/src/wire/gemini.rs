//! Gemini's generateContent and streamGenerateContent.

use super::{Reply, Streamed, event, messages, text_of};
use crate::script::Status;
use serde_json::{Value, json};

pub(super) fn texts(body: &Value) -> (String, String) {
    let text = |message: &Value| text_of(message.get("parts"));
    (
        text_of(body.pointer("/systemInstruction/parts")),
        messages(body.get("contents"), text, false),
    )
}

pub(super) fn whole(reply: &Reply) -> Value {
    chunk(reply, &reply.text, true)
}

pub(super) fn streamed(reply: &Reply, pieces: &[String]) -> Streamed {
    Streamed {
        before: String::new(),
        pieces: pieces
            .iter()
            .map(|piece| event(None, &chunk(reply, piece, false)))
            .collect(),
        // Its last chunk is the closing mark.
        after: event(None, &chunk(reply, "", !reply.no_end)),
    }
}

pub(super) fn error(status: &Status) -> Value {
    let name = status.code.as_deref().unwrap_or(match status.status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    });
    json!({"error": {"code": status.status, "message": status.message, "status": name}})
}

fn chunk(reply: &Reply, text: &str, last: bool) -> Value {
    let content = json!({"role": "model", "parts": [{"text": text}]});
    let mut body = json!({
        "candidates": [{"content": content, "index": 0}],
        "modelVersion": reply.model,
    });
    if last {
        body["candidates"][0]["finishReason"] =
            json!(if reply.cut { "MAX_TOKENS" } else { "STOP" });
    }
    if let Some((input, output)) = reply.usage {
        body["usageMetadata"] = json!({
            "promptTokenCount": input,
            "candidatesTokenCount": output,
            "totalTokenCount": input + output,
        });
    }
    body
}
