//! Log-ins. The secret that a browser or program carries is kept as its hash only.

use crate::accounts::{UserRow, user_columns};
use crate::db::{change, commit, db, row, transaction};
use crate::stored::{named, text};
use crate::{Store, StoreError, TokenHash};
use chrono::{DateTime, Utc};
use domain::{OrganizationId, Session, SessionId, SessionKind, User, UserId};
use sqlx::types::Json;
use std::collections::HashSet;
use uuid::Uuid;

row! {
    SessionRow {
        session_id: Uuid,
        kind: String,
        user_agent: String,
        session_created_at: DateTime<Utc>,
        last_seen_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    }
}

row! {
    SignedInRow {} with session: SessionRow, user: UserRow
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, taken apart at once"
)]
pub enum Renewed {
    Yes(Session, User),
    /// It had been exchanged before, so somebody copied it: the session has been ended.
    Reused,
    Unknown,
}

/// Names that are none of the users table's.
macro_rules! session_columns {
    () => {
        "id as session_id, kind, user_agent, created_at as session_created_at, last_seen_at, \
         expires_at"
    };
}

/// A session with its person; `$which` names the session's columns.
macro_rules! signed_in {
    ($which:literal) => {
        concat!(
            "select ",
            user_columns!(),
            ", session_id, kind, user_agent, session_created_at, session.last_seen_at, \
             expires_at \
             from users join (select user_id, token_hash, ",
            session_columns!(),
            " from sessions) as session on session.user_id = users.id where session.",
            $which,
            " and session.expires_at > $2"
        )
    };
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let kinds = &SessionKind::ALL;
        Ok(Self {
            id: SessionId(row.session_id),
            kind: named(
                "sessions",
                row.session_id,
                kinds,
                SessionKind::as_str,
                &row.kind,
            )?,
            user_agent: row.user_agent,
            created_at: row.session_created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
        })
    }
}

impl TryFrom<SignedInRow> for (Session, User) {
    type Error = StoreError;

    fn try_from(row: SignedInRow) -> Result<Self, StoreError> {
        Ok((row.session.try_into()?, row.user.try_into()?))
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
        transaction!(self, |tx| {
            sqlx::query(
                "insert into sessions (id, organization_id, user_id, token_hash, kind, user_agent, \
                     created_at, last_seen_at, expires_at) \
                 select $2, organization_id, id, $3, $4, $5, $6, $7, $8 from users where id = $1",
            )
            .bind(user.0)
            .bind(session.id.0)
            .bind(&token[..])
            .bind(session.kind.as_str())
            .bind(text(&session.user_agent))
            .bind(session.created_at)
            .bind(session.last_seen_at)
            .bind(session.expires_at)
            .execute(&mut *tx)
            .await?;
            sqlx::query("update users set last_seen_at = $2 where id = $1")
                .bind(user.0)
                .bind(session.last_seen_at)
                .execute(&mut *tx)
                .await?;
            commit!(self, tx);
        });
        Ok(())
    }

    /// The browser's session of that secret and whose it is, unless it has expired.
    pub async fn session(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, SignedInRow>(signed_in!("token_hash = $1 and kind = 'browser'"))
                .bind(&token[..])
                .bind(now)
                .fetch_optional(pool)
                .await?
        });
        row.map(SignedInRow::try_into).transpose()
    }

    /// The session of that id, unless it has expired.
    pub async fn session_by_id(
        &self,
        id: SessionId,
        now: DateTime<Utc>,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, SignedInRow>(signed_in!("session_id = $1"))
                .bind(id.0)
                .bind(now)
                .fetch_optional(pool)
                .await?
        });
        row.map(SignedInRow::try_into).transpose()
    }

    /// Which of these sessions and API keys somebody may still come in with.
    pub async fn entries_in_force(
        &self,
        entries: &[Uuid],
        now: DateTime<Utc>,
    ) -> Result<HashSet<Uuid>, StoreError> {
        macro_rules! in_force {
            ($list:literal) => {
                concat!(
                    "select id from sessions where id in (",
                    $list,
                    ") and expires_at > $2 union all select id from api_keys where id in (",
                    $list,
                    ") and (expires_at is null or expires_at > $2)"
                )
            };
        }
        let sql = self.read.sql(
            in_force!("select unhex(value) from json_each($1)"),
            in_force!("select jsonb_array_elements_text($1)::uuid"),
        );
        let entries = entries.iter().map(|entry| entry.simple().to_string());
        let entries = Json(entries.collect::<Vec<_>>());
        let found: Vec<Uuid> = db!(&self.read, |pool| {
            sqlx::query_scalar(sql)
                .bind(&entries)
                .bind(now)
                .fetch_all(pool)
                .await?
        });
        Ok(found.into_iter().collect())
    }

    /// Exchanges a program's refresh token for `new`. Each works once, also when two come at the
    /// same time.
    pub async fn renew_session(
        &self,
        token: &TokenHash,
        new: &TokenHash,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<Renewed, StoreError> {
        transaction!(self, |tx| {
            let renewed: Option<Uuid> = sqlx::query_scalar(
                "update sessions set token_hash = $2, last_seen_at = $3, expires_at = $4 \
                 where token_hash = $1 and kind = 'program' and expires_at > $3 returning id",
            )
            .bind(&token[..])
            .bind(&new[..])
            .bind(now)
            .bind(expires_at)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(id) = renewed else {
                let ended = sqlx::query(
                    "delete from sessions where id in \
                     (select session_id from spent_tokens where token_hash = $1)",
                )
                .bind(&token[..])
                .execute(&mut *tx)
                .await?
                .rows_affected();
                commit!(self, tx);
                return Ok(if ended == 0 {
                    Renewed::Unknown
                } else {
                    Renewed::Reused
                });
            };
            sqlx::query(
                "insert into spent_tokens (token_hash, organization_id, session_id) \
                 select $1, organization_id, id from sessions where id = $2",
            )
            .bind(&token[..])
            .bind(id)
            .execute(&mut *tx)
            .await?;
            let row = sqlx::query_as::<_, SignedInRow>(signed_in!("session_id = $1"))
                .bind(id)
                .bind(now)
                .fetch_one(&mut *tx)
                .await?;
            commit!(self, tx);
            let (session, user) = row.try_into()?;
            Ok(Renewed::Yes(session, user))
        })
    }

    /// Without `expires_at` it ends when it would have ended.
    pub async fn touch_session(
        &self,
        id: SessionId,
        last_seen_at: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            sqlx::query(
                "update sessions set last_seen_at = $2, expires_at = coalesce($3, expires_at) \
                 where id = $1",
            )
            .bind(id.0)
            .bind(last_seen_at)
            .bind(expires_at)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "update users set last_seen_at = $2 \
                 where id = (select user_id from sessions where id = $1)",
            )
            .bind(id.0)
            .bind(last_seen_at)
            .execute(&mut *tx)
            .await?;
            commit!(self, tx);
        });
        Ok(())
    }

    /// A person's log-ins, the newest first.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, SessionRow>(concat!(
                "select ",
                session_columns!(),
                " from sessions where user_id = $1 order by created_at desc, id desc"
            ))
            .bind(user.0)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Session::try_from).collect()
    }

    /// False when it is not one of theirs.
    pub async fn end_session(&self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query("delete from sessions where user_id = $1 and id = $2")
                .bind(user.0)
                .bind(id.0)
                .execute(pool)
                .await?
                .rows_affected()
                == 1
        }))
    }

    /// The same by an admin; whose it was.
    pub async fn end_session_of_member(
        &self,
        organization: OrganizationId,
        id: SessionId,
    ) -> Result<Option<UserId>, StoreError> {
        let ended: Option<Uuid> = change!(self, |pool| {
            sqlx::query_scalar(
                "delete from sessions where organization_id = $1 and id = $2 returning user_id",
            )
            .bind(organization.0)
            .bind(id.0)
            .fetch_optional(pool)
            .await?
        });
        Ok(ended.map(UserId))
    }

    /// How many there were.
    pub async fn delete_expired_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query("delete from sessions where expires_at <= $1")
                .bind(now)
                .execute(pool)
                .await?
                .rows_affected()
        }))
    }
}
