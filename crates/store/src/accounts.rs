//! Organizations and their people. Log-ins are in sessions.rs, invitations in invitations.rs.

use crate::db::{db, row, transaction};
use crate::stored::{consistent, json, named};
use crate::{Store, StoreError, agents, workflows};
use chrono::{DateTime, Utc};
use domain::{
    AgentConfiguration, EmailAddress, Organization, OrganizationId, PersonName, Preferences, Role,
    SessionId, User, UserId, WorkflowTemplate,
};
use sqlx::types::Json;
use uuid::Uuid;

/// A person and how their password is checked.
#[derive(Clone, PartialEq)]
pub struct Credentials {
    pub user: User,
    pub password_hash: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Founded {
    Yes,
    /// Somebody was there before.
    NotFirst,
    EmailTaken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    Yes,
    EmailTaken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    Yes,
    /// An organization's last admin cannot leave while others remain.
    LastAdmin,
}

row! {
    UserRow {
        id: Uuid,
        organization_id: Uuid,
        email: String,
        name: String,
        role: String,
        preferences: Json<Preferences>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

row! {
    CredentialsRow { password_hash: String } with user: UserRow
}

row! {
    OrganizationRow { id: Uuid, name: String, created_at: DateTime<Utc> }
}

macro_rules! user_columns {
    () => {
        "id, organization_id, email, name, role, preferences, created_at, updated_at"
    };
}

/// Inserts a person within a transaction; false when the address is taken.
macro_rules! insert_user {
    ($tx:expr, $user:expr, $password_hash:expr) => {{
        let user: &domain::User = $user;
        sqlx::query(
            "insert into users (id, organization_id, email, name, role, password_hash, \
                 preferences, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (email) do nothing",
        )
        .bind(user.id.0)
        .bind(user.organization_id.0)
        .bind(user.email.as_str())
        .bind(user.name.as_str())
        .bind(user.role.as_str())
        .bind($password_hash)
        .bind($crate::stored::json("users", user.id, &user.preferences)?)
        .bind(user.created_at)
        .bind(user.updated_at)
        .execute(&mut *$tx)
        .await?
        .rows_affected()
            == 1
    }};
}

pub(crate) use {insert_user, user_columns};

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let id = row.id;
        Ok(Self {
            id: UserId(id),
            organization_id: OrganizationId(row.organization_id),
            email: consistent("users", id, EmailAddress::try_from(row.email))?,
            name: consistent("users", id, PersonName::try_from(row.name))?,
            role: named("users", id, &Role::ALL, Role::as_str, &row.role)?,
            preferences: row.preferences.0,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<CredentialsRow> for Credentials {
    type Error = StoreError;

    fn try_from(row: CredentialsRow) -> Result<Self, StoreError> {
        Ok(Self {
            user: row.user.try_into()?,
            password_hash: row.password_hash,
        })
    }
}

impl From<OrganizationRow> for Organization {
    fn from(row: OrganizationRow) -> Self {
        Self {
            id: OrganizationId(row.id),
            name: row.name,
            created_at: row.created_at,
        }
    }
}

impl Store {
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(db!(&self.read, |pool| {
            sqlx::query_scalar::<_, bool>("select exists (select 1 from users)")
                .fetch_one(pool)
                .await?
        }))
    }

    /// The first person and their organization. Of two at once exactly one gets through.
    pub async fn create_first_account(
        &self,
        organization: &Organization,
        user: &User,
        password_hash: &str,
        agents: &[AgentConfiguration],
        workflows: &[WorkflowTemplate],
    ) -> Result<Founded, StoreError> {
        self.found(organization, user, password_hash, agents, workflows, true)
            .await
    }

    /// A further organization, with its admin.
    pub async fn create_organization(
        &self,
        organization: &Organization,
        user: &User,
        password_hash: &str,
        agents: &[AgentConfiguration],
        workflows: &[WorkflowTemplate],
    ) -> Result<Founded, StoreError> {
        self.found(organization, user, password_hash, agents, workflows, false)
            .await
    }

    /// All of it, or nothing.
    async fn found(
        &self,
        organization: &Organization,
        user: &User,
        password_hash: &str,
        agents: &[AgentConfiguration],
        workflows: &[WorkflowTemplate],
        as_first: bool,
    ) -> Result<Founded, StoreError> {
        transaction!(self, |tx| {
            // On SQLite the transaction is alone from its beginning.
            let alone = "lock table users in share row exclusive mode";
            sqlx::query(self.write.sql("select 1", alone))
                .execute(&mut *tx)
                .await?;
            let taken: bool = sqlx::query_scalar("select exists (select 1 from users)")
                .fetch_one(&mut *tx)
                .await?;
            if as_first && taken {
                tx.rollback().await?;
                return Ok(Founded::NotFirst);
            }
            sqlx::query("insert into organizations (id, name, created_at) values ($1, $2, $3)")
                .bind(organization.id.0)
                .bind(organization.name.as_str())
                .bind(organization.created_at)
                .execute(&mut *tx)
                .await?;
            if !insert_user!(tx, user, password_hash) {
                tx.rollback().await?;
                return Ok(Founded::EmailTaken);
            }
            for (position, agent) in (0i64..).zip(agents) {
                agents::insert_agent!(tx, position, agent);
            }
            for (position, workflow) in (0i64..).zip(workflows) {
                workflows::insert_workflow!(tx, position, workflow);
            }
            tx.commit().await?;
            Ok(Founded::Yes)
        })
    }

    /// Adds a person to an organization that exists.
    pub async fn create_account(
        &self,
        user: &User,
        password_hash: &str,
    ) -> Result<Created, StoreError> {
        transaction!(self, |tx| {
            if !insert_user!(tx, user, password_hash) {
                tx.rollback().await?;
                return Ok(Created::EmailTaken);
            }
            tx.commit().await?;
            Ok(Created::Yes)
        })
    }

    pub async fn credentials(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<Credentials>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, CredentialsRow>(concat!(
                "select password_hash, ",
                user_columns!(),
                " from users where email = $1"
            ))
            .bind(email.as_str())
            .fetch_optional(pool)
            .await?
        });
        row.map(Credentials::try_from).transpose()
    }

    pub async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, CredentialsRow>(concat!(
                "select password_hash, ",
                user_columns!(),
                " from users where id = $1"
            ))
            .bind(user.0)
            .fetch_optional(pool)
            .await?
        });
        row.map(Credentials::try_from).transpose()
    }

    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, UserRow>(concat!(
                "select ",
                user_columns!(),
                " from users where id = $1"
            ))
            .bind(id.0)
            .fetch_optional(pool)
            .await?
        });
        row.map(User::try_from).transpose()
    }

    /// Changes the password and ends every session but `keep`.
    pub async fn set_password(
        &self,
        user: UserId,
        hash: &str,
        keep: SessionId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            sqlx::query("update users set password_hash = $2, updated_at = $3 where id = $1")
                .bind(user.0)
                .bind(hash)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            sqlx::query("delete from sessions where user_id = $1 and id <> $2")
                .bind(user.0)
                .bind(keep.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        });
        Ok(())
    }

    /// The same password, hashed with stronger parameters: sessions stay.
    pub async fn set_password_hash(
        &self,
        user: UserId,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        db!(&self.write, |pool| {
            sqlx::query("update users set password_hash = $2, updated_at = $3 where id = $1")
                .bind(user.0)
                .bind(hash)
                .bind(now)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    pub async fn set_preferences(
        &self,
        user: UserId,
        preferences: &Preferences,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let preferences = json("users", user, preferences)?;
        db!(&self.write, |pool| {
            sqlx::query("update users set preferences = $2, updated_at = $3 where id = $1")
                .bind(user.0)
                .bind(&preferences)
                .bind(now)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    pub async fn set_profile_name(
        &self,
        user: UserId,
        name: &PersonName,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        db!(&self.write, |pool| {
            sqlx::query("update users set name = $2, updated_at = $3 where id = $1")
                .bind(user.0)
                .bind(name.as_str())
                .bind(now)
                .execute(pool)
                .await?;
        });
        Ok(())
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
            tx.commit().await?;
            Ok(true)
        })
    }

    /// Deletes a person with everything that is theirs. The last member takes the organization
    /// with them. Somebody who is gone already counts as deleted.
    pub async fn delete_account(&self, user: UserId) -> Result<Deleted, StoreError> {
        transaction!(self, |tx| {
            let organization: Option<Uuid> =
                sqlx::query_scalar("select organization_id from users where id = $1")
                    .bind(user.0)
                    .fetch_optional(&mut *tx)
                    .await?;
            let Some(organization) = organization else {
                tx.rollback().await?;
                return Ok(Deleted::Yes);
            };
            sqlx::query(self.lock_organization())
                .bind(organization)
                .execute(&mut *tx)
                .await?;
            let others: Vec<String> = sqlx::query_scalar(
                "select role from users where organization_id = $1 and id <> $2",
            )
            .bind(organization)
            .bind(user.0)
            .fetch_all(&mut *tx)
            .await?;
            if others.is_empty() {
                sqlx::query("delete from organizations where id = $1")
                    .bind(organization)
                    .execute(&mut *tx)
                    .await?;
            } else if others.iter().any(|role| role == Role::Admin.as_str()) {
                sqlx::query("delete from users where id = $1")
                    .bind(user.0)
                    .execute(&mut *tx)
                    .await?;
            } else {
                // There is always an admin, so the one who wants to leave is the last.
                tx.rollback().await?;
                return Ok(Deleted::LastAdmin);
            }
            tx.commit().await?;
            Ok(Deleted::Yes)
        })
    }

    /// Whoever changes who is an admin waits here, so that two admins cannot leave at once.
    fn lock_organization(&self) -> &'static str {
        self.write.sql(
            "select id from organizations where id = $1",
            "select id from organizations where id = $1 for update",
        )
    }

    pub async fn organization(
        &self,
        id: OrganizationId,
    ) -> Result<Option<Organization>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, OrganizationRow>(
                "select id, name, created_at from organizations where id = $1",
            )
            .bind(id.0)
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(Organization::from))
    }

    /// The only one, as a rule.
    pub async fn oldest_organization(&self) -> Result<Option<Organization>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, OrganizationRow>(
                "select id, name, created_at from organizations order by created_at, id limit 1",
            )
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(Organization::from))
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
}
