//! The workflows an organization keeps.

use crate::db::{db, row};
use crate::stored::text;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::{OrganizationId, UserId, Workflow, WorkflowId, WorkflowTemplate};
use sqlx::types::Json;
use uuid::Uuid;

row! {
    WorkflowRow {
        organization_id: Uuid,
        definition: Json<Workflow>,
        is_public: bool,
        created_by: Option<Uuid>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

macro_rules! workflow_columns {
    () => {
        "organization_id, definition, is_public, created_by, created_at, updated_at"
    };
}

/// Inserts a workflow within a transaction.
macro_rules! insert_workflow {
    ($tx:expr, $position:expr, $template:expr) => {{
        let template: &domain::WorkflowTemplate = $template;
        let workflow = &template.workflow;
        sqlx::query(
            "insert into workflows (organization_id, id, position, definition, is_public, \
                 created_by, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(template.organization_id.0)
        .bind(workflow.id.as_str())
        .bind($position)
        .bind($crate::stored::json("workflows", &workflow.id, workflow)?)
        .bind(template.is_public)
        .bind(template.created_by.map(|user| user.0))
        .bind(template.created_at)
        .bind(template.updated_at)
        .execute(&mut *$tx)
        .await?;
    }};
}

pub(crate) use insert_workflow;

impl From<WorkflowRow> for WorkflowTemplate {
    fn from(row: WorkflowRow) -> Self {
        Self {
            workflow: row.definition.0,
            organization_id: OrganizationId(row.organization_id),
            is_public: row.is_public,
            created_by: row.created_by.map(UserId),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
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
        Ok(rows.into_iter().map(WorkflowTemplate::from).collect())
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
        Ok(row.map(WorkflowTemplate::from))
    }
}
