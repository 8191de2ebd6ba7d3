//! Finding conversations by words in their titles and messages, and the folders that they are in.
//! The index of words follows every write by itself: migrations/*/0006_search.sql.

use crate::conversations::{ConversationRow, LATEST, conversation_columns};
use crate::db::{db, row};
use crate::stored::consistent;
use crate::{Place, PlaceKey, Scope, Store, StoreError};
use domain::{Conversation, FolderName, SearchWords};
use uuid::Uuid;

row! {
    FoundRow {
        excerpt: Option<String>,
    } with conversation: ConversationRow
}

row! {
    FolderRow {
        folder: String,
        count: i64,
    }
}

/// `$hits` selects the id of a conversation and that of a message, or null for the title, by the
/// query `$6`; it is asked once.
macro_rules! found {
    ($hits:literal) => {
        concat!(
            "with hits as materialized (",
            $hits,
            ") select ",
            conversation_columns!(),
            ", (select content from messages where id = \
                (select message_id from hits where conversation_id = conversations.id \
                     and message_id is not null order by message_id desc limit 1)) as excerpt \
             from conversations where organization_id = $1 and ($2 is null or user_id = $2) \
                 and id in (select conversation_id from hits) and (last_activity, id) < ($3, $4) \
             order by last_activity desc, id desc limit $5"
        )
    };
}

const IN_SQLITE: &str = found!(
    "select conversation_id, message_id from search_index \
     join search_entries on search_entries.id = search_index.rowid where search_index match $6"
);

const IN_POSTGRES: &str = found!(
    "select id as conversation_id, null::uuid as message_id from conversations \
     where organization_id = $1 and search_text(title) @@ to_tsquery('simple', $6) \
     union all select conversation_id, id from messages \
     where organization_id = $1 and search_text(content) @@ to_tsquery('simple', $6)"
);

/// Words have letters and digits only, and in quotes none of them is an operator.
fn query(words: &SearchWords, quote: char, and: &str, prefix: &str) -> String {
    let whole = words.whole().iter();
    let whole: String = whole
        .map(|word| format!("{quote}{word}{quote}{and}"))
        .collect();
    let last = words.beginning();
    format!("{whole}{quote}{last}{quote}{prefix}")
}

impl Store {
    /// As this database is asked for them.
    pub(crate) fn search_query(&self, words: &SearchWords) -> String {
        if self.is_sqlite() {
            query(words, '"', " ", "*")
        } else {
            query(words, '\'', " & ", ":*")
        }
    }

    /// Each with the latest of its messages that has these words, if it is not only the title that
    /// has them; the latest activity first, archived ones too.
    pub async fn search(
        &self,
        scope: Scope,
        words: &SearchWords,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<(Conversation, Option<String>)>, StoreError> {
        let (time, id) = match after {
            Some(Place {
                id,
                key: PlaceKey::Time(time),
            }) => (time, id.0),
            _ => (LATEST, Uuid::max()),
        };
        let query = self.search_query(words);
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, FoundRow>(self.read.sql(IN_SQLITE, IN_POSTGRES))
                .bind(scope.organization())
                .bind(scope.user())
                .bind(time)
                .bind(id)
                .bind(i64::from(limit))
                .bind(query)
                .fetch_all(pool)
                .await?
        });
        rows.into_iter()
            .map(|row| Ok((Conversation::try_from(row.conversation)?, row.excerpt)))
            .collect()
    }

    /// The folders of conversations that are not archived, with how many are in each.
    pub async fn folders(&self, scope: Scope) -> Result<Vec<(FolderName, u32)>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, FolderRow>(
                "select folder, count(*) as count from conversations \
                 where organization_id = $1 and ($2 is null or user_id = $2) and not archived \
                     and folder is not null group by folder order by lower(folder), folder",
            )
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_all(pool)
            .await?
        });
        rows.into_iter()
            .map(|row| {
                const TABLE: &str = "conversations";
                let count = consistent(TABLE, &row.folder, u32::try_from(row.count))?;
                let name = row.folder.clone();
                Ok((
                    consistent(TABLE, &row.folder, FolderName::try_from(name))?,
                    count,
                ))
            })
            .collect()
    }
}
