//! The messages of a conversation: a tree, of which the conversation names the shown leaf.

use crate::conversations::in_scope;
use crate::db::{commit, db, row, transaction};
use crate::ledger::rerate;
use crate::stored::{named, text};
use crate::{Scope, Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{
    ConversationId, Feedback, Message, MessageId, MessageMetadata, MessageRole, OrganizationId,
    Rating, RunId,
};
use sqlx::types::Json;
use uuid::Uuid;

row! {
    MessageRow {
        id: Uuid,
        organization_id: Uuid,
        conversation_id: Uuid,
        parent_id: Option<Uuid>,
        role: String,
        content: String,
        run_id: Option<Uuid>,
        metadata: Json<MessageMetadata>,
        rating: Option<String>,
        rating_comment: Option<String>,
        created_at: DateTime<Utc>,
    }
}

macro_rules! message_columns {
    () => {
        "id, organization_id, conversation_id, parent_id, role, content, run_id, metadata, \
         rating, rating_comment, created_at"
    };
}

/// Inserts a message within a transaction.
macro_rules! insert_message {
    ($tx:expr, $message:expr) => {{
        let message: &domain::Message = $message;
        sqlx::query(
            "insert into messages (id, organization_id, conversation_id, parent_id, role, \
                 content, run_id, metadata, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(message.id.0)
        .bind(message.organization_id.0)
        .bind(message.conversation_id.0)
        .bind(message.parent_id.map(|parent| parent.0))
        .bind(message.role.as_str())
        .bind($crate::stored::text(&message.content))
        .bind(message.run_id.map(|run| run.0))
        .bind($crate::stored::json(
            "messages",
            message.id,
            &message.metadata,
        )?)
        .bind(message.created_at)
        .execute(&mut *$tx)
        .await?;
    }};
}

pub(crate) use insert_message;

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let roles = [MessageRole::User, MessageRole::Assistant];
        let rating = row
            .rating
            .map(|name| named("messages", row.id, &Rating::ALL, Rating::as_str, &name))
            .transpose()?;
        Ok(Self {
            id: MessageId(row.id),
            organization_id: OrganizationId(row.organization_id),
            conversation_id: ConversationId(row.conversation_id),
            parent_id: row.parent_id.map(MessageId),
            role: named("messages", row.id, &roles, MessageRole::as_str, &row.role)?,
            content: row.content,
            run_id: row.run_id.map(RunId),
            created_at: row.created_at,
            metadata: row.metadata.0,
            feedback: rating.map(|rating| Feedback {
                rating,
                comment: row.rating_comment,
            }),
        })
    }
}

impl Store {
    pub async fn message(
        &self,
        scope: Scope,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, MessageRow>(concat!(
                "select ",
                message_columns!(),
                " from messages where id = $1 and organization_id = $2 and ($3 is null \
                     or conversation_id in (select id from conversations where user_id = $3))"
            ))
            .bind(id.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_optional(pool)
            .await?
        });
        row.map(Message::try_from).transpose()
    }

    /// The answer as it is then; `None` when there is none of theirs. The figures follow, once the
    /// run stands in the ledger; until then whoever writes it there reads this.
    pub async fn set_feedback(
        &self,
        scope: Scope,
        id: MessageId,
        feedback: Option<&Feedback>,
    ) -> Result<Option<Message>, StoreError> {
        let rating = feedback.map(|feedback| feedback.rating);
        let comment = feedback.and_then(|feedback| feedback.comment.as_deref());
        transaction!(self, |tx| {
            // The run first, as whoever deletes or accounts for it does.
            sqlx::query(self.write.sql(
                "select run_id from messages where id = $1",
                "select runs.id from runs join messages on messages.run_id = runs.id \
                 where messages.id = $1 for update of runs",
            ))
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
            let row = sqlx::query_as::<_, MessageRow>(concat!(
                "update messages set rating = $4, rating_comment = $5 \
                 where id = $1 and organization_id = $2 and role = 'assistant' and ($3 is null \
                     or conversation_id in (select id from conversations where user_id = $3)) \
                 returning ",
                message_columns!()
            ))
            .bind(id.0)
            .bind(scope.organization())
            .bind(scope.user())
            .bind(rating.map(Rating::as_str))
            .bind(comment.map(text))
            .fetch_optional(&mut *tx)
            .await?;
            let Some(row) = row else {
                tx.rollback().await?;
                return Ok(None);
            };
            if let Some(run) = row.run_id {
                rerate!(tx, run, rating);
            }
            commit!(self, tx);
            Message::try_from(row).map(Some)
        })
    }

    /// The whole tree, in the order in which it was written.
    pub async fn messages(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Result<Vec<Message>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, MessageRow>(concat!(
                "select ",
                message_columns!(),
                " from messages where conversation_id in (select id from conversations where",
                in_scope!(),
                ") order by created_at, id"
            ))
            .bind(conversation.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Message::try_from).collect()
    }
}
