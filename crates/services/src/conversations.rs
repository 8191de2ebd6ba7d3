//! Conversations as their owner reads and keeps them. Asking in them is the business of `runs`.

use crate::access::Member;
use crate::clock::Clock;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use domain::{
    Conversation, ConversationId, ConversationTitle, ConversationView, Event, Message, MessageId,
    MessageRole, Page, Run, RunId, Transcript, Turn,
};
use std::collections::HashMap;
use std::sync::Arc;
use store::{ConversationChange, Store};
use uuid::Uuid;

const GONE: Error = Error::NotFound("conversation");

pub struct Conversations {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Conversations {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The latest activity first, archived ones left out.
    pub async fn list(
        &self,
        member: &Member,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<Page<Conversation>> {
        let limit = limit.clamp(1, 100);
        let before = cursor.as_deref().map(read_cursor).transpose()?;
        let mut items = self
            .store
            .conversations(member.scope(), false, before, limit + 1)
            .await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next_cursor = items.last().filter(|_| more).map(cursor_after);
        Ok(Page { items, next_cursor })
    }

    /// The branch that is shown, each question with its latest run.
    pub async fn view(&self, member: &Member, id: ConversationId) -> Result<ConversationView> {
        let scope = member.scope();
        let conversation = self.store.conversation(scope, id).await?.ok_or(GONE)?;
        let messages = self.store.messages(scope, id).await?;
        let runs = self.store.runs_of(scope, id).await?;
        let mut events: HashMap<RunId, Vec<Event>> = HashMap::new();
        for event in self.store.events_of(scope, id).await? {
            events.entry(event.run_id).or_default().push(event);
        }
        // Runs come in the order they were started: the last one of a question stays.
        let mut latest: HashMap<MessageId, Run> =
            runs.into_iter().map(|run| (run.question_id, run)).collect();
        let turns = branch(&messages, conversation.active_leaf_id)
            .into_iter()
            .filter(|message| message.role == MessageRole::User)
            .map(|question| {
                let run = latest.remove(&question.id);
                let events = run.as_ref().and_then(|run| events.get(&run.id));
                Turn {
                    question: question.clone(),
                    transcript: Transcript::from_events(events.into_iter().flatten()),
                    run,
                }
            })
            .collect();
        Ok(ConversationView {
            conversation,
            turns,
        })
    }

    pub async fn rename(&self, member: &Member, id: ConversationId, title: String) -> Result<()> {
        let change = ConversationChange {
            title: Some(ConversationTitle::try_from(title)?),
            ..ConversationChange::default()
        };
        self.store
            .update_conversation(member.scope(), id, &change, self.clock.now())
            .await?
            .map(drop)
            .ok_or(GONE)
    }

    /// With its messages and runs; a run under way ends without a trace.
    pub async fn delete(&self, member: &Member, id: ConversationId) -> Result<()> {
        if self.store.delete_conversation(member.scope(), id).await? {
            Ok(())
        } else {
            Err(GONE)
        }
    }
}

/// From the first message to the leaf.
pub(crate) fn branch(messages: &[Message], leaf: Option<MessageId>) -> Vec<&Message> {
    let by_id: HashMap<MessageId, &Message> = messages
        .iter()
        .map(|message| (message.id, message))
        .collect();
    let mut branch: Vec<&Message> =
        std::iter::successors(leaf.and_then(|leaf| by_id.get(&leaf)), |message| {
            message.parent_id.and_then(|parent| by_id.get(&parent))
        })
        .take(messages.len())
        .copied()
        .collect();
    branch.reverse();
    branch
}

/// Opaque to callers: the place after that conversation.
fn cursor_after(conversation: &Conversation) -> String {
    let micros = conversation.last_activity.timestamp_micros();
    format!("{micros:x}.{}", conversation.id.0.simple())
}

fn read_cursor(cursor: &str) -> Result<(DateTime<Utc>, ConversationId)> {
    let read = || {
        let (micros, id) = cursor.split_once('.')?;
        let time = DateTime::from_timestamp_micros(i64::from_str_radix(micros, 16).ok()?)?;
        Some((time, ConversationId(Uuid::try_parse(id).ok()?)))
    };
    read().ok_or_else(|| Error::Invalid {
        field: "cursor",
        message: "This is no cursor of this list: leave it out to begin at the first page."
            .to_owned(),
    })
}
