//! The wire formats: reading a request, writing a reply whole or in pieces, writing an error.

mod anthropic;
mod gemini;
mod openai;

use crate::script::Status;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wire {
    OpenAi,
    Anthropic,
    Gemini,
}

/// A request, read from its wire format.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub wire: Wire,
    pub model: String,
    pub stream: bool,
    pub system: String,
    pub prompt: String,
    pub schema_name: Option<String>,
    pub schema: Option<Value>,
    pub body: Value,
}

/// A reply, to be written in a wire format.
pub(crate) struct Reply {
    pub model: String,
    pub text: String,
    /// Cut at the token limit.
    pub cut: bool,
    /// Tokens in and out.
    pub usage: Option<(u64, u64)>,
    /// The stream ends without its closing mark.
    pub no_end: bool,
}

/// A streamed reply: the events around the text, and one event for each piece of it.
pub(crate) struct Streamed {
    pub before: String,
    pub pieces: Vec<String>,
    pub after: String,
}

impl Request {
    pub fn openai(body: Value) -> Self {
        let format = "/response_format/json_schema";
        let name = body
            .pointer(&format!("{format}/name"))
            .and_then(Value::as_str);
        let name = name.map(str::to_owned);
        let schema = body.pointer(&format!("{format}/schema")).cloned();
        let (system, prompt) = openai::texts(&body);
        Self::new(Wire::OpenAi, body, system, prompt, schema, name)
    }

    pub fn anthropic(body: Value) -> Self {
        let schema = body.pointer("/output_config/format/schema").cloned();
        let (system, prompt) = anthropic::texts(&body);
        Self::new(Wire::Anthropic, body, system, prompt, schema, None)
    }

    /// Gemini has the model and the wish for a stream in the address.
    pub fn gemini(model: &str, stream: bool, body: Value) -> Self {
        let config = |key: &str| body.pointer(&format!("/generationConfig/{key}")).cloned();
        let schema = config("responseJsonSchema").or_else(|| config("responseSchema"));
        let (system, prompt) = gemini::texts(&body);
        let mut request = Self::new(Wire::Gemini, body, system, prompt, schema, None);
        request.model = model.to_owned();
        request.stream = stream;
        request
    }

    fn new(
        wire: Wire,
        body: Value,
        system: String,
        prompt: String,
        schema: Option<Value>,
        name: Option<String>,
    ) -> Self {
        let schema = schema.or_else(|| schema_in(&prompt));
        let title = schema.as_ref().and_then(|schema| schema.get("title"));
        let title = title.and_then(Value::as_str).map(str::to_owned);
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        Self {
            wire,
            model: text("model").to_owned(),
            stream: body.get("stream").and_then(Value::as_bool).unwrap_or(false),
            system,
            prompt,
            schema_name: name.or(title),
            schema,
            body,
        }
    }
}

/// The schema of a prompt that asks for JSON in words: the first object after "JSON schema".
fn schema_in(prompt: &str) -> Option<Value> {
    let (_, rest) = prompt.split_once("JSON schema")?;
    let start = rest.find('{')?;
    let mut values = serde_json::Deserializer::from_str(&rest[start..]).into_iter::<Value>();
    values.next()?.ok().filter(Value::is_object)
}

impl Wire {
    pub(crate) fn whole(self, reply: &Reply) -> Value {
        match self {
            Self::OpenAi => openai::whole(reply),
            Self::Anthropic => anthropic::whole(reply),
            Self::Gemini => gemini::whole(reply),
        }
    }

    pub(crate) fn streamed(self, reply: &Reply, pieces: &[String]) -> Streamed {
        match self {
            Self::OpenAi => openai::streamed(reply, pieces),
            Self::Anthropic => anthropic::streamed(reply, pieces),
            Self::Gemini => gemini::streamed(reply, pieces),
        }
    }

    pub(crate) fn error(self, status: &Status) -> Value {
        match self {
            Self::OpenAi => openai::error(status),
            Self::Anthropic => anthropic::error(status),
            Self::Gemini => gemini::error(status),
        }
    }
}

/// The text of a message's content: a string, or a list of parts.
fn text_of(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    }
}

/// The texts of those messages whose role is, or is not, a system role.
fn messages(list: Option<&Value>, text: impl Fn(&Value) -> String, system: bool) -> String {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|message| {
            let role = message.get("role").and_then(Value::as_str);
            matches!(role, Some("system" | "developer")) == system
        })
        .map(text)
        .collect::<Vec<_>>()
        .join("\n")
}

fn event(name: Option<&str>, data: &Value) -> String {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}
