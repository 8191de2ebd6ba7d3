//! People. Their organizations are in organizations.rs, log-ins in sessions.rs, keys in api_keys.rs.

use crate::db::{change, commit, db, row, transaction};
use crate::ledger::settle;
use crate::stored::{consistent, json, named};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{
    EmailAddress, OrganizationId, PersonName, Preferences, Role, SessionId, User, UserId,
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

impl Store {
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(db!(&self.read, |pool| {
            sqlx::query_scalar::<_, bool>("select exists (select 1 from users)")
                .fetch_one(pool)
                .await?
        }))
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
            commit!(self, tx);
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
            commit!(self, tx);
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
        change!(self, |pool| {
            sqlx::query("update users set password_hash = $2, updated_at = $3 where id = $1")
                .bind(user.0)
                .bind(hash)
                .bind(now)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// What is `None` stays as it is.
    pub async fn set_profile(
        &self,
        user: UserId,
        name: Option<&PersonName>,
        preferences: Option<&Preferences>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let preferences = preferences
            .map(|preferences| json("users", user, preferences))
            .transpose()?;
        change!(self, |pool| {
            sqlx::query(
                "update users set name = coalesce($2, name), \
                     preferences = coalesce($3, preferences), updated_at = $4 where id = $1",
            )
            .bind(user.0)
            .bind(name.map(PersonName::as_str))
            .bind(&preferences)
            .bind(now)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// Deletes a person with everything that is theirs. The last member takes the organization
    /// with them. Somebody who is gone already counts as deleted.
    pub async fn delete_account(&self, user: UserId) -> Result<Deleted, StoreError> {
        self.delete_person(user, true).await
    }

    /// The same by somebody else, who must still be there: never the organization.
    pub async fn remove_member(&self, user: UserId) -> Result<Deleted, StoreError> {
        self.delete_person(user, false).await
    }

    async fn delete_person(&self, user: UserId, may_be_last: bool) -> Result<Deleted, StoreError> {
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
            if others.is_empty() && may_be_last {
                sqlx::query("delete from organizations where id = $1")
                    .bind(organization)
                    .execute(&mut *tx)
                    .await?;
            } else if others.iter().any(|role| role == Role::Admin.as_str()) {
                // Whoever keeps an answer locks its conversation first, too.
                sqlx::query(self.write.sql(
                    "select id from conversations where user_id = $1",
                    "select id from conversations where user_id = $1 order by id for update",
                ))
                .bind(user.0)
                .execute(&mut *tx)
                .await?;
                settle!(self, tx, "accounted_at is null and user_id = $1", user.0);
                sqlx::query("delete from users where id = $1")
                    .bind(user.0)
                    .execute(&mut *tx)
                    .await?;
            } else {
                // There is always an admin, so the one who wants to leave is the last.
                tx.rollback().await?;
                return Ok(Deleted::LastAdmin);
            }
            commit!(self, tx);
            Ok(Deleted::Yes)
        })
    }

    /// Whoever changes what has to stay true of an organization as a whole waits here: two admins
    /// cannot leave at once, no workflow comes to name an agent that goes.
    pub(crate) fn lock_organization(&self) -> &'static str {
        self.write.sql(
            "select id from organizations where id = $1",
            "select id from organizations where id = $1 for update",
        )
    }
}
