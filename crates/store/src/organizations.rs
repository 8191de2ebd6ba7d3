//! Organizations: how one begins, what it is called, who belongs to it.

use crate::accounts::{UserRow, insert_user, user_columns};
use crate::db::{change, commit, db, row, transaction};
use crate::stored::{consistent, rate};
use crate::{Store, StoreError, agents, workflows};
use chrono::{DateTime, Utc};
use domain::{
    AgentConfiguration, Organization, OrganizationId, OrganizationName, Role, User, UserId,
    WorkflowTemplate,
};
use uuid::Uuid;

/// An organization to be, with what it begins with.
#[derive(Clone, Copy)]
pub struct Founding<'a> {
    pub organization: &'a Organization,
    pub admin: &'a User,
    pub password_hash: &'a str,
    pub agents: &'a [AgentConfiguration],
    pub workflows: &'a [WorkflowTemplate],
    /// Not beside others: the admin has to be the very first person.
    pub only_as_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Founded {
    Yes,
    /// Somebody was there before.
    NotFirst,
    EmailTaken,
}

row! {
    OrganizationRow {
        id: Uuid,
        name: String,
        requests_per_minute: Option<i64>,
        created_at: DateTime<Utc>,
    }
}

row! {
    MemberRow { last_seen_at: Option<DateTime<Utc>> } with user: UserRow
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;

    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        let name = OrganizationName::try_from(row.name);
        Ok(Self {
            id: OrganizationId(row.id),
            name: consistent("organizations", row.id, name)?,
            requests_per_minute: rate("organizations", row.id, row.requests_per_minute)?,
            created_at: row.created_at,
        })
    }
}

impl Store {
    /// An organization with its admin, agents and workflows: all of it, or nothing. Of two that
    /// want to be the first at once exactly one gets through.
    pub async fn found(&self, founding: Founding<'_>) -> Result<Founded, StoreError> {
        let Founding {
            organization,
            admin,
            password_hash,
            agents,
            workflows,
            only_as_first,
        } = founding;
        transaction!(self, |tx| {
            if only_as_first {
                // On SQLite the transaction is alone from its beginning.
                let alone = "lock table users in share row exclusive mode";
                sqlx::query(self.write.sql("select 1", alone))
                    .execute(&mut *tx)
                    .await?;
                let taken: bool = sqlx::query_scalar("select exists (select 1 from users)")
                    .fetch_one(&mut *tx)
                    .await?;
                if taken {
                    tx.rollback().await?;
                    return Ok(Founded::NotFirst);
                }
            }
            sqlx::query("insert into organizations (id, name, created_at) values ($1, $2, $3)")
                .bind(organization.id.0)
                .bind(organization.name.as_str())
                .bind(organization.created_at)
                .execute(&mut *tx)
                .await?;
            if !insert_user!(tx, admin, password_hash) {
                tx.rollback().await?;
                return Ok(Founded::EmailTaken);
            }
            for agent in agents {
                agents::insert_agent!(tx, agent, None);
            }
            for workflow in workflows {
                workflows::insert_workflow!(tx, workflow);
            }
            commit!(self, tx);
            Ok(Founded::Yes)
        })
    }

    pub async fn organization(
        &self,
        id: OrganizationId,
    ) -> Result<Option<Organization>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, OrganizationRow>(
                "select id, name, requests_per_minute, created_at from organizations \
                 where id = $1",
            )
            .bind(id.0)
            .fetch_optional(pool)
            .await?
        });
        row.map(Organization::try_from).transpose()
    }

    /// What is `None` stays as it is; `Some(None)` leaves the limit to the server.
    pub async fn update_organization(
        &self,
        id: OrganizationId,
        name: Option<&OrganizationName>,
        requests_per_minute: Option<Option<u32>>,
    ) -> Result<Option<Organization>, StoreError> {
        let row = change!(self, |pool| {
            sqlx::query_as::<_, OrganizationRow>(
                "update organizations set name = coalesce($2, name), \
                     requests_per_minute = case when $3 then $4 else requests_per_minute end \
                 where id = $1 returning id, name, requests_per_minute, created_at",
            )
            .bind(id.0)
            .bind(name.map(OrganizationName::as_str))
            .bind(requests_per_minute.is_some())
            .bind(requests_per_minute.flatten().map(i64::from))
            .fetch_optional(pool)
            .await?
        });
        row.map(Organization::try_from).transpose()
    }

    /// The only one, as a rule.
    pub async fn oldest_organization(&self) -> Result<Option<Organization>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, OrganizationRow>(
                "select id, name, requests_per_minute, created_at from organizations \
                 order by created_at, id limit 1",
            )
            .fetch_optional(pool)
            .await?
        });
        row.map(Organization::try_from).transpose()
    }

    /// Everybody, in the order in which they came.
    pub async fn members(&self, organization: OrganizationId) -> Result<Vec<User>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, UserRow>(concat!(
                "select ",
                user_columns!(),
                " from users where organization_id = $1 order by created_at, id"
            ))
            .bind(organization.0)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(User::try_from).collect()
    }

    /// Everybody, and when they were last seen; at most a few minutes stale.
    pub async fn members_seen(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<(User, Option<DateTime<Utc>>)>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, MemberRow>(concat!(
                "select last_seen_at, ",
                user_columns!(),
                " from users where organization_id = $1 order by created_at, id"
            ))
            .bind(organization.0)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter()
            .map(|row| Ok((User::try_from(row.user)?, row.last_seen_at)))
            .collect()
    }

    /// False, and nothing changed, when there is no such member or the organization would be left
    /// without an admin.
    pub async fn set_role(
        &self,
        organization: OrganizationId,
        user: UserId,
        role: Role,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        transaction!(self, |tx| {
            sqlx::query(self.lock_organization())
                .bind(organization.0)
                .execute(&mut *tx)
                .await?;
            let changed = sqlx::query(
                "update users set role = $3, updated_at = $4 where id = $1 and organization_id = $2",
            )
            .bind(user.0)
            .bind(organization.0)
            .bind(role.as_str())
            .bind(now)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            let admins: i64 = sqlx::query_scalar(
                "select count(*) from users where organization_id = $1 and role = 'admin'",
            )
            .bind(organization.0)
            .fetch_one(&mut *tx)
            .await?;
            if changed == 0 || admins == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            commit!(self, tx);
            Ok(true)
        })
    }
}
