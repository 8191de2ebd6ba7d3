//! HTTP requests of members, added up by the hour.

use crate::db::{commit, db, row, transaction};
use crate::stored::{consistent, integer};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::OrganizationId;
use uuid::Uuid;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestClass {
    pub organization: OrganizationId,
    pub hour: DateTime<Utc>,
    /// The first digit of the status.
    pub class: u8,
    /// Of how long it took; -1 where that says nothing.
    pub bucket: i32,
}

/// Of one hour and class, or of one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCount {
    pub hour: DateTime<Utc>,
    pub class: u8,
    pub bucket: i32,
    pub count: u64,
}

row! {
    RequestRow { hour: DateTime<Utc>, class: i64, bucket: i64, count: i64 }
}

impl Store {
    /// Adds to what is counted, in the order of the keys. Of an organization that is gone nothing
    /// is kept.
    pub async fn count_requests(&self, counts: &[(RequestClass, u64)]) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            for (key, count) in counts {
                sqlx::query(
                    "insert into request_tallies (organization_id, hour, class, bucket, count) \
                     select $1, $2, $3, $4, $5 \
                     where exists (select 1 from organizations where id = $1) \
                     on conflict (organization_id, hour, class, bucket) \
                     do update set count = request_tallies.count + excluded.count",
                )
                .bind(key.organization.0)
                .bind(key.hour)
                .bind(i64::from(key.class))
                .bind(i64::from(key.bucket))
                .bind(integer(*count))
                .execute(&mut *tx)
                .await?;
            }
            commit!(self, tx);
            Ok(())
        })
    }

    /// By hour and class.
    pub async fn requests_by_hour(
        &self,
        organization: OrganizationId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<RequestCount>, StoreError> {
        self.requests(
            organization,
            from,
            until,
            "select hour, class, cast(0 as bigint) as bucket, \
                 cast(sum(count) as bigint) as count from request_tallies \
             where organization_id = $1 and hour >= $2 and hour < $3 \
             group by hour, class order by hour, class",
        )
        .await
    }

    /// How long they took.
    pub async fn request_times(
        &self,
        organization: OrganizationId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<RequestCount>, StoreError> {
        self.requests(
            organization,
            from,
            until,
            "select min(hour) as hour, cast(0 as bigint) as class, bucket, \
                 cast(sum(count) as bigint) as count from request_tallies \
             where organization_id = $1 and hour >= $2 and hour < $3 and bucket >= 0 \
             group by bucket order by bucket",
        )
        .await
    }

    async fn requests(
        &self,
        organization: OrganizationId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        text: &'static str,
    ) -> Result<Vec<RequestCount>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, RequestRow>(text)
                .bind(organization.0)
                .bind(from)
                .bind(until)
                .fetch_all(pool)
                .await?
        });
        let read = |row: RequestRow| {
            let id: Uuid = organization.0;
            Ok(RequestCount {
                hour: row.hour,
                class: consistent("request_tallies", id, u8::try_from(row.class))?,
                bucket: consistent("request_tallies", id, i32::try_from(row.bucket))?,
                count: consistent("request_tallies", id, u64::try_from(row.count))?,
            })
        };
        rows.into_iter().map(read).collect()
    }
}
