//! Connections to providers, each with its key as it was encrypted by the caller.

use crate::db::{change, db, row};
use crate::stored::{consistent, json, named};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{Connection, ConnectionId, ConnectionName, OrganizationId, ProviderKind};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

const TABLE: &str = "connections";

/// A connection with its key, which nobody reads here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConnection {
    pub connection: Connection,
    pub sealed_key: Option<Vec<u8>>,
}

row! {
    ConnectionRow {
        id: Uuid,
        provider: String,
        name: String,
        base_url: Option<String>,
        default_model: Option<String>,
        sealed_key: Option<Vec<u8>>,
        last_four: Option<String>,
        models: Json<Value>,
        terms: Json<Value>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

macro_rules! connection_columns {
    () => {
        "id, provider, name, base_url, default_model, sealed_key, last_four, models, terms, \
         created_at, updated_at"
    };
}

impl TryFrom<ConnectionRow> for StoredConnection {
    type Error = StoreError;

    fn try_from(row: ConnectionRow) -> Result<Self, StoreError> {
        let id = row.id;
        let kind = named(
            TABLE,
            id,
            &ProviderKind::ALL,
            ProviderKind::as_str,
            &row.provider,
        );
        Ok(Self {
            connection: Connection {
                id: ConnectionId(id),
                provider: kind?,
                name: consistent(TABLE, id, ConnectionName::try_from(row.name))?,
                base_url: row.base_url,
                default_model: row.default_model,
                last_four: row.last_four,
                models: consistent(TABLE, id, serde_json::from_value(row.models.0))?,
                terms: consistent(TABLE, id, serde_json::from_value(row.terms.0))?,
                created_at: row.created_at,
                updated_at: row.updated_at,
            },
            sealed_key: row.sealed_key,
        })
    }
}

impl Store {
    /// In the order in which they were made.
    pub async fn connections(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<StoredConnection>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, ConnectionRow>(concat!(
                "select ",
                connection_columns!(),
                " from connections where organization_id = $1 order by created_at, id"
            ))
            .bind(organization.0)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(StoredConnection::try_from).collect()
    }

    /// False when the organization has one of that name.
    pub async fn insert_connection(
        &self,
        organization: OrganizationId,
        new: &StoredConnection,
    ) -> Result<bool, StoreError> {
        let StoredConnection {
            connection,
            sealed_key,
        } = new;
        Ok(change!(self, |pool| {
            sqlx::query(
                "insert into connections (id, organization_id, provider, name, base_url, \
                     default_model, sealed_key, last_four, models, created_at, updated_at, terms) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                 on conflict (organization_id, name) do nothing",
            )
            .bind(connection.id.0)
            .bind(organization.0)
            .bind(connection.provider.as_str())
            .bind(connection.name.as_str())
            .bind(&connection.base_url)
            .bind(&connection.default_model)
            .bind(sealed_key)
            .bind(&connection.last_four)
            .bind(json(TABLE, connection.id, &connection.models)?)
            .bind(connection.created_at)
            .bind(connection.updated_at)
            .bind(json(TABLE, connection.id, &connection.terms)?)
            .execute(pool)
            .await?
            .rows_affected()
                == 1
        }))
    }

    /// False when it is gone, was changed after `seen`, or another one has its name by now. Its
    /// provider stays.
    pub async fn update_connection(
        &self,
        organization: OrganizationId,
        new: &StoredConnection,
        seen: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let StoredConnection {
            connection,
            sealed_key,
        } = new;
        Ok(change!(self, |pool| {
            sqlx::query(
                "update connections set base_url = $4, default_model = $5, sealed_key = $6, \
                     last_four = $7, models = $8, updated_at = $9, name = $10, terms = $11 \
                 where id = $1 and organization_id = $2 and updated_at = $3 \
                     and not exists (select 1 from connections other \
                         where other.organization_id = $2 and other.name = $10 \
                             and other.id <> $1)",
            )
            .bind(connection.id.0)
            .bind(organization.0)
            .bind(seen)
            .bind(&connection.base_url)
            .bind(&connection.default_model)
            .bind(sealed_key)
            .bind(&connection.last_four)
            .bind(json(TABLE, connection.id, &connection.models)?)
            .bind(connection.updated_at)
            .bind(connection.name.as_str())
            .bind(json(TABLE, connection.id, &connection.terms)?)
            .execute(pool)
            .await?
            .rows_affected()
                == 1
        }))
    }

    /// False when it is not one of theirs.
    pub async fn delete_connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<bool, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query("delete from connections where id = $1 and organization_id = $2")
                .bind(id.0)
                .bind(organization.0)
                .execute(pool)
                .await?
                .rows_affected()
                == 1
        }))
    }
}
