//! Organizations: how one begins, what it is called, who belongs to it.

use crate::accounts::{UserRow, insert_user, user_columns};
use crate::db::{change, commit, db, row, transaction};
use crate::stored::{consistent, json, named, rate, text};
use crate::{Store, StoreError, agents, workflows};
use chrono::{DateTime, Utc};
use domain::{
    AgentConfiguration, MailDomain, ModelName, Organization, OrganizationId, OrganizationName,
    Quotas, Role, SignUpPolicy, User, UserId, WorkflowId, WorkflowTemplate,
};
use sqlx::types::Json;
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
        sign_up: String,
        mail_domains: Json<Vec<MailDomain>>,
        retention_days: Option<i64>,
        log_prompts: bool,
        default_workflow: Option<String>,
        default_model: Option<String>,
        quotas: Json<Quotas>,
        created_at: DateTime<Utc>,
    }
}

macro_rules! organization_columns {
    () => {
        "id, name, requests_per_minute, sign_up, mail_domains, retention_days, log_prompts, \
         default_workflow, default_model, quotas, created_at"
    };
}

/// What admins change; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrganizationChange {
    pub name: Option<OrganizationName>,
    /// `Some(None)` leaves the limit to the server.
    pub requests_per_minute: Option<Option<u32>>,
    pub sign_up: Option<SignUpPolicy>,
    pub mail_domains: Option<Vec<MailDomain>>,
    /// `Some(None)` keeps conversations for good.
    pub retention_days: Option<Option<u32>>,
    pub log_prompts: Option<bool>,
    pub default_workflow: Option<Option<WorkflowId>>,
    pub default_model: Option<Option<ModelName>>,
    pub quotas: Option<Quotas>,
}

row! {
    MemberRow { last_seen_at: Option<DateTime<Utc>> } with user: UserRow
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;

    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        const TABLE: &str = "organizations";
        let id = row.id;
        let name = OrganizationName::try_from(row.name);
        let (policies, name_of) = (&SignUpPolicy::ALL, SignUpPolicy::as_str);
        let model = row.default_model.map(|model| model.parse::<ModelName>());
        Ok(Self {
            id: OrganizationId(id),
            name: consistent(TABLE, id, name)?,
            requests_per_minute: rate(TABLE, id, row.requests_per_minute)?,
            sign_up: named(TABLE, id, policies, name_of, &row.sign_up)?,
            mail_domains: row.mail_domains.0,
            retention_days: rate(TABLE, id, row.retention_days)?,
            log_prompts: row.log_prompts,
            default_workflow: row.default_workflow.map(WorkflowId::new),
            default_model: consistent(TABLE, id, model.transpose())?,
            quotas: row.quotas.0,
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
            sqlx::query_as::<_, OrganizationRow>(concat!(
                "select ",
                organization_columns!(),
                " from organizations where id = $1"
            ))
            .bind(id.0)
            .fetch_optional(pool)
            .await?
        });
        row.map(Organization::try_from).transpose()
    }

    /// A new rule of retention is not followed before the next day.
    pub async fn update_organization(
        &self,
        id: OrganizationId,
        change: &OrganizationChange,
        now: DateTime<Utc>,
    ) -> Result<Option<Organization>, StoreError> {
        let OrganizationChange {
            name,
            requests_per_minute: rate,
            sign_up,
            mail_domains,
            retention_days: retention,
            log_prompts,
            default_workflow: workflow,
            default_model: model,
            quotas,
        } = change;
        let quotas = quotas
            .as_ref()
            .map(|quotas| json("organizations", id, quotas))
            .transpose()?;
        let domains = mail_domains.as_ref();
        let domains = domains.map(|domains| json("organizations", id, domains));
        let domains = domains.transpose()?;
        let model_name = model
            .as_ref()
            .map(|model| model.as_ref().map(|it| it.to_string()));
        let workflow_id = workflow.as_ref().and_then(|id| id.as_ref());
        let row = change!(self, |pool| {
            sqlx::query_as::<_, OrganizationRow>(concat!(
                "update organizations set name = coalesce($2, name), \
                     requests_per_minute = case when $3 then $4 else requests_per_minute end, \
                     sign_up = coalesce($5, sign_up), \
                     mail_domains = coalesce($6, mail_domains), \
                     default_workflow = case when $7 then $8 else default_workflow end, \
                     default_model = case when $9 then $10 else default_model end, \
                     retention_days = case when $11 then $12 else retention_days end, \
                     swept_at = case when $11 then $13 else swept_at end, \
                     log_prompts = coalesce($14, log_prompts), \
                     quotas = coalesce($15, quotas) \
                 where id = $1 returning ",
                organization_columns!()
            ))
            .bind(id.0)
            .bind(name.as_ref().map(OrganizationName::as_str))
            .bind(rate.is_some())
            .bind(rate.flatten().map(i64::from))
            .bind(sign_up.map(SignUpPolicy::as_str))
            .bind(&domains)
            .bind(workflow.is_some())
            .bind(workflow_id.map(|id| text(id.as_str())))
            .bind(model.is_some())
            .bind(model_name.flatten())
            .bind(retention.is_some())
            .bind(retention.flatten().map(i64::from))
            .bind(now)
            .bind(*log_prompts)
            .bind(&quotas)
            .fetch_optional(pool)
            .await?
        });
        row.map(Organization::try_from).transpose()
    }

    /// The only one, as a rule.
    pub async fn oldest_organization(&self) -> Result<Option<Organization>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, OrganizationRow>(concat!(
                "select ",
                organization_columns!(),
                " from organizations order by created_at, id limit 1"
            ))
            .fetch_optional(pool)
            .await?
        });
        row.map(Organization::try_from).transpose()
    }

    /// The one that there is, unless there are several.
    pub async fn only_organization(&self) -> Result<Option<Organization>, StoreError> {
        let mut rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, OrganizationRow>(concat!(
                "select ",
                organization_columns!(),
                " from organizations limit 2"
            ))
            .fetch_all(pool)
            .await?
        });
        let only = rows.pop().filter(|_| rows.is_empty());
        only.map(Organization::try_from).transpose()
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
