//! The organizations' data keys, each as it was encrypted with the master key, which never comes here.

use crate::db::{change, commit, db, row, transaction};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::OrganizationId;
use uuid::Uuid;

row! {
    DataKeyRow {
        organization_id: Uuid,
        sealed: Vec<u8>,
    }
}

/// Opens a data key with the old master key and encrypts it with the new one.
pub type Reseal<'a> = dyn Fn(OrganizationId, &[u8]) -> Option<Vec<u8>> + Sync + 'a;

/// How a change of the master key went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resealed {
    /// So many data keys.
    All(usize),
    /// This one could not be opened, and nothing was changed.
    Refused(OrganizationId),
}

impl Store {
    pub async fn data_key(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(db!(&self.read, |pool| {
            sqlx::query_scalar("select sealed from data_keys where organization_id = $1")
                .bind(organization.0)
                .fetch_optional(pool)
                .await?
        }))
    }

    /// False when there is one already, which stays.
    pub async fn insert_data_key(
        &self,
        organization: OrganizationId,
        sealed: &[u8],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query(
                "insert into data_keys (organization_id, sealed, created_at) values ($1, $2, $3) \
                 on conflict (organization_id) do nothing",
            )
            .bind(organization.0)
            .bind(sealed)
            .bind(now)
            .execute(pool)
            .await?
            .rows_affected()
                == 1
        }))
    }

    /// Any of them, to try a master key on.
    pub async fn some_data_key(&self) -> Result<Option<(OrganizationId, Vec<u8>)>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, DataKeyRow>(
                "select organization_id, sealed from data_keys order by organization_id limit 1",
            )
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(|row| (OrganizationId(row.organization_id), row.sealed)))
    }

    /// All of them, or none when `reseal` cannot open one.
    pub async fn reseal_data_keys(&self, reseal: &Reseal<'_>) -> Result<Resealed, StoreError> {
        transaction!(self, |tx| {
            // Nobody adds one meanwhile. On SQLite the transaction is alone from its beginning.
            let alone = "lock table data_keys in share row exclusive mode";
            sqlx::query(self.write.sql("select 1", alone))
                .execute(&mut *tx)
                .await?;
            let rows = sqlx::query_as::<_, DataKeyRow>(
                "select organization_id, sealed from data_keys order by organization_id",
            )
            .fetch_all(&mut *tx)
            .await?;
            let count = rows.len();
            for row in rows {
                let organization = OrganizationId(row.organization_id);
                let Some(sealed) = reseal(organization, &row.sealed) else {
                    tx.rollback().await?;
                    return Ok(Resealed::Refused(organization));
                };
                sqlx::query("update data_keys set sealed = $2 where organization_id = $1")
                    .bind(organization.0)
                    .bind(sealed)
                    .execute(&mut *tx)
                    .await?;
            }
            commit!(self, tx);
            Ok(Resealed::All(count))
        })
    }
}
