//! Conversations as their owner reads and keeps them. Asking in them is the business of `runs`.

use crate::access::Member;
use crate::clock::Clock;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use domain::user::Invalid;
use domain::{
    Conversation, ConversationId, ConversationMetadata, ConversationTitle, ConversationView, Event,
    FolderName, Message, MessageId, MessageRole, Page, Run, RunId, Tag, Transcript, Turn,
};
use std::collections::HashMap;
use std::sync::Arc;
use store::{ConversationChange, ConversationFilter, Store};
use uuid::Uuid;

const MOST_TAGS: usize = 20;

/// Which conversations to list, a page at a time; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub archived: bool,
    pub tag: Option<String>,
    pub folder: Option<String>,
    /// A part of the title, in any case.
    pub q: Option<String>,
    pub cursor: Option<String>,
    /// 1 to 100, 50 if left out.
    pub limit: Option<u32>,
}

/// What its owner may write on a conversation; what is `None` is left as it is.
#[derive(Clone, Debug, Default)]
pub struct ConversationForm {
    pub title: Option<String>,
    pub tags: Option<Vec<String>>,
    /// `Some(None)` takes it out of its folder.
    pub folder: Option<Option<String>>,
    pub archived: Option<bool>,
}

impl ConversationForm {
    fn read(self) -> Result<ConversationChange> {
        if self
            .tags
            .as_ref()
            .is_some_and(|tags| tags.len() > MOST_TAGS)
        {
            return Err(Invalid::new("tags", "a conversation has at most 20 tags").into());
        }
        let tags = self.tags.map(|tags| tags.into_iter().map(Tag::try_from));
        let folder = self.folder.map(|name| name.map(FolderName::try_from));
        Ok(ConversationChange {
            title: self.title.map(ConversationTitle::try_from).transpose()?,
            tags: tags.map(Iterator::collect).transpose()?,
            folder: folder.map(Option::transpose).transpose()?,
            archived: self.archived,
        })
    }
}

const GONE: Error = Error::NotFound("conversation");

pub struct Conversations {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Conversations {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The latest activity first.
    pub async fn list(&self, member: &Member, listing: Listing) -> Result<Page<Conversation>> {
        let limit = listing.limit.unwrap_or(50).clamp(1, 100);
        let before = listing.cursor.as_deref().map(read_cursor).transpose()?;
        let filter = ConversationFilter {
            archived: listing.archived,
            tag: listing.tag.map(Tag::try_from).transpose()?,
            folder: listing.folder.map(FolderName::try_from).transpose()?,
            title: listing.q.filter(|q| !q.is_empty()).map(part).transpose()?,
        };
        let mut items = self
            .store
            .conversations(member.scope(), &filter, before, limit + 1)
            .await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next_cursor = items.last().filter(|_| more).map(cursor_after);
        Ok(Page { items, next_cursor })
    }

    /// An empty one, to ask in later.
    pub async fn create(
        &self,
        member: &Member,
        form: ConversationForm,
        source: &str,
    ) -> Result<Conversation> {
        member.asking()?;
        let change = form.read()?;
        let now = self.clock.now();
        let user = member.user();
        let conversation = Conversation {
            id: ConversationId(self.clock.new_id()),
            organization_id: user.organization_id,
            user_id: user.id,
            title: change
                .title
                .unwrap_or_else(|| ConversationTitle::from_question("")),
            created_at: now,
            updated_at: now,
            last_activity: now,
            message_count: 0,
            active_leaf_id: None,
            metadata: ConversationMetadata {
                tags: change.tags.unwrap_or_default(),
                folder: change.folder.flatten(),
                archived: change.archived.unwrap_or_default(),
                source: source.to_owned(),
            },
        };
        self.store.insert_conversation(&conversation).await?;
        Ok(conversation)
    }

    pub async fn get(&self, member: &Member, id: ConversationId) -> Result<Conversation> {
        let scope = member.scope();
        self.store.conversation(scope, id).await?.ok_or(GONE)
    }

    /// Every message of every branch, in the order in which they were written.
    pub async fn messages(&self, member: &Member, id: ConversationId) -> Result<Vec<Message>> {
        self.get(member, id).await?;
        Ok(self.store.messages(member.scope(), id).await?)
    }

    pub async fn message(&self, member: &Member, id: MessageId) -> Result<Message> {
        let message = self.store.message(member.scope(), id).await?;
        message.ok_or(Error::NotFound("message"))
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

    /// What the form leaves out stays as it is.
    pub async fn change(
        &self,
        member: &Member,
        id: ConversationId,
        form: ConversationForm,
    ) -> Result<Conversation> {
        member.writing()?;
        let change = form.read()?;
        self.store
            .update_conversation(member.scope(), id, &change, self.clock.now())
            .await?
            .ok_or(GONE)
    }

    /// With its messages and runs; a run under way ends without a trace.
    pub async fn delete(&self, member: &Member, id: ConversationId) -> Result<()> {
        member.writing()?;
        if self.store.delete_conversation(member.scope(), id).await? {
            Ok(())
        } else {
            Err(GONE)
        }
    }
}

/// Of a title.
fn part(text: String) -> Result<String> {
    if text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err(Invalid::new("q", "a search has at most 200 characters on one line").into());
    }
    Ok(text)
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
