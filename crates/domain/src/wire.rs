//! The messages of the native WebSocket, both ways. Who may send what is decided in `services`.

use crate::event::{Delta, Event};
use crate::id::{AgentId, ConversationId, RunId, WorkflowId};
use crate::model::ModelName;
use serde::{Deserialize, Serialize};

/// The longest client message in bytes.
pub const MAX_CLIENT_MESSAGE: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    Query(Query),
    /// One of the two names the run.
    Cancel {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_id: Option<RunId>,
    },
    /// Everything after `after_seq`, then what happens.
    Subscribe {
        run_id: RunId,
        #[serde(default)]
        after_seq: u64,
    },
    Unsubscribe {
        run_id: RunId,
    },
    Ping {},
}

/// A question, whichever way it comes in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The idempotency key: sent twice, it starts one run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Absent: begin a new conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    #[serde(default)]
    pub options: QueryOptions,
}

/// What a question may change of its workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueryOptions {
    /// Only this agent is asked, whichever the workflow names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality_threshold: Option<f64>,
}

/// An event or a delta carries the run's id; the rest has shapes of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ServerMessage {
    Event(Box<Event>),
    Delta(RunDelta),
    Control(Control),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunDelta {
    pub run_id: RunId,
    #[serde(flatten)]
    pub delta: Delta,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Control {
    /// A `query` was accepted; its run is subscribed from the beginning.
    Accepted {
        request_id: String,
        run_id: RunId,
        conversation_id: ConversationId,
    },
    /// The events after `after_seq` follow; `partial` is what is being written right now.
    Subscribed {
        run_id: RunId,
        last_seq: u64,
        partial: Vec<Delta>,
    },
    /// This client was too slow: subscribe again from the last event it has.
    ResyncRequired {
        run_id: RunId,
        last_seq: u64,
    },
    Pong {},
    Error {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_id: Option<RunId>,
        code: String,
        message: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventData;
    use serde_json::json;

    #[test]
    fn client_messages_are_strict() {
        let run = RunId(uuid::Uuid::nil());
        let read = |json: serde_json::Value| serde_json::from_value::<ClientMessage>(json);
        assert_eq!(
            read(json!({"type": "subscribe", "run_id": run})).unwrap(),
            ClientMessage::Subscribe {
                run_id: run,
                after_seq: 0
            }
        );
        assert_eq!(
            read(json!({"type": "ping"})).unwrap(),
            ClientMessage::Ping {}
        );
        let query = read(json!({"type": "query", "message": "Why?"})).unwrap();
        assert!(matches!(query, ClientMessage::Query(query) if query.message == "Why?"));
        for wrong in [
            json!({"type": "query"}),
            json!({"type": "query", "message": "Why?", "organization_id": "x"}),
            json!({"type": "subscribe", "run_id": "7"}),
            json!({"type": "subscribe", "run_id": run, "after_seq": -1}),
            json!({"type": "shutdown"}),
            json!([]),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn server_messages_survive_the_way_to_the_browser() {
        let run_id = RunId(uuid::Uuid::nil());
        let messages = [
            ServerMessage::Event(Box::new(Event {
                run_id,
                conversation_id: ConversationId(uuid::Uuid::nil()),
                seq: 7,
                ts: chrono::DateTime::UNIX_EPOCH,
                iteration: 1,
                data: EventData::Error {
                    message: "no".into(),
                    code: "x".into(),
                },
            })),
            ServerMessage::Delta(RunDelta {
                run_id,
                delta: Delta::AnswerDelta {
                    step: "1/draft/1".into(),
                    offset: 3,
                    text: "ü".into(),
                },
            }),
            ServerMessage::Control(Control::Error {
                request_id: None,
                run_id: Some(run_id),
                code: "not_found".into(),
                message: "gone".into(),
            }),
            ServerMessage::Control(Control::Subscribed {
                run_id,
                last_seq: 7,
                partial: vec![],
            }),
            ServerMessage::Control(Control::Pong {}),
        ];
        for message in messages {
            let text = serde_json::to_string(&message).unwrap();
            assert_eq!(
                serde_json::from_str::<ServerMessage>(&text).unwrap(),
                message
            );
        }
    }
}
