//! Conversations. Their messages are in messages.rs; asking in one is in runs.rs.

use crate::db::{change, commit, db, row, transaction};
use crate::ledger::settle;
use crate::stored::{consistent, json, named, text};
use crate::{Scope, Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{
    Conversation, ConversationId, ConversationMetadata, ConversationTitle, FolderName, MessageId,
    OrganizationId, SearchWords, Sort, SortKey, Source, Tag, UserId,
};
use sqlx::types::Json;
use uuid::Uuid;

/// What to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationChange {
    pub title: Option<ConversationTitle>,
    pub tags: Option<Vec<Tag>>,
    /// `Some(None)` takes it out of its folder.
    pub folder: Option<Option<FolderName>>,
    pub archived: Option<bool>,
    /// Since when it is pinned; `Some(None)` takes the pin out.
    pub pinned_at: Option<Option<DateTime<Utc>>>,
    /// A message of that conversation, at the end of the branch to be shown.
    pub leaf: Option<MessageId>,
}

/// Which conversations are listed; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationFilter {
    pub archived: bool,
    pub tag: Option<Tag>,
    pub folder: Option<FolderName>,
    /// In its title or messages.
    pub words: Option<SearchWords>,
    pub pinned: Option<bool>,
    /// Whether it is in a folder.
    pub filed: Option<bool>,
}

/// The last conversation of the page before, as the list is sorted.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub id: ConversationId,
    pub key: PlaceKey,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PlaceKey {
    Title(String),
    Time(DateTime<Utc>),
}

row! {
    ConversationRow {
        id: Uuid,
        organization_id: Uuid,
        user_id: Uuid,
        title: String,
        tags: Json<Vec<Tag>>,
        folder: Option<String>,
        archived: bool,
        pinned_at: Option<DateTime<Utc>>,
        source: String,
        message_count: i64,
        active_leaf_id: Option<Uuid>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
        last_activity: DateTime<Utc>,
    }
}

macro_rules! conversation_columns {
    () => {
        "id, organization_id, user_id, title, tags, folder, archived, pinned_at, source, \
         message_count, active_leaf_id, created_at, updated_at, last_activity"
    };
}

/// The condition of a [`Scope`] bound as `$1` (the id), `$2` and `$3`.
macro_rules! in_scope {
    () => {
        " id = $1 and organization_id = $2 and ($3 is null or user_id = $3) "
    };
}

/// Inserts a conversation; `$conflict` says what to do when there is one of that id.
macro_rules! insert_conversation {
    ($executor:expr, $conversation:expr, $conflict:literal) => {{
        let conversation: &domain::Conversation = $conversation;
        let metadata = &conversation.metadata;
        sqlx::query(concat!(
            "insert into conversations (id, organization_id, user_id, title, tags, folder, \
                 archived, source, message_count, active_leaf_id, created_at, updated_at, \
                 last_activity, pinned_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ",
            $conflict
        ))
        .bind(conversation.id.0)
        .bind(conversation.organization_id.0)
        .bind(conversation.user_id.0)
        .bind(conversation.title.as_str())
        .bind($crate::stored::json(
            "conversations",
            conversation.id,
            &metadata.tags,
        )?)
        .bind(metadata.folder.as_ref().map(domain::FolderName::as_str))
        .bind(metadata.archived)
        .bind(metadata.source.as_str())
        .bind(i64::from(conversation.message_count))
        .bind(conversation.active_leaf_id.map(|leaf| leaf.0))
        .bind(conversation.created_at)
        .bind(conversation.updated_at)
        .bind(conversation.last_activity)
        .bind(metadata.pinned_at)
        .execute($executor)
        .await?;
    }};
}

pub(crate) use {conversation_columns, in_scope, insert_conversation};

impl TryFrom<ConversationRow> for Conversation {
    type Error = StoreError;

    fn try_from(row: ConversationRow) -> Result<Self, StoreError> {
        const TABLE: &str = "conversations";
        Ok(Self {
            id: ConversationId(row.id),
            organization_id: OrganizationId(row.organization_id),
            user_id: UserId(row.user_id),
            title: consistent(TABLE, row.id, ConversationTitle::try_from(row.title))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_activity: row.last_activity,
            message_count: consistent(TABLE, row.id, u32::try_from(row.message_count))?,
            active_leaf_id: row.active_leaf_id.map(MessageId),
            metadata: ConversationMetadata {
                tags: row.tags.0,
                folder: row
                    .folder
                    .map(|name| consistent(TABLE, row.id, FolderName::try_from(name)))
                    .transpose()?,
                archived: row.archived,
                pinned_at: row.pinned_at,
                source: named(TABLE, row.id, &Source::ALL, Source::as_str, &row.source)?,
            },
        })
    }
}

/// A page of the list; `$owner` uses `$1` (the organization) and `$2` (the person), `$tagged` says
/// whether the tag `$8` is among the tags, `$found` selects those with the words `$9`, `$after` what comes after the place `$4` and `$5`.
macro_rules! list {
    ($owner:literal, $tagged:literal, $found:literal, $after:literal, $order:literal) => {
        concat!(
            "select ",
            conversation_columns!(),
            " from conversations where organization_id = $1 and ",
            $owner,
            " and archived = $3 and ",
            $after,
            " and ($7 is null or folder = $7) and ($8 is null or ",
            $tagged,
            ") and ($9 is null or id in (",
            $found,
            ")) and ($10 is null or (pinned_at is not null) = $10) \
             and ($11 is null or (folder is not null) = $11) order by ",
            $order,
            " limit $6"
        )
    };
    ($db:expr, $owner:literal, $after:literal, $order:literal) => {
        $db.sql(
            list!(
                $owner,
                "$8 in (select value from json_each(tags))",
                "select conversation_id from search_index \
                 join search_entries on search_entries.id = search_index.rowid \
                 where search_index match $9",
                $after,
                $order
            ),
            list!(
                $owner,
                "tags @> jsonb_build_array($8::text)",
                "select titled.id from conversations titled where titled.organization_id = $1 \
                     and search_text(titled.title) @@ to_tsquery('simple', $9) \
                 union all select conversation_id from messages where organization_id = $1 \
                     and search_text(content) @@ to_tsquery('simple', $9)",
                $after,
                $order
            ),
        )
    };
    ($db:expr, $owner:literal, $sort:expr) => {
        match ($sort.by, $sort.descending) {
            (SortKey::LastChange, true) => {
                list!(
                    $db,
                    $owner,
                    "(last_activity, id) < ($4, $5)",
                    "last_activity desc, id desc"
                )
            }
            (SortKey::LastChange, false) => {
                list!(
                    $db,
                    $owner,
                    "(last_activity, id) > ($4, $5)",
                    "last_activity, id"
                )
            }
            (SortKey::CreatedAt, true) => {
                list!(
                    $db,
                    $owner,
                    "(created_at, id) < ($4, $5)",
                    "created_at desc, id desc"
                )
            }
            (SortKey::CreatedAt, false) => {
                list!($db, $owner, "(created_at, id) > ($4, $5)", "created_at, id")
            }
            (SortKey::Name, true) => list!(
                $db,
                $owner,
                "($4 is null or (lower(title), id) < (lower($4), $5))",
                "lower(title) desc, id desc"
            ),
            (SortKey::Name, false) => list!(
                $db,
                $owner,
                "($4 is null or (lower(title), id) > (lower($4), $5))",
                "lower(title), id"
            ),
        }
    };
}

/// Later than every conversation: the end of the year 9999, the last whose text sorts as its time.
pub(crate) const LATEST: DateTime<Utc> =
    match DateTime::from_timestamp_micros(253_402_300_799_999_999) {
        Some(time) => time,
        None => DateTime::<Utc>::MAX_UTC,
    };

/// The latest activity first.
const USUAL: Sort = Sort {
    by: SortKey::LastChange,
    descending: true,
};

impl Store {
    pub async fn insert_conversation(&self, conversation: &Conversation) -> Result<(), StoreError> {
        change!(self, |pool| {
            insert_conversation!(pool, conversation, "");
        });
        Ok(())
    }

    pub async fn conversation(
        &self,
        scope: Scope,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, ConversationRow>(concat!(
                "select ",
                conversation_columns!(),
                " from conversations where",
                in_scope!()
            ))
            .bind(id.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_optional(pool)
            .await?
        });
        row.map(Conversation::try_from).transpose()
    }

    /// The latest activity first, unless sorted. A place of another order is the list's beginning.
    pub async fn conversations(
        &self,
        scope: Scope,
        filter: &ConversationFilter,
        sort: Option<Sort>,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        let sort = sort.unwrap_or(USUAL);
        let (time, name, id) = match (sort.by, after) {
            (
                SortKey::Name,
                Some(Place {
                    id,
                    key: PlaceKey::Title(title),
                }),
            ) => (None, Some(title), Some(id.0)),
            (SortKey::Name, _) => (None, None, None),
            (
                _,
                Some(Place {
                    id,
                    key: PlaceKey::Time(time),
                }),
            ) => (Some(time), None, Some(id.0)),
            (..) if sort.descending => (Some(LATEST), None, Some(Uuid::max())),
            (..) => (Some(DateTime::UNIX_EPOCH), None, Some(Uuid::nil())),
        };
        // Two texts, so that each is answered by an index of its own.
        let sql = if scope.user_id.is_some() {
            list!(self.read, "user_id = $2", sort)
        } else {
            list!(self.read, "$2 is null", sort)
        };
        let words = filter.words.as_ref().map(|words| self.search_query(words));
        let rows = db!(&self.read, |pool| {
            let query = sqlx::query_as::<_, ConversationRow>(sql)
                .bind(scope.organization())
                .bind(scope.user())
                .bind(filter.archived);
            let query = match sort.by {
                SortKey::Name => query.bind(name.as_deref().map(text)),
                SortKey::CreatedAt | SortKey::LastChange => query.bind(time),
            };
            query
                .bind(id)
                .bind(i64::from(limit))
                .bind(filter.folder.as_ref().map(FolderName::as_str))
                .bind(filter.tag.as_ref().map(Tag::as_str))
                .bind(words)
                .bind(filter.pinned)
                .bind(filter.filed)
                .fetch_all(pool)
                .await?
        });
        rows.into_iter().map(Conversation::try_from).collect()
    }

    /// The conversation as it is then; `None` when it is not theirs.
    pub async fn update_conversation(
        &self,
        scope: Scope,
        id: ConversationId,
        change: &ConversationChange,
        now: DateTime<Utc>,
    ) -> Result<Option<Conversation>, StoreError> {
        let tags = change
            .tags
            .as_ref()
            .map(|tags| json("conversations", id, tags))
            .transpose()?;
        let folder = change
            .folder
            .iter()
            .flatten()
            .next()
            .map(FolderName::as_str);
        let row = transaction!(self, |tx| {
            let row = sqlx::query_as::<_, ConversationRow>(concat!(
                "update conversations set title = coalesce($4, title), tags = coalesce($5, tags), \
                     folder = case when $6 then $7 else folder end, \
                     archived = coalesce($8, archived), updated_at = $9, \
                     active_leaf_id = coalesce($10, active_leaf_id), \
                     pinned_at = case when $11 then $12 else pinned_at end where",
                in_scope!(),
                "returning ",
                conversation_columns!()
            ))
            .bind(id.0)
            .bind(scope.organization())
            .bind(scope.user())
            .bind(change.title.as_ref().map(ConversationTitle::as_str))
            .bind(tags)
            .bind(change.folder.is_some())
            .bind(folder)
            .bind(change.archived)
            .bind(now)
            .bind(change.leaf.map(|leaf| leaf.0))
            .bind(change.pinned_at.is_some())
            .bind(change.pinned_at.flatten())
            .fetch_optional(&mut *tx)
            .await?;
            commit!(self, tx);
            row
        });
        row.map(Conversation::try_from).transpose()
    }

    /// With its messages and runs, whose use stays in the ledger. False when it is not theirs.
    pub async fn delete_conversation(
        &self,
        scope: Scope,
        id: ConversationId,
    ) -> Result<bool, StoreError> {
        transaction!(self, |tx| {
            let found: Option<Uuid> = sqlx::query_scalar(self.write.sql(
                concat!("select id from conversations where", in_scope!()),
                concat!(
                    "select id from conversations where",
                    in_scope!(),
                    "for update"
                ),
            ))
            .bind(id.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_optional(&mut *tx)
            .await?;
            if found.is_none() {
                tx.rollback().await?;
                return Ok(false);
            }
            settle!(
                self,
                tx,
                "accounted_at is null and conversation_id = $1",
                id.0
            );
            sqlx::query("delete from conversations where id = $1")
                .bind(id.0)
                .execute(&mut *tx)
                .await?;
            commit!(self, tx);
            Ok(true)
        })
    }
}
