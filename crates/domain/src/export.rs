//! A conversation to take away.

use crate::conversation::Conversation;
use crate::event::Event;
use crate::message::Message;
use crate::page::StepView;
use crate::run::Run;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Everything of a conversation that its owner may see, on every branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationExport {
    pub exported_at: DateTime<Utc>,
    pub conversation: Conversation,
    /// In the order in which they were written.
    pub messages: Vec<Message>,
    /// In the order in which they were started.
    pub runs: Vec<RunExport>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunExport {
    pub run: Run,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub events: Vec<Event>,
    /// The provider calls.
    pub steps: Vec<StepView>,
}
