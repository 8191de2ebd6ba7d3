//! Tickets that open a socket, once.

use crate::db::{change, commit, row, transaction};
use crate::stored::inconsistent;
use crate::{Store, StoreError, TokenHash};
use chrono::{DateTime, Utc};
use domain::{ApiKeyId, SessionId};
use uuid::Uuid;

/// What the holder of a ticket proved themselves with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketOf {
    Session(SessionId),
    ApiKey(ApiKeyId),
}

row! {
    TicketRow { session_id: Option<Uuid>, api_key_id: Option<Uuid> }
}

/// Inserts a ticket for a row of `$table`, and takes away those that nobody used in time.
macro_rules! create_ticket {
    ($store:expr, $table:literal, $column:literal, $token:expr, $id:expr, $now:expr, $expires_at:expr) => {
        transaction!($store, |tx| {
            sqlx::query("delete from socket_tickets where expires_at <= $1")
                .bind($now)
                .execute(&mut *tx)
                .await?;
            sqlx::query(concat!(
                "insert into socket_tickets (token_hash, organization_id, ",
                $column,
                ", expires_at) select $1, organization_id, id, $3 from ",
                $table,
                " where id = $2"
            ))
            .bind(&$token[..])
            .bind($id)
            .bind($expires_at)
            .execute(&mut *tx)
            .await?;
            commit!($store, tx);
        })
    };
}

impl Store {
    pub async fn create_session_ticket(
        &self,
        token: &TokenHash,
        session: SessionId,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        create_ticket!(
            self,
            "sessions",
            "session_id",
            token,
            session.0,
            now,
            expires_at
        );
        Ok(())
    }

    pub async fn create_key_ticket(
        &self,
        token: &TokenHash,
        key: ApiKeyId,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        create_ticket!(
            self,
            "api_keys",
            "api_key_id",
            token,
            key.0,
            now,
            expires_at
        );
        Ok(())
    }

    /// Takes the ticket away, so that it works once.
    pub async fn use_ticket(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<TicketOf>, StoreError> {
        let row = change!(self, |pool| {
            sqlx::query_as::<_, TicketRow>(
                "delete from socket_tickets where token_hash = $1 and expires_at > $2 \
                 returning session_id, api_key_id",
            )
            .bind(&token[..])
            .bind(now)
            .fetch_optional(pool)
            .await?
        });
        row.map(|row| match (row.session_id, row.api_key_id) {
            (Some(id), None) => Ok(TicketOf::Session(SessionId(id))),
            (None, Some(id)) => Ok(TicketOf::ApiKey(ApiKeyId(id))),
            _ => Err(inconsistent(
                "socket_tickets",
                "one",
                "it belongs to no one or to two",
            )),
        })
        .transpose()
    }
}
