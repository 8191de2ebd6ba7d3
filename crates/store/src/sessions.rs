//! Log-ins. The secret that a browser carries is kept as its hash only.

use crate::accounts::{UserRow, user_columns};
use crate::db::{db, row};
use crate::stored::text;
use crate::{Store, StoreError, TokenHash};
use chrono::{DateTime, Utc};
use domain::{Session, SessionId, User, UserId};
use uuid::Uuid;

row! {
    SessionRow {
        session_id: Uuid,
        user_agent: String,
        session_created_at: DateTime<Utc>,
        last_seen_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    }
}

row! {
    SignedInRow {} with session: SessionRow, user: UserRow
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId(row.session_id),
            user_agent: row.user_agent,
            created_at: row.session_created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
        }
    }
}

impl Store {
    /// Somebody who has been deleted meanwhile gets none.
    pub async fn create_session(
        &self,
        user: UserId,
        session: &Session,
        token: &TokenHash,
    ) -> Result<(), StoreError> {
        db!(&self.write, |pool| {
            sqlx::query(
                "insert into sessions (id, organization_id, user_id, token_hash, user_agent, \
                     created_at, last_seen_at, expires_at) \
                 select $2, organization_id, id, $3, $4, $5, $6, $7 from users where id = $1",
            )
            .bind(user.0)
            .bind(session.id.0)
            .bind(&token[..])
            .bind(text(&session.user_agent))
            .bind(session.created_at)
            .bind(session.last_seen_at)
            .bind(session.expires_at)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// The session of that secret and whose it is, unless it has expired.
    pub async fn session(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, SignedInRow>(concat!(
                "select ",
                user_columns!(),
                ", session_id, user_agent, session_created_at, last_seen_at, expires_at \
                 from users join (select id as session_id, user_id, token_hash, user_agent, \
                     created_at as session_created_at, last_seen_at, expires_at from sessions) \
                     as session on session.user_id = users.id \
                 where session.token_hash = $1 and session.expires_at > $2"
            ))
            .bind(&token[..])
            .bind(now)
            .fetch_optional(pool)
            .await?
        });
        let Some(row) = row else { return Ok(None) };
        Ok(Some((row.session.into(), row.user.try_into()?)))
    }

    pub async fn touch_session(
        &self,
        id: SessionId,
        last_seen_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        db!(&self.write, |pool| {
            sqlx::query("update sessions set last_seen_at = $2, expires_at = $3 where id = $1")
                .bind(id.0)
                .bind(last_seen_at)
                .bind(expires_at)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// A person's log-ins, the newest first.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, SessionRow>(
                "select id as session_id, user_agent, created_at as session_created_at, \
                     last_seen_at, expires_at \
                 from sessions where user_id = $1 order by created_at desc, id desc",
            )
            .bind(user.0)
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// False when it is not one of theirs.
    pub async fn end_session(&self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        Ok(db!(&self.write, |pool| {
            sqlx::query("delete from sessions where user_id = $1 and id = $2")
                .bind(user.0)
                .bind(id.0)
                .execute(pool)
                .await?
                .rows_affected()
                == 1
        }))
    }

    pub async fn end_session_by_token(&self, token: &TokenHash) -> Result<(), StoreError> {
        db!(&self.write, |pool| {
            sqlx::query("delete from sessions where token_hash = $1")
                .bind(&token[..])
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// How many there were.
    pub async fn delete_expired_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        Ok(db!(&self.write, |pool| {
            sqlx::query("delete from sessions where expires_at <= $1")
                .bind(now)
                .execute(pool)
                .await?
                .rows_affected()
        }))
    }
}
