//! How many runs wait and work, and who is before whom. Which one is taken next is in leases.rs.

use crate::conversations::in_scope;
use crate::db::{db, row};
use crate::stored::consistent;
use crate::{Scope, Store, StoreError};
use domain::{OrganizationId, RunId, UserId};

/// Queued and running runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub of_user: u32,
    pub of_organization: u32,
    /// Of everybody, queued ones only.
    pub waiting: u32,
}

row! {
    LoadRow { of_user: i64, of_organization: i64, waiting: i64 }
}

impl Store {
    pub async fn load(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Load, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, LoadRow>(
                "select \
                     (select count(*) from runs where status in ('queued', 'running') \
                         and user_id = $1) as of_user, \
                     (select count(*) from runs where status in ('queued', 'running') \
                         and organization_id = $2) as of_organization, \
                     (select count(*) from runs where status = 'queued') as waiting",
            )
            .bind(user.0)
            .bind(organization.0)
            .fetch_one(pool)
            .await?
        });
        let number = |count: i64| consistent("runs", user, u32::try_from(count));
        Ok(Load {
            of_user: number(row.of_user)?,
            of_organization: number(row.of_organization)?,
            waiting: number(row.waiting)?,
        })
    }

    /// How many waiting runs are taken before this one, if no other comes; `None` when it does not
    /// wait. Organizations take turns: the first waiting run of each, then the second.
    pub async fn ahead_of(&self, scope: Scope, run: RunId) -> Result<Option<u32>, StoreError> {
        let ahead: Option<i64> = db!(&self.read, |pool| {
            sqlx::query_scalar(concat!(
                "with waiting as ( \
                     select id, organization_id, user_id, created_at, \
                         row_number() over (partition by organization_id order by created_at, id) \
                             + (select count(*) from runs as busy where busy.status = 'running' \
                                 and busy.organization_id = runs.organization_id) as turn \
                     from runs where status = 'queued') \
                 select (select count(*) from waiting as other \
                     where (other.turn, other.created_at, other.id) \
                         < (waiting.turn, waiting.created_at, waiting.id)) \
                 from waiting where",
                in_scope!()
            ))
            .bind(run.0)
            .bind(scope.organization())
            .bind(scope.user())
            .fetch_optional(pool)
            .await?
        });
        ahead
            .map(|ahead| consistent("runs", run, u32::try_from(ahead)))
            .transpose()
    }
}
