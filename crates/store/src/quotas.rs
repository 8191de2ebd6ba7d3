//! How much was used in a calendar month: what stands in the ledger, and what does not yet.

use crate::db::{db, row};
use crate::stored::consistent;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::quota::Used;
use domain::{OrganizationId, UserId};
use uuid::Uuid;

row! {
    UsedRow {
        own_requests: i64,
        own_tokens: i64,
        own_micros: i64,
        requests: i64,
        tokens: i64,
        micros: i64,
    }
}

row! {
    MemberUsedRow { user_id: Uuid, requests: i64, tokens: i64, micros: i64 }
}

/// Since the month began, by person: the ledger's part and the runs that are not in it.
macro_rules! used {
    () => {
        "(select user_id, questions, tokens, micros from used_months \
             where organization_id = $1 and month = $2 \
         union all \
         select user_id, 1, \
             (select coalesce(sum(input_tokens + output_tokens), 0) from run_steps \
                 where run_id = runs.id and run_steps.finished_at >= runs.created_at), \
             (select coalesce(sum(cost_micros), 0) from run_steps \
                 where run_id = runs.id and run_steps.finished_at >= runs.created_at) \
         from runs where organization_id = $1 and accounted_at is null and created_at >= $2) \
         as used "
    };
}

/// By a person and by all of their organization.
pub(crate) const USED: &str = concat!(
    "select \
         cast(coalesce(sum(case when user_id = $3 then questions else 0 end), 0) as bigint) \
             as own_requests, \
         cast(coalesce(sum(case when user_id = $3 then tokens else 0 end), 0) as bigint) \
             as own_tokens, \
         cast(coalesce(sum(case when user_id = $3 then micros else 0 end), 0) as bigint) \
             as own_micros, \
         cast(coalesce(sum(questions), 0) as bigint) as requests, \
         cast(coalesce(sum(tokens), 0) as bigint) as tokens, \
         cast(coalesce(sum(micros), 0) as bigint) as micros \
     from ",
    used!()
);

impl UsedRow {
    /// By the person, and by all.
    pub(crate) fn read(self, user: Uuid) -> Result<(Used, Used), StoreError> {
        let own = [self.own_requests, self.own_tokens, self.own_micros];
        let all = [self.requests, self.tokens, self.micros];
        Ok((used(user, own)?, used(user, all)?))
    }
}

fn used(user: Uuid, counts: [i64; 3]) -> Result<Used, StoreError> {
    let [requests, tokens, cost_micros] =
        counts.map(|count| consistent("used_months", user, u64::try_from(count)));
    Ok(Used {
        requests: requests?,
        tokens: tokens?,
        cost_micros: cost_micros?,
    })
}

impl Store {
    /// By a member and by all, in the month that began then.
    pub async fn used(
        &self,
        organization: OrganizationId,
        user: UserId,
        month: DateTime<Utc>,
    ) -> Result<(Used, Used), StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, UsedRow>(USED)
                .bind(organization.0)
                .bind(month)
                .bind(user.0)
                .fetch_one(pool)
                .await?
        });
        row.read(user.0)
    }

    /// By everybody who used something, most tokens first.
    pub async fn used_by_members(
        &self,
        organization: OrganizationId,
        month: DateTime<Utc>,
    ) -> Result<Vec<(UserId, Used)>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, MemberUsedRow>(concat!(
                "select user_id, cast(sum(questions) as bigint) as requests, \
                     cast(sum(tokens) as bigint) as tokens, \
                     cast(sum(micros) as bigint) as micros from ",
                used!(),
                "group by user_id order by 3 desc, 2 desc, 1"
            ))
            .bind(organization.0)
            .bind(month)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter()
            .map(|row| {
                let counts = [row.requests, row.tokens, row.micros];
                Ok((UserId(row.user_id), used(row.user_id, counts)?))
            })
            .collect()
    }
}
