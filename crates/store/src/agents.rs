//! The agents an organization keeps.

use crate::db::{db, row};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{AgentConfig, AgentConfiguration, OrganizationId};
use sqlx::types::Json;
use uuid::Uuid;

row! {
    AgentRow {
        organization_id: Uuid,
        config: Json<AgentConfig>,
        is_active: bool,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

/// Inserts an agent within a transaction.
macro_rules! insert_agent {
    ($tx:expr, $position:expr, $agent:expr) => {{
        let agent: &domain::AgentConfiguration = $agent;
        sqlx::query(
            "insert into agents (organization_id, id, position, config, is_active, created_at, \
                 updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(agent.organization_id.0)
        .bind(agent.config.id.as_str())
        .bind($position)
        .bind($crate::stored::json(
            "agents",
            &agent.config.id,
            &agent.config,
        )?)
        .bind(agent.is_active)
        .bind(agent.created_at)
        .bind(agent.updated_at)
        .execute(&mut *$tx)
        .await?;
    }};
}

pub(crate) use insert_agent;

impl From<AgentRow> for AgentConfiguration {
    fn from(row: AgentRow) -> Self {
        Self {
            config: row.config.0,
            organization_id: OrganizationId(row.organization_id),
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Store {
    /// In the order in which they were added.
    pub async fn agents(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<AgentConfiguration>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, AgentRow>(
                "select organization_id, config, is_active, created_at, updated_at \
                 from agents where organization_id = $1 order by position, id",
            )
            .bind(organization.0)
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(AgentConfiguration::from).collect())
    }
}
