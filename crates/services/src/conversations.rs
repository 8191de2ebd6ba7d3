//! Conversations as their owner reads and keeps them; which branch of one is shown is the business
//! of branches.rs, what is listed beside every page and searching that of sidebar.rs. Asking in them
//! is that of `runs`.

mod branches;
mod export;
mod sidebar;

pub(crate) use branches::branch;

use crate::access::{Admin, Member};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::idempotency::{Once, Placed, place};
use crate::listing::{self, Part, moment, wrong_cursor};
use crate::runs::Prompts;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::user::Invalid;
use domain::{
    Conversation, ConversationId, ConversationMetadata, ConversationTitle, Feedback, FolderName,
    Message, MessageId, MessageRole, Page, SearchWords, Sort, SortKey, Source, Tag,
};
use std::sync::Arc;
use store::{ConversationChange, ConversationFilter, Place, PlaceKey, Scope, Store};
use uuid::Uuid;

const MOST_TAGS: usize = 20;
const LONGEST_COMMENT: usize = 2_000;

/// Which conversations to list, a page at a time; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub archived: bool,
    pub tag: Option<String>,
    pub folder: Option<String>,
    /// Words in titles and messages, the last of which may be the beginning of one.
    pub q: Option<String>,
    pub pinned: Option<bool>,
    /// Whether it is in a folder.
    pub filed: Option<bool>,
    /// `None`: the latest activity first.
    pub sort: Option<Sort>,
    pub part: Part,
}

/// What its owner may write on a conversation; what is `None` is left as it is.
#[derive(Clone, Debug, Default)]
pub struct ConversationForm {
    pub title: Option<String>,
    pub tags: Option<Vec<String>>,
    /// `Some(None)` takes it out of its folder.
    pub folder: Option<Option<String>>,
    pub archived: Option<bool>,
    pub pinned: Option<bool>,
    /// The branch that ends with this message is shown, and the next question follows it.
    pub leaf: Option<MessageId>,
}

impl ConversationForm {
    fn read(self, now: DateTime<Utc>) -> Result<ConversationChange> {
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
            pinned_at: self.pinned.map(|pinned| pinned.then_some(now)),
            leaf: self.leaf,
        })
    }
}

const GONE: Error = Error::NotFound("conversation");

pub struct Conversations {
    store: Store,
    clock: Arc<dyn Clock>,
    prompts: Prompts,
}

impl Conversations {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, prompts: Prompts) -> Self {
        Self {
            store,
            clock,
            prompts,
        }
    }

    /// The latest activity first.
    pub async fn list(&self, member: &Member, listing: Listing) -> Result<Page<Conversation>> {
        self.listed(member.scope(), listing).await
    }

    /// Everybody's in the organization; that they were looked at is put on record.
    pub async fn list_all(&self, admin: &Admin, listing: Listing) -> Result<Page<Conversation>> {
        self.record(admin, "conversations.list", "").await?;
        self.listed(admin.scope(), listing).await
    }

    async fn listed(&self, scope: Scope, listing: Listing) -> Result<Page<Conversation>> {
        let limit = listing.part.size()?;
        let key = listing.sort.map_or(SortKey::LastChange, |sort| sort.by);
        let q = listing.q.filter(|q| !q.is_empty());
        let words = q.as_deref().map(searched).transpose()?;
        if words == Some(None) {
            // No word can be found in anything.
            return Ok(page(Vec::new(), limit, |_| String::new()));
        }
        let cursor = listing.part.cursor.as_deref();
        let after = cursor.map(|cursor| read_cursor(key, cursor)).transpose()?;
        let filter = ConversationFilter {
            archived: listing.archived,
            tag: listing.tag.map(Tag::try_from).transpose()?,
            folder: listing.folder.map(FolderName::try_from).transpose()?,
            words: words.flatten(),
            pinned: listing.pinned,
            filed: listing.filed,
        };
        let items = self
            .store
            .conversations(scope, &filter, listing.sort, after, limit + 1)
            .await?;
        Ok(page(items, limit, |last| cursor_after(key, last)))
    }

    /// An empty one, to ask in later. `once`: the request may come again.
    pub async fn create(
        &self,
        member: &Member,
        form: ConversationForm,
        source: Source,
        once: Option<Once>,
    ) -> Result<Conversation> {
        member.asking()?;
        let change = form.read(self.clock.now())?;
        let find = async |id: Uuid| {
            let id = ConversationId(id);
            self.store.conversation(member.scope(), id).await
        };
        let id = match place(once, &*self.clock, find, |made| made.created_at).await? {
            Placed::New(id) => id,
            Placed::Made(conversation) => return Ok(conversation),
        };
        let metadata = ConversationMetadata {
            tags: change.tags.unwrap_or_default(),
            folder: change.folder.flatten(),
            archived: change.archived.unwrap_or_default(),
            pinned_at: change.pinned_at.flatten(),
            source,
        };
        let conversation = Conversation::begun(
            ConversationId(id),
            member.user(),
            change.title.unwrap_or_default(),
            metadata,
            self.clock.now(),
        );
        self.store.insert_conversation(&conversation).await?;
        Ok(conversation)
    }

    pub async fn get(&self, member: &Member, id: ConversationId) -> Result<Conversation> {
        let scope = member.scope();
        self.store.conversation(scope, id).await?.ok_or(GONE)
    }

    /// Anybody's in the organization; that it was looked at is put on record.
    pub async fn get_any(&self, admin: &Admin, id: ConversationId) -> Result<Conversation> {
        let found = self.store.conversation(admin.scope(), id).await?;
        let conversation = found.ok_or(GONE)?;
        self.record(admin, "conversations.read", id).await?;
        Ok(conversation)
    }

    /// Every message of every branch, in the order in which they were written.
    pub async fn messages(
        &self,
        member: &Member,
        id: ConversationId,
        part: &Part,
    ) -> Result<Page<Message>> {
        self.get(member, id).await?;
        let messages = self.store.messages(member.scope(), id).await?;
        part.of(messages, false, message_place)
    }

    /// The same of anybody's conversation; that it was read is put on record.
    pub async fn messages_of_any(
        &self,
        admin: &Admin,
        id: ConversationId,
        part: &Part,
    ) -> Result<Page<Message>> {
        self.get_any(admin, id).await?;
        let messages = self.store.messages(admin.scope(), id).await?;
        part.of(messages, false, message_place)
    }

    async fn record(&self, admin: &Admin, action: &str, subject: impl ToString) -> Result<()> {
        let entry = admin.did(&*self.clock, action, subject);
        Ok(self.store.record(&entry).await?)
    }

    /// What the person thinks of an answer; `None` takes it back.
    pub async fn rate(
        &self,
        member: &Member,
        id: MessageId,
        feedback: Option<Feedback>,
    ) -> Result<Message> {
        member.writing()?;
        let comment = feedback.as_ref().and_then(|it| it.comment.as_ref());
        if comment.is_some_and(|comment| comment.chars().count() > LONGEST_COMMENT) {
            return Err(Invalid::new("comment", "a comment has at most 2,000 characters").into());
        }
        if self.message(member, id).await?.role != MessageRole::Assistant {
            return Err(Error::Conflict("Only answers are rated."));
        }
        self.store
            .set_feedback(member.scope(), id, feedback.as_ref())
            .await?
            .ok_or(Error::NotFound("message"))
    }

    pub async fn message(&self, member: &Member, id: MessageId) -> Result<Message> {
        let message = self.store.message(member.scope(), id).await?;
        message.ok_or(Error::NotFound("message"))
    }

    /// What the form leaves out stays as it is.
    pub async fn change(
        &self,
        member: &Member,
        id: ConversationId,
        form: ConversationForm,
    ) -> Result<Conversation> {
        member.writing()?;
        let now = self.clock.now();
        let change = form.read(now)?;
        if let Some(leaf) = change.leaf
            && self.message(member, leaf).await?.conversation_id != id
        {
            return Err(Error::NotFound("message"));
        }
        self.store
            .update_conversation(member.scope(), id, &change, now)
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

/// One more was read than the page has, if there are more.
fn page<T>(mut items: Vec<T>, limit: u32, cursor_after: impl Fn(&T) -> String) -> Page<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().filter(|_| more);
    Page {
        next_cursor: last.map(cursor_after),
        items,
    }
}

/// `None` where there is no word in it.
fn searched(text: &str) -> Result<Option<SearchWords>> {
    if text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err(Invalid::new("q", "a search has at most 200 characters on one line").into());
    }
    Ok(SearchWords::of(text))
}

fn message_place(message: &Message) -> listing::Place {
    (moment(message.created_at), message.id.to_string())
}

/// Opaque to callers: the place after that conversation.
fn cursor_after(key: SortKey, conversation: &Conversation) -> String {
    let time = match key {
        SortKey::Name => {
            let title = BASE64_URL_SAFE_NO_PAD.encode(conversation.title.as_str());
            return format!("{title}.{}", conversation.id.0.simple());
        }
        SortKey::CreatedAt => conversation.created_at,
        SortKey::LastChange => conversation.last_activity,
    };
    let micros = time.timestamp_micros();
    format!("{micros:x}.{}", conversation.id.0.simple())
}

fn read_cursor(key: SortKey, cursor: &str) -> Result<Place> {
    let read = || {
        let (place, id) = cursor.split_once('.')?;
        let id = ConversationId(Uuid::try_parse(id).ok()?);
        let key = if key == SortKey::Name {
            let title = BASE64_URL_SAFE_NO_PAD.decode(place).ok()?;
            PlaceKey::Title(String::from_utf8(title).ok()?)
        } else {
            let micros = i64::from_str_radix(place, 16).ok()?;
            PlaceKey::Time(DateTime::from_timestamp_micros(micros)?)
        };
        Some(Place { id, key })
    };
    read().ok_or_else(wrong_cursor)
}
