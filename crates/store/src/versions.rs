//! What agents and workflows were: every version of them, written beside the change that made it.

use crate::db::{db, row};
use crate::stored::consistent;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{OrganizationId, UserId, Version};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// What a version is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioned {
    Agent,
    Workflow,
}

impl Versioned {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Workflow => "workflow",
        }
    }
}

row! {
    VersionRow {
        version: i64,
        content: Json<Value>,
        created_by: Option<Uuid>,
        created_at: DateTime<Utc>,
    }
}

impl<T: DeserializeOwned> TryFrom<VersionRow> for Version<T> {
    type Error = StoreError;

    fn try_from(row: VersionRow) -> Result<Self, StoreError> {
        const TABLE: &str = "versions";
        let Json(mut content) = row.content;
        // Forms know no version of their own.
        if let Some(fields) = content.as_object_mut() {
            fields.remove("version");
        }
        Ok(Self {
            version: consistent(TABLE, row.version, u32::try_from(row.version))?,
            created_by: row.created_by.map(UserId),
            created_at: row.created_at,
            content: consistent(TABLE, row.version, serde_json::from_value(content))?,
        })
    }
}

/// Keeps a version within the transaction that makes it.
macro_rules! insert_version {
    ($tx:expr, $kind:expr, $organization:expr, $id:expr, $version:expr, $form:expr, $by:expr, $at:expr) => {
        sqlx::query(
            "insert into versions (organization_id, kind, subject_id, version, content, \
                 created_by, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind($organization.0)
        .bind($kind.as_str())
        .bind($id.as_str())
        .bind(i64::from($version))
        .bind($crate::stored::json("versions", $id, $form)?)
        .bind($by.map(|user: domain::UserId| user.0))
        .bind($at)
        .execute(&mut *$tx)
        .await?
    };
}

/// Forgets every version of what is deleted in the same transaction.
macro_rules! delete_versions {
    ($tx:expr, $kind:expr, $organization:expr, $id:expr) => {
        sqlx::query(
            "delete from versions where organization_id = $1 and kind = $2 and subject_id = $3",
        )
        .bind($organization.0)
        .bind($kind.as_str())
        .bind($id.as_str())
        .execute(&mut *$tx)
        .await?
    };
}

pub(crate) use {delete_versions, insert_version};

impl Store {
    /// The latest first.
    pub async fn versions<T: DeserializeOwned>(
        &self,
        organization: OrganizationId,
        kind: Versioned,
        id: &str,
    ) -> Result<Vec<Version<T>>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, VersionRow>(
                "select version, content, created_by, created_at from versions \
                 where organization_id = $1 and kind = $2 and subject_id = $3 \
                 order by version desc",
            )
            .bind(organization.0)
            .bind(kind.as_str())
            .bind(crate::stored::text(id))
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Version::try_from).collect()
    }

    pub async fn version<T: DeserializeOwned>(
        &self,
        organization: OrganizationId,
        kind: Versioned,
        id: &str,
        version: u32,
    ) -> Result<Option<Version<T>>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, VersionRow>(
                "select version, content, created_by, created_at from versions \
                 where organization_id = $1 and kind = $2 and subject_id = $3 and version = $4",
            )
            .bind(organization.0)
            .bind(kind.as_str())
            .bind(crate::stored::text(id))
            .bind(i64::from(version))
            .fetch_optional(pool)
            .await?
        });
        row.map(Version::try_from).transpose()
    }
}
