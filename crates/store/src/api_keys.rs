//! API keys. Of the key itself only the hash is kept.

use crate::accounts::{UserRow, user_columns};
use crate::db::{change, commit, db, row, transaction};
use crate::stored::{consistent, named, rate};
use crate::{Store, StoreError, TokenHash};
use chrono::{DateTime, Utc};
use domain::{ApiKey, ApiKeyId, ApiKeyName, KeyScope, OrganizationId, User, UserId};
use uuid::Uuid;

row! {
    ApiKeyRow {
        key_id: Uuid,
        key_name: String,
        last_four: String,
        scope: String,
        requests_per_minute: Option<i64>,
        key_created_at: DateTime<Utc>,
        last_used_at: Option<DateTime<Utc>>,
        expires_at: Option<DateTime<Utc>>,
    }
}

row! {
    KeyHolderRow {} with key: ApiKeyRow, user: UserRow
}

/// Names that are none of the users table's.
macro_rules! key_columns {
    () => {
        "id as key_id, name as key_name, last_four, scope, requests_per_minute, \
         created_at as key_created_at, last_used_at, expires_at"
    };
}

/// A key with its person; `$which` names the key's columns.
macro_rules! held {
    ($which:literal) => {
        concat!(
            "select ",
            user_columns!(),
            ", key_id, key_name, last_four, scope, requests_per_minute, key_created_at, \
             last_used_at, expires_at from users join (select user_id, token_hash, ",
            key_columns!(),
            " from api_keys) as held on held.user_id = users.id where held.",
            $which,
            " and (held.expires_at is null or held.expires_at > $2)"
        )
    };
}

impl TryFrom<KeyHolderRow> for (ApiKey, User) {
    type Error = StoreError;

    fn try_from(row: KeyHolderRow) -> Result<Self, StoreError> {
        Ok((row.key.try_into()?, row.user.try_into()?))
    }
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: ApiKeyRow) -> Result<Self, StoreError> {
        const TABLE: &str = "api_keys";
        let id = row.key_id;
        Ok(Self {
            id: ApiKeyId(id),
            name: consistent(TABLE, id, ApiKeyName::try_from(row.key_name))?,
            last_four: row.last_four,
            scope: named(TABLE, id, &KeyScope::ALL, KeyScope::as_str, &row.scope)?,
            requests_per_minute: rate(TABLE, id, row.requests_per_minute)?,
            created_at: row.key_created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        })
    }
}

impl Store {
    /// Somebody who has been deleted meanwhile gets none.
    pub async fn create_api_key(
        &self,
        user: UserId,
        key: &ApiKey,
        token: &TokenHash,
    ) -> Result<(), StoreError> {
        change!(self, |pool| {
            sqlx::query(
                "insert into api_keys (id, organization_id, user_id, token_hash, name, \
                     last_four, scope, created_at, last_used_at, expires_at, \
                     requests_per_minute) \
                 select $2, organization_id, id, $3, $4, $5, $6, $7, $8, $9, $10 \
                 from users where id = $1",
            )
            .bind(user.0)
            .bind(key.id.0)
            .bind(&token[..])
            .bind(key.name.as_str())
            .bind(&key.last_four)
            .bind(key.scope.as_str())
            .bind(key.created_at)
            .bind(key.last_used_at)
            .bind(key.expires_at)
            .bind(key.requests_per_minute.map(i64::from))
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// The key of that hash and whose it is, unless it has expired.
    pub async fn api_key(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<(ApiKey, User)>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, KeyHolderRow>(held!("token_hash = $1"))
                .bind(&token[..])
                .bind(now)
                .fetch_optional(pool)
                .await?
        });
        row.map(KeyHolderRow::try_into).transpose()
    }

    pub async fn api_key_by_id(
        &self,
        id: ApiKeyId,
        now: DateTime<Utc>,
    ) -> Result<Option<(ApiKey, User)>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, KeyHolderRow>(held!("key_id = $1"))
                .bind(id.0)
                .bind(now)
                .fetch_optional(pool)
                .await?
        });
        row.map(KeyHolderRow::try_into).transpose()
    }

    /// The newest first, expired ones included.
    pub async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, ApiKeyRow>(concat!(
                "select ",
                key_columns!(),
                " from api_keys where user_id = $1 order by created_at desc, id desc"
            ))
            .bind(user.0)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(ApiKey::try_from).collect()
    }

    pub async fn touch_api_key(
        &self,
        id: ApiKeyId,
        last_used_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            sqlx::query("update api_keys set last_used_at = $2 where id = $1")
                .bind(id.0)
                .bind(last_used_at)
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "update users set last_seen_at = $2 \
                 where id = (select user_id from api_keys where id = $1)",
            )
            .bind(id.0)
            .bind(last_used_at)
            .execute(&mut *tx)
            .await?;
            commit!(self, tx);
        });
        Ok(())
    }

    /// False when it is not one of theirs.
    pub async fn revoke_api_key(&self, user: UserId, id: ApiKeyId) -> Result<bool, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query("delete from api_keys where user_id = $1 and id = $2")
                .bind(user.0)
                .bind(id.0)
                .execute(pool)
                .await?
                .rows_affected()
                == 1
        }))
    }

    /// The same by an admin; whose it was.
    pub async fn revoke_key_of_member(
        &self,
        organization: OrganizationId,
        id: ApiKeyId,
    ) -> Result<Option<UserId>, StoreError> {
        let revoked: Option<Uuid> = change!(self, |pool| {
            sqlx::query_scalar(
                "delete from api_keys where organization_id = $1 and id = $2 returning user_id",
            )
            .bind(organization.0)
            .bind(id.0)
            .fetch_optional(pool)
            .await?
        });
        Ok(revoked.map(UserId))
    }
}
