//! What Socket.IO clients send, read strictly and in camelCase, and what a refusal says about it.
//! What a message leads to is not decided here.

use domain::wire::{Control, Query, QueryOptions};
use domain::{AgentId, ApiError, ErrorCode, ModelName, RunId, WorkflowId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use services::Error;
use std::str::FromStr;

#[derive(Debug, PartialEq)]
pub enum ClientMessage {
    Query(Query),
    Cancel(Target),
    /// Everything after `after_seq`, then what happens.
    Subscribe {
        run_id: RunId,
        after_seq: u64,
    },
    Unsubscribe {
        run_id: RunId,
    },
}

/// Names a run.
#[derive(Debug, PartialEq)]
pub enum Target {
    Run(RunId),
    Request(String),
}

// Ids are texts here: what is none names nothing, which is another error than a message that
// cannot be read.

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    request_id: Option<String>,
    conversation_id: Option<String>,
    message: String,
    workflow_id: Option<WorkflowId>,
    options: Option<Options>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    #[serde(alias = "agent_id")]
    agent_id: Option<AgentId>,
    model: Option<ModelName>,
    #[serde(alias = "max_iterations")]
    max_iterations: Option<u32>,
    #[serde(alias = "quality_threshold")]
    quality_threshold: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    request_id: Option<String>,
    run_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Subscribed {
    run_id: String,
    #[serde(default)]
    after_seq: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Unsubscribed {
    run_id: String,
}

impl ClientMessage {
    pub fn read(event: &str, data: Result<Value, String>) -> Result<Self, ApiError> {
        match event {
            "query" => {
                let asked: Asked = parse(data)?;
                let conversation = asked.conversation_id;
                let options = asked.options.unwrap_or_default();
                Ok(Self::Query(Query {
                    request_id: asked.request_id,
                    conversation_id: conversation
                        .map(|given| id(&given, "conversation"))
                        .transpose()?,
                    message: asked.message,
                    workflow_id: asked.workflow_id,
                    options: QueryOptions {
                        agent_id: options.agent_id,
                        model: options.model,
                        max_iterations: options.max_iterations,
                        quality_threshold: options.quality_threshold,
                    },
                }))
            }
            "cancel" => match parse(data)? {
                Named {
                    run_id: Some(run), ..
                } => Ok(Self::Cancel(Target::Run(id(&run, "run")?))),
                Named {
                    request_id: Some(request),
                    ..
                } => Ok(Self::Cancel(Target::Request(request))),
                Named { .. } => Err(ApiError::invalid(
                    "runId",
                    "name the run: runId or requestId",
                )),
            },
            "subscribe" => {
                let Subscribed { run_id, after_seq } = parse(data)?;
                let run_id = id(&run_id, "run")?;
                Ok(Self::Subscribe { run_id, after_seq })
            }
            "unsubscribe" => {
                let Unsubscribed { run_id } = parse(data)?;
                let run_id = id(&run_id, "run")?;
                Ok(Self::Unsubscribe { run_id })
            }
            other => {
                let other: String = other.chars().take(40).collect();
                Err(malformed(&format!(
                    "there is no `{other}`: send query, cancel, subscribe or unsubscribe"
                )))
            }
        }
    }
}

fn parse<T: DeserializeOwned>(data: Result<Value, String>) -> Result<T, ApiError> {
    let data = data.map_err(|error| malformed(&error))?;
    // A list would be taken for the fields in their order.
    if !data.is_object() {
        return Err(malformed("send one object"));
    }
    serde_json::from_value(data).map_err(|error| malformed(&error.to_string()))
}

fn malformed(why: &str) -> ApiError {
    ApiError::from_code(
        ErrorCode::Malformed,
        format!("This message is not understood: {why}."),
    )
}

fn id<T: FromStr>(given: &str, what: &'static str) -> Result<T, ApiError> {
    let id = given.parse::<T>();
    id.map_err(|_| Error::NotFound(what).into())
}

/// Which message an error answers, as far as its sender said it.
pub struct About {
    request_id: Option<String>,
    run_id: Option<RunId>,
}

impl About {
    pub fn of(data: &Result<Value, String>) -> Self {
        let data = data.as_ref().ok();
        let text = |name: &str| data.and_then(|data| data.get(name)).and_then(Value::as_str);
        Self {
            request_id: text("requestId").map(str::to_owned),
            run_id: text("runId").and_then(|id| id.parse().ok()),
        }
    }

    pub fn refused(self, error: ApiError) -> Control {
        let ApiError { error } = error;
        Control::Error {
            request_id: self.request_id,
            run_id: self.run_id,
            code: error.code,
            message: error.message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ConversationId;
    use serde_json::json;
    use uuid::Uuid;

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    fn read(event: &str, data: Value) -> Result<ClientMessage, ApiError> {
        ClientMessage::read(event, Ok(data))
    }

    #[test]
    fn messages_are_read() {
        let run_id = RunId(Uuid::nil());
        let plain = |message: &str| Query {
            message: message.to_owned(),
            ..Query::default()
        };
        let options = QueryOptions {
            agent_id: Some("practical".into()),
            model: Some("openai/gpt-5.1".parse().unwrap()),
            max_iterations: Some(2),
            quality_threshold: Some(8.5),
        };
        let camel = json!({
            "agentId": "practical",
            "model": "openai/gpt-5.1",
            "maxIterations": 2,
            "qualityThreshold": 8.5
        });
        let snake = json!({
            "agent_id": "practical",
            "model": "openai/gpt-5.1",
            "max_iterations": 2,
            "quality_threshold": 8.5
        });
        for (event, data, message) in [
            (
                "query",
                json!({ "message": "Why?" }),
                ClientMessage::Query(plain("Why?")),
            ),
            (
                "query",
                json!({ "message": "Why?", "conversationId": null, "options": null }),
                ClientMessage::Query(plain("Why?")),
            ),
            (
                "query",
                json!({
                    "conversationId": NIL,
                    "message": "Why?",
                    "workflowId": "quick",
                    "requestId": "r1",
                    "options": camel
                }),
                ClientMessage::Query(Query {
                    request_id: Some("r1".to_owned()),
                    conversation_id: Some(ConversationId(Uuid::nil())),
                    workflow_id: Some("quick".into()),
                    options: options.clone(),
                    ..plain("Why?")
                }),
            ),
            (
                "query",
                json!({ "message": "Why?", "options": snake }),
                ClientMessage::Query(Query {
                    options,
                    ..plain("Why?")
                }),
            ),
            (
                "cancel",
                json!({ "requestId": "r1" }),
                ClientMessage::Cancel(Target::Request("r1".to_owned())),
            ),
            (
                "cancel",
                json!({ "runId": NIL }),
                ClientMessage::Cancel(Target::Run(run_id)),
            ),
            (
                "subscribe",
                json!({ "runId": NIL }),
                ClientMessage::Subscribe {
                    run_id,
                    after_seq: 0,
                },
            ),
            (
                "subscribe",
                json!({ "runId": NIL, "afterSeq": 7 }),
                ClientMessage::Subscribe {
                    run_id,
                    after_seq: 7,
                },
            ),
            (
                "unsubscribe",
                json!({ "runId": NIL }),
                ClientMessage::Unsubscribe { run_id },
            ),
        ] {
            assert_eq!(
                read(event, data.clone()).unwrap(),
                message,
                "{event} {data}"
            );
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (event, data, code) in [
            ("query", json!({}), "malformed"),
            ("query", json!("Why?"), "malformed"),
            (
                "query",
                json!([null, null, "Why?", null, null]),
                "malformed",
            ),
            (
                "query",
                json!({ "message": "Why?", "userId": "x" }),
                "malformed",
            ),
            (
                "query",
                json!({ "message": "Why?", "options": { "temperature": 1 } }),
                "malformed",
            ),
            (
                "query",
                json!({ "message": "Why?", "conversationId": 7 }),
                "malformed",
            ),
            // The specification's example.
            (
                "query",
                json!({ "message": "Why?", "conversationId": "conv_123" }),
                "not_found",
            ),
            ("cancel", json!({}), "invalid"),
            ("cancel", json!({ "runId": "7" }), "not_found"),
            ("subscribe", json!({}), "malformed"),
            ("subscribe", json!({ "runId": "7" }), "not_found"),
            (
                "subscribe",
                json!({ "runId": NIL, "afterSeq": -1 }),
                "malformed",
            ),
            ("unsubscribe", json!({ "runId": "7" }), "not_found"),
            ("shutdown", json!({}), "malformed"),
        ] {
            let refused = read(event, data.clone()).unwrap_err();
            assert_eq!(refused.error.code, code, "{event} {data}");
        }
        let nothing = ClientMessage::read("query", Err("no data".to_owned())).unwrap_err();
        assert_eq!(nothing.error.code, "malformed");
    }

    #[test]
    fn a_refusal_says_what_it_answers() {
        let refused = |data| {
            let error = ApiError::from_code(ErrorCode::NotFound, "gone");
            About::of(&data).refused(error)
        };
        let error = |request_id: Option<&str>, run_id| Control::Error {
            request_id: request_id.map(str::to_owned),
            run_id,
            code: "not_found".to_owned(),
            message: "gone".to_owned(),
        };
        for (data, control) in [
            (
                Ok(json!({ "requestId": "r1", "runId": NIL })),
                error(Some("r1"), Some(RunId(Uuid::nil()))),
            ),
            (
                Ok(json!({ "requestId": 1, "runId": "7" })),
                error(None, None),
            ),
            (Ok(json!([1])), error(None, None)),
            (Err("no data".to_owned()), error(None, None)),
        ] {
            assert_eq!(refused(data), control);
        }
    }
}
