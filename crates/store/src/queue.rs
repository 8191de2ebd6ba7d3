//! How many runs wait and work, and in which order those that wait are taken. Taking one is in
//! leases.rs. Every query here reads partial indexes only, however many runs have ended.

use crate::db::{db, row};
use crate::stored::consistent;
use crate::{Store, StoreError};
use domain::{RunId, UserId};
use uuid::Uuid;

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

/// Of a user and their organization. SQLite takes an index only where its condition stands word
/// for word, so one organization's runs are counted in two parts.
pub(crate) const LOAD: &str = "select \
     (select count(*) from runs where status in ('queued', 'running') \
         and user_id = $1) as of_user, \
     (select count(*) from runs where status = 'queued' and organization_id = $2) \
         + (select count(*) from runs where status = 'running' \
             and organization_id = $2) as of_organization, \
     (select count(*) from runs where status = 'queued') as waiting";

/// Beside each run of `waiting` how many its organization has under way: counted once for each
/// organization, not for each run.
macro_rules! with_busy {
    () => {
        " left join (select organization_id, count(*) as runs from runs \
             where status = 'running' group by organization_id) as busy \
             on busy.organization_id = waiting.organization_id "
    };
}

pub(crate) use with_busy;

impl Load {
    /// Whether one more fits in.
    pub(crate) fn has_room(&self, most: &Self) -> bool {
        self.of_user < most.of_user
            && self.of_organization < most.of_organization
            && self.waiting < most.waiting
    }
}

impl LoadRow {
    pub(crate) fn read(self, user: UserId) -> Result<Load, StoreError> {
        let number = |count: i64| consistent("runs", user, u32::try_from(count));
        Ok(Load {
            of_user: number(self.of_user)?,
            of_organization: number(self.of_organization)?,
            waiting: number(self.waiting)?,
        })
    }
}

impl Store {
    /// The waiting runs of everybody in the order in which they are taken, if no other comes:
    /// organizations take turns, the first waiting run of each, then the second. Which of them
    /// somebody may ask about is for the caller to know.
    pub async fn queue(&self) -> Result<Vec<RunId>, StoreError> {
        let runs: Vec<Uuid> = db!(&self.read, |pool| {
            sqlx::query_scalar(concat!(
                "select id from (select waiting.id, waiting.created_at, \
                     row_number() over (partition by waiting.organization_id \
                         order by waiting.created_at, waiting.id) \
                         + coalesce(busy.runs, 0) as turn \
                     from runs as waiting",
                with_busy!(),
                "where waiting.status = 'queued') as due \
                 order by turn, created_at, id"
            ))
            .fetch_all(pool)
            .await?
        });
        Ok(runs.into_iter().map(RunId).collect())
    }
}
