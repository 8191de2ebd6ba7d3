//! The agents an organization keeps. What they were before is in versions.rs.

use crate::db::{commit, db, row, transaction};
use crate::stored::{consistent, json, text};
use crate::versions::{Versioned, delete_versions, insert_version};
use crate::workflows::DefinitionRow;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{AgentConfig, AgentConfiguration, AgentForm, AgentId, OrganizationId, UserId};
use sqlx::types::Json;
use uuid::Uuid;

/// What became of a wish to delete an agent or a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    Yes,
    /// There is none, or not in that version any more.
    No,
    /// The workflow of that name needs it.
    Used(String),
}

row! {
    AgentRow {
        organization_id: Uuid,
        config: Json<AgentConfig>,
        is_active: bool,
        version: i64,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

macro_rules! agent_columns {
    () => {
        "organization_id, config, is_active, version, created_at, updated_at"
    };
}

/// Inserts an agent with its first version within a transaction, at the end of the list.
macro_rules! insert_agent {
    ($tx:expr, $agent:expr, $by:expr) => {{
        let agent: &domain::AgentConfiguration = $agent;
        let config = &agent.config;
        sqlx::query(
            "insert into agents (organization_id, id, position, config, is_active, version, \
                 created_at, updated_at) \
             select $1, $2, coalesce(max(position), -1) + 1, $3, $4, $5, $6, $7 \
             from agents where organization_id = $1",
        )
        .bind(agent.organization_id.0)
        .bind(config.id.as_str())
        .bind($crate::stored::json("agents", &config.id, config)?)
        .bind(agent.is_active)
        .bind(i64::from(config.version))
        .bind(agent.created_at)
        .bind(agent.updated_at)
        .execute(&mut *$tx)
        .await?;
        $crate::versions::insert_version!(
            $tx,
            $crate::versions::Versioned::Agent,
            agent.organization_id,
            &config.id,
            config.version,
            &domain::AgentForm::from(agent.clone()),
            $by,
            agent.updated_at
        );
    }};
}

pub(crate) use insert_agent;

impl TryFrom<AgentRow> for AgentConfiguration {
    type Error = StoreError;

    fn try_from(row: AgentRow) -> Result<Self, StoreError> {
        let mut config = row.config.0;
        config.version = consistent("agents", &config.id, u32::try_from(row.version))?;
        Ok(Self {
            config,
            organization_id: OrganizationId(row.organization_id),
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Store {
    /// In the order in which they were added.
    pub async fn agents(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<AgentConfiguration>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, AgentRow>(concat!(
                "select ",
                agent_columns!(),
                " from agents where organization_id = $1 order by position, id"
            ))
            .bind(organization.0)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(AgentConfiguration::try_from).collect()
    }

    pub async fn agent(
        &self,
        organization: OrganizationId,
        id: &AgentId,
    ) -> Result<Option<AgentConfiguration>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, AgentRow>(concat!(
                "select ",
                agent_columns!(),
                " from agents where organization_id = $1 and id = $2"
            ))
            .bind(organization.0)
            .bind(text(id.as_str()))
            .fetch_optional(pool)
            .await?
        });
        row.map(AgentConfiguration::try_from).transpose()
    }

    pub async fn insert_agent(
        &self,
        agent: &AgentConfiguration,
        by: UserId,
    ) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            insert_agent!(tx, agent, Some(by));
            commit!(self, tx);
        });
        Ok(())
    }

    /// Writes the version that follows the stored one; false when somebody was faster.
    pub async fn update_agent(
        &self,
        agent: &AgentConfiguration,
        by: UserId,
    ) -> Result<bool, StoreError> {
        let config = &agent.config;
        let record = json("agents", &config.id, config)?;
        let form = AgentForm::from(agent.clone());
        transaction!(self, |tx| {
            let changed = sqlx::query(
                "update agents set config = $3, is_active = $4, version = $5, updated_at = $6 \
                 where organization_id = $1 and id = $2 and version = $5 - 1",
            )
            .bind(agent.organization_id.0)
            .bind(config.id.as_str())
            .bind(&record)
            .bind(agent.is_active)
            .bind(i64::from(config.version))
            .bind(agent.updated_at)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if changed == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            insert_version!(
                tx,
                Versioned::Agent,
                agent.organization_id,
                &config.id,
                config.version,
                &form,
                Some(by),
                agent.updated_at
            );
            commit!(self, tx);
            Ok(true)
        })
    }

    /// With its versions, unless a workflow needs it. Workflows are written under the same lock, so
    /// that none comes to name it meanwhile.
    pub async fn delete_agent(
        &self,
        organization: OrganizationId,
        id: &AgentId,
        version: u32,
    ) -> Result<Removed, StoreError> {
        transaction!(self, |tx| {
            sqlx::query(self.lock_organization())
                .bind(organization.0)
                .execute(&mut *tx)
                .await?;
            let deleted = sqlx::query(
                "delete from agents where organization_id = $1 and id = $2 and version = $3",
            )
            .bind(organization.0)
            .bind(id.as_str())
            .bind(i64::from(version))
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if deleted == 0 {
                tx.rollback().await?;
                return Ok(Removed::No);
            }
            let workflows: Vec<DefinitionRow> =
                sqlx::query_as("select definition from workflows where organization_id = $1")
                    .bind(organization.0)
                    .fetch_all(&mut *tx)
                    .await?;
            let using = workflows
                .into_iter()
                .map(|row| row.definition.0)
                .find(|workflow| workflow.agent_ids.contains(id));
            if let Some(workflow) = using {
                tx.rollback().await?;
                return Ok(Removed::Used(workflow.name));
            }
            delete_versions!(tx, Versioned::Agent, organization, id);
            commit!(self, tx);
            Ok(Removed::Yes)
        })
    }
}
