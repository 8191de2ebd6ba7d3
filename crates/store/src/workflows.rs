//! The workflows an organization keeps. What they were before is in versions.rs.

use crate::db::{commit, db, row, transaction};
use crate::stored::{consistent, json, text};
use crate::versions::{Versioned, delete_versions, insert_version};
use crate::{Removed, Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{
    AgentId, OrganizationId, UserId, Workflow, WorkflowForm, WorkflowId, WorkflowTemplate,
};
use sqlx::types::Json;
use uuid::Uuid;

/// What became of a wish to write a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Yes,
    /// Somebody was faster.
    No,
    /// It names an agent that there is not.
    NoAgent(AgentId),
}

row! {
    DefinitionRow { definition: Json<Workflow> }
}

row! {
    WorkflowRow {
        organization_id: Uuid,
        definition: Json<Workflow>,
        is_public: bool,
        version: i64,
        created_by: Option<Uuid>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

macro_rules! workflow_columns {
    () => {
        "organization_id, definition, is_public, version, created_by, created_at, updated_at"
    };
}

/// Inserts a workflow with its first version within a transaction, at the end of the list.
macro_rules! insert_workflow {
    ($tx:expr, $template:expr) => {{
        let template: &domain::WorkflowTemplate = $template;
        let workflow = &template.workflow;
        sqlx::query(
            "insert into workflows (organization_id, id, position, definition, is_public, \
                 version, created_by, created_at, updated_at) \
             select $1, $2, coalesce(max(position), -1) + 1, $3, $4, $5, $6, $7, $8 \
             from workflows where organization_id = $1",
        )
        .bind(template.organization_id.0)
        .bind(workflow.id.as_str())
        .bind($crate::stored::json("workflows", &workflow.id, workflow)?)
        .bind(template.is_public)
        .bind(i64::from(workflow.version))
        .bind(template.created_by.map(|user| user.0))
        .bind(template.created_at)
        .bind(template.updated_at)
        .execute(&mut *$tx)
        .await?;
        $crate::versions::insert_version!(
            $tx,
            $crate::versions::Versioned::Workflow,
            template.organization_id,
            &workflow.id,
            workflow.version,
            &domain::WorkflowForm::from(template.clone()),
            template.created_by,
            template.updated_at
        );
    }};
}

pub(crate) use insert_workflow;

/// The first agent that a workflow names and that is neither there nor among those it had, within
/// a transaction that has locked the organization: none of them goes before it commits.
macro_rules! missing_agent {
    ($tx:expr, $template:expr, $had:expr) => {{
        let template: &WorkflowTemplate = $template;
        let had: &[AgentId] = $had;
        let known: Vec<String> =
            sqlx::query_scalar("select id from agents where organization_id = $1")
                .bind(template.organization_id.0)
                .fetch_all(&mut *$tx)
                .await?;
        let is_there = |id: &AgentId| known.iter().any(|known| known == id.as_str());
        let mut named = template.workflow.agent_ids.iter();
        named.find(|id| !is_there(id) && !had.contains(id)).cloned()
    }};
}

impl TryFrom<WorkflowRow> for WorkflowTemplate {
    type Error = StoreError;

    fn try_from(row: WorkflowRow) -> Result<Self, StoreError> {
        let mut workflow = row.definition.0;
        workflow.version = consistent("workflows", &workflow.id, u32::try_from(row.version))?;
        Ok(Self {
            workflow,
            organization_id: OrganizationId(row.organization_id),
            is_public: row.is_public,
            created_by: row.created_by.map(UserId),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Store {
    /// In the order in which they were added.
    pub async fn workflows(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<WorkflowTemplate>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, WorkflowRow>(concat!(
                "select ",
                workflow_columns!(),
                " from workflows where organization_id = $1 order by position, id"
            ))
            .bind(organization.0)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(WorkflowTemplate::try_from).collect()
    }

    pub async fn workflow(
        &self,
        organization: OrganizationId,
        id: &WorkflowId,
    ) -> Result<Option<WorkflowTemplate>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, WorkflowRow>(concat!(
                "select ",
                workflow_columns!(),
                " from workflows where organization_id = $1 and id = $2"
            ))
            .bind(organization.0)
            .bind(text(id.as_str()))
            .fetch_optional(pool)
            .await?
        });
        row.map(WorkflowTemplate::try_from).transpose()
    }

    pub async fn insert_workflow(
        &self,
        template: &WorkflowTemplate,
    ) -> Result<Written, StoreError> {
        transaction!(self, |tx| {
            sqlx::query(self.lock_organization())
                .bind(template.organization_id.0)
                .execute(&mut *tx)
                .await?;
            if let Some(agent) = missing_agent!(tx, template, &[]) {
                tx.rollback().await?;
                return Ok(Written::NoAgent(agent));
            }
            insert_workflow!(tx, template);
            commit!(self, tx);
        });
        Ok(Written::Yes)
    }

    /// Writes the version that follows the stored one. Agents that it named before may stay, also
    /// when they are gone.
    pub async fn update_workflow(
        &self,
        template: &WorkflowTemplate,
        by: UserId,
    ) -> Result<Written, StoreError> {
        let workflow = &template.workflow;
        let record = json("workflows", &workflow.id, workflow)?;
        let form = WorkflowForm::from(template.clone());
        transaction!(self, |tx| {
            sqlx::query(self.lock_organization())
                .bind(template.organization_id.0)
                .execute(&mut *tx)
                .await?;
            let old = sqlx::query_as::<_, DefinitionRow>(
                "select definition from workflows where organization_id = $1 and id = $2",
            )
            .bind(template.organization_id.0)
            .bind(workflow.id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
            let had = old
                .map(|row| row.definition.0.agent_ids)
                .unwrap_or_default();
            if let Some(agent) = missing_agent!(tx, template, &had) {
                tx.rollback().await?;
                return Ok(Written::NoAgent(agent));
            }
            let changed = sqlx::query(
                "update workflows set definition = $3, is_public = $4, version = $5, \
                     updated_at = $6 \
                 where organization_id = $1 and id = $2 and version = $5 - 1",
            )
            .bind(template.organization_id.0)
            .bind(workflow.id.as_str())
            .bind(&record)
            .bind(template.is_public)
            .bind(i64::from(workflow.version))
            .bind(template.updated_at)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if changed == 0 {
                tx.rollback().await?;
                return Ok(Written::No);
            }
            insert_version!(
                tx,
                Versioned::Workflow,
                template.organization_id,
                &workflow.id,
                workflow.version,
                &form,
                Some(by),
                template.updated_at
            );
            commit!(self, tx);
            Ok(Written::Yes)
        })
    }

    /// With its versions.
    pub async fn delete_workflow(
        &self,
        organization: OrganizationId,
        id: &WorkflowId,
        version: u32,
    ) -> Result<Removed, StoreError> {
        transaction!(self, |tx| {
            let deleted = sqlx::query(
                "delete from workflows where organization_id = $1 and id = $2 and version = $3",
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
            delete_versions!(tx, Versioned::Workflow, organization, id);
            commit!(self, tx);
            Ok(Removed::Yes)
        })
    }
}
