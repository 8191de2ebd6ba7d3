//! Shares: links by which somebody without an account reads a branch as it was.

use crate::db::{change, db, row};
use crate::stored::{consistent, named};
use crate::{Scope, Store, StoreError, TokenHash};
use chrono::{DateTime, Utc};
use domain::{
    ConversationId, ConversationTitle, MessageId, OrganizationId, Share, ShareId, ShareMode, UserId,
};
use uuid::Uuid;

row! {
    ShareRow {
        id: Uuid,
        organization_id: Uuid,
        user_id: Uuid,
        conversation_id: Uuid,
        leaf_id: Uuid,
        one_answer: bool,
        mode: String,
        title: String,
        created_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    }
}

macro_rules! share_columns {
    () => {
        "id, organization_id, user_id, conversation_id, leaf_id, one_answer, mode, title, \
         created_at, expires_at"
    };
}

impl TryFrom<ShareRow> for Share {
    type Error = StoreError;

    fn try_from(row: ShareRow) -> Result<Self, StoreError> {
        const TABLE: &str = "shares";
        Ok(Self {
            id: ShareId(row.id),
            organization_id: OrganizationId(row.organization_id),
            user_id: UserId(row.user_id),
            conversation_id: ConversationId(row.conversation_id),
            leaf_id: MessageId(row.leaf_id),
            one_answer: row.one_answer,
            mode: named(TABLE, row.id, &ShareMode::ALL, ShareMode::as_str, &row.mode)?,
            title: consistent(TABLE, row.id, ConversationTitle::try_from(row.title))?,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

impl Store {
    /// Of a conversation of that person's. False when it is not theirs, or gone by now.
    pub async fn create_share(&self, share: &Share, token: &TokenHash) -> Result<bool, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query(
                "insert into shares (id, organization_id, user_id, conversation_id, leaf_id, \
                     one_answer, mode, title, created_at, expires_at, token_hash) \
                 select $1, organization_id, user_id, id, $5, $6, $7, $8, $9, $10, $11 \
                 from conversations where organization_id = $2 and user_id = $3 and id = $4",
            )
            .bind(share.id.0)
            .bind(share.organization_id.0)
            .bind(share.user_id.0)
            .bind(share.conversation_id.0)
            .bind(share.leaf_id.0)
            .bind(share.one_answer)
            .bind(share.mode.as_str())
            .bind(share.title.as_str())
            .bind(share.created_at)
            .bind(share.expires_at)
            .bind(&token[..])
            .execute(pool)
            .await?
            .rows_affected()
                == 1
        }))
    }

    /// The share behind a link, while the link works.
    pub async fn share(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<Share>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, ShareRow>(concat!(
                "select ",
                share_columns!(),
                " from shares where token_hash = $1 and expires_at > $2"
            ))
            .bind(&token[..])
            .bind(now)
            .fetch_optional(pool)
            .await?
        });
        row.map(Share::try_from).transpose()
    }

    /// Those whose links work, the newest first.
    pub async fn shares(&self, scope: Scope, now: DateTime<Utc>) -> Result<Vec<Share>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, ShareRow>(concat!(
                "select ",
                share_columns!(),
                " from shares where organization_id = $1 and ($2 is null or user_id = $2) \
                     and expires_at > $3 \
                 order by created_at desc, id desc"
            ))
            .bind(scope.organization())
            .bind(scope.user())
            .bind(now)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Share::try_from).collect()
    }

    /// False when there is none of theirs.
    pub async fn revoke_share(&self, scope: Scope, id: ShareId) -> Result<bool, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query(
                "delete from shares \
                 where id = $1 and organization_id = $2 and ($3 is null or user_id = $3)",
            )
            .bind(id.0)
            .bind(scope.organization())
            .bind(scope.user())
            .execute(pool)
            .await?
            .rows_affected()
                == 1
        }))
    }
}
