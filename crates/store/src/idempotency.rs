//! Requests that came with a key, and how they were answered.

use crate::db::{change, commit, row, transaction};
use crate::stored::consistent;
use crate::{Store, StoreError, TokenHash};
use chrono::{DateTime, Utc};
use domain::UserId;

/// One request, as its sender names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    pub user_id: UserId,
    /// Method and path.
    pub route: String,
    pub key: String,
}

/// How a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// `None` where it is not to be kept.
    pub body: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody sent it before: answer it, then say how.
    Yes,
    Answered(Reply),
    /// It is being answered right now.
    UnderWay,
    /// The key came with another request.
    Taken,
}

row! {
    RequestRow {
        request_hash: Vec<u8>,
        status: Option<i64>,
        response: Option<String>,
    }
}

impl Store {
    /// `expired`: older ones are forgotten. `abandoned`: whoever began an older one without an
    /// answer is dead, so it is begun anew.
    pub async fn claim_request(
        &self,
        request: &RequestKey,
        hash: &TokenHash,
        now: DateTime<Utc>,
        expired: DateTime<Utc>,
        abandoned: DateTime<Utc>,
    ) -> Result<Claimed, StoreError> {
        transaction!(self, |tx| {
            sqlx::query(
                "delete from idempotent_requests \
                 where created_at <= $1 or (status is null and created_at <= $2)",
            )
            .bind(expired)
            .bind(abandoned)
            .execute(&mut *tx)
            .await?;
            let begun = sqlx::query(
                "insert into idempotent_requests \
                     (user_id, organization_id, route, key, request_hash, created_at) \
                 select id, organization_id, $2, $3, $4, $5 from users where id = $1 \
                 on conflict (user_id, route, key) do nothing",
            )
            .bind(request.user_id.0)
            .bind(request.route.as_str())
            .bind(request.key.as_str())
            .bind(&hash[..])
            .bind(now)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if begun == 1 {
                commit!(self, tx);
                return Ok(Claimed::Yes);
            }
            let known = sqlx::query_as::<_, RequestRow>(
                "select request_hash, status, response from idempotent_requests \
                 where user_id = $1 and route = $2 and key = $3",
            )
            .bind(request.user_id.0)
            .bind(request.route.as_str())
            .bind(request.key.as_str())
            .fetch_optional(&mut *tx)
            .await?;
            commit!(self, tx);
            let Some(known) = known else {
                return Ok(Claimed::UnderWay);
            };
            if known.request_hash != hash {
                return Ok(Claimed::Taken);
            }
            let Some(status) = known.status else {
                return Ok(Claimed::UnderWay);
            };
            let status = consistent("idempotent_requests", &request.key, u16::try_from(status))?;
            Ok(Claimed::Answered(Reply {
                status,
                body: known.response,
            }))
        })
    }

    pub async fn answer_request(
        &self,
        request: &RequestKey,
        reply: &Reply,
    ) -> Result<(), StoreError> {
        change!(self, |pool| {
            sqlx::query(
                "update idempotent_requests set status = $4, response = $5 \
                 where user_id = $1 and route = $2 and key = $3",
            )
            .bind(request.user_id.0)
            .bind(request.route.as_str())
            .bind(request.key.as_str())
            .bind(i64::from(reply.status))
            .bind(reply.body.as_deref())
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// It was refused, so it may be sent again, in other words.
    pub async fn forget_request(&self, request: &RequestKey) -> Result<(), StoreError> {
        change!(self, |pool| {
            sqlx::query(
                "delete from idempotent_requests where user_id = $1 and route = $2 and key = $3",
            )
            .bind(request.user_id.0)
            .bind(request.route.as_str())
            .bind(request.key.as_str())
            .execute(pool)
            .await?;
        });
        Ok(())
    }
}
