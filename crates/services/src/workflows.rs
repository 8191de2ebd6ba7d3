//! The workflows of an organization: who may ask makes them, creators and admins change them,
//! admins publish them.

use crate::access::Member;
use crate::audit::Audit;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::idempotency::{Once, Placed, place};
use crate::listing::{Part, order, workflow_place};
use crate::versions::{Versions, expect, exported};
use domain::{
    AgentId, Change, Estimate, OfferedWorkflow, Page, Role, Sort, Version, WorkflowForm,
    WorkflowId, WorkflowTemplate, shipped,
};
use std::sync::Arc;
use store::{Removed, Store, Versioned, Written};
use uuid::Uuid;

const GONE: Error = Error::NotFound("workflow");
const MOST_WORKFLOWS: usize = 500;
/// How many of a person's latest answers say what the next one will take.
const REMEMBERED: u32 = 30;

pub struct Workflows {
    audit: Audit,
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Workflows {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            audit: Audit::new(store.clone(), clock.clone()),
            store,
            clock,
        }
    }

    /// Those that the person may use, their default first.
    pub async fn offered(&self, member: &Member) -> Result<Vec<WorkflowTemplate>> {
        let user = member.user();
        let mut workflows = self.store.workflows(user.organization_id).await?;
        workflows.retain(|template| template.is_for(user));
        let organization = self.store.organization(user.organization_id).await?;
        let usual = WorkflowId::from(shipped::DEFAULT_WORKFLOW);
        let chosen = [
            user.preferences.default_workflow.clone(),
            organization.and_then(|organization| organization.default_workflow),
            Some(usual),
        ];
        // The first of them that is still there, as for a question that names none.
        let first = chosen.into_iter().flatten().find(|id| {
            let mut all = workflows.iter();
            all.any(|template| template.workflow.id == *id)
        });
        workflows.sort_by_key(|template| Some(&template.workflow.id) != first.as_ref());
        Ok(workflows)
    }

    /// The same, with what the person's latest answers took.
    pub async fn offered_with_estimates(&self, member: &Member) -> Result<Vec<OfferedWorkflow>> {
        let spent = self.store.spent_lately(member.scope(), REMEMBERED).await?;
        let offer = |template: WorkflowTemplate| {
            let workflow = template.workflow;
            let of_it = spent.iter().filter(|run| run.workflow_id == workflow.id);
            OfferedWorkflow {
                estimate: Estimate::of(of_it),
                workflow,
            }
        };
        let offered = self.offered(member).await?;
        Ok(offered.into_iter().map(offer).collect())
    }

    /// Those that the person may use, their default first, unless sorted; `public` picks those
    /// that are published, or are not.
    pub async fn list(
        &self,
        member: &Member,
        public: Option<bool>,
        sort: Option<Sort>,
        part: &Part,
    ) -> Result<Page<WorkflowTemplate>> {
        let mut workflows = self.offered(member).await?;
        let first = workflows.first().map(|it| it.workflow.id.clone());
        let first = first.filter(|_| sort.is_none());
        workflows.retain(|template| public.is_none_or(|public| template.is_public == public));
        let (by, descending) = order(sort);
        part.of(workflows, descending, |template| {
            let (key, id) = workflow_place(template, by);
            let is_first = first.as_ref() == Some(&template.workflow.id);
            (format!("{}{key}", u8::from(!is_first)), id)
        })
    }

    pub async fn get(&self, member: &Member, id: &WorkflowId) -> Result<WorkflowTemplate> {
        let user = member.user();
        let found = self.store.workflow(user.organization_id, id).await?;
        found.filter(|template| template.is_for(user)).ok_or(GONE)
    }

    /// `once`: the request may come again.
    pub async fn create(
        &self,
        member: &Member,
        form: WorkflowForm,
        once: Option<Once>,
    ) -> Result<WorkflowTemplate> {
        member.asking()?;
        let user = member.user();
        if form.is_public {
            publishing(member)?;
        }
        form.check()?;
        let find = async |id: Uuid| {
            let id = WorkflowId::new(id.to_string());
            self.store.workflow(user.organization_id, &id).await
        };
        let id = match place(once, &*self.clock, find, |made| made.created_at).await? {
            Placed::New(id) => id,
            Placed::Made(workflow) => return Ok(workflow),
        };
        if self.store.workflows(user.organization_id).await?.len() >= MOST_WORKFLOWS {
            return Err(Error::Conflict(
                "There are 500 workflows. Delete one first.",
            ));
        }
        let now = self.clock.now();
        let template = WorkflowTemplate {
            is_public: form.is_public,
            workflow: form.into_workflow(WorkflowId::new(id.to_string()), 1),
            organization_id: user.organization_id,
            created_by: Some(user.id),
            created_at: now,
            updated_at: now,
        };
        written(self.store.insert_workflow(&template).await?)?;
        self.record(member, "workflows.create", &template).await?;
        Ok(template)
    }

    /// One that was exported, here or elsewhere, becomes a new one of the importer's own.
    pub async fn import(&self, member: &Member, json: &str) -> Result<WorkflowTemplate> {
        member.asking()?;
        let form = WorkflowForm {
            is_public: false,
            ..exported(json)?
        };
        self.create(member, form, None).await
    }

    /// Makes a new version. `seen` is the version that the writer knows, where they say so.
    pub async fn replace(
        &self,
        member: &Member,
        id: &WorkflowId,
        form: WorkflowForm,
        seen: Option<u32>,
    ) -> Result<WorkflowTemplate> {
        let old = self.changeable(member, id).await?;
        if form.is_public != old.is_public {
            publishing(member)?;
        }
        form.check()?;
        expect(seen, old.workflow.version)?;
        let template = WorkflowTemplate {
            is_public: form.is_public,
            workflow: form.into_workflow(old.workflow.id, old.workflow.version + 1),
            updated_at: self.clock.now(),
            organization_id: old.organization_id,
            created_by: old.created_by,
            created_at: old.created_at,
        };
        let by = member.user().id;
        written(self.store.update_workflow(&template, by).await?)?;
        self.record(member, "workflows.change", &template).await?;
        Ok(template)
    }

    async fn record(&self, by: &Member, action: &str, template: &WorkflowTemplate) -> Result<()> {
        let (id, name) = (&template.workflow.id, &template.workflow.name);
        self.audit.record(by, action, id, name).await
    }

    /// With its versions. Runs that used it stay.
    pub async fn delete(&self, member: &Member, id: &WorkflowId, seen: Option<u32>) -> Result<()> {
        let template = self.changeable(member, id).await?;
        let version = template.workflow.version;
        expect(seen, version)?;
        let organization = template.organization_id;
        match self
            .store
            .delete_workflow(organization, id, version)
            .await?
        {
            Removed::Yes => self.record(member, "workflows.delete", &template).await,
            Removed::No | Removed::Used(_) => Err(Error::Stale),
        }
    }

    /// The latest first.
    pub async fn versions(
        &self,
        member: &Member,
        id: &WorkflowId,
        part: &Part,
    ) -> Result<Page<Version<WorkflowForm>>> {
        self.of(member, id).await?.list(part).await
    }

    pub async fn version(
        &self,
        member: &Member,
        id: &WorkflowId,
        version: u32,
    ) -> Result<Version<WorkflowForm>> {
        self.of(member, id).await?.one(version).await
    }

    pub async fn changes(
        &self,
        member: &Member,
        id: &WorkflowId,
        from: u32,
        to: u32,
    ) -> Result<Vec<Change>> {
        let versions = self.of(member, id).await?;
        versions.changes::<WorkflowForm>(from, to).await
    }

    /// The versions of a workflow that the member may see.
    async fn of<'a>(&'a self, member: &Member, id: &'a WorkflowId) -> Result<Versions<'a>> {
        Ok(Versions {
            store: &self.store,
            organization: self.get(member, id).await?.organization_id,
            kind: Versioned::Workflow,
            id: id.as_str(),
        })
    }

    /// What it was becomes its next version. Whether it is published stays as it is.
    pub async fn restore(
        &self,
        member: &Member,
        id: &WorkflowId,
        version: u32,
    ) -> Result<WorkflowTemplate> {
        let now = self.changeable(member, id).await?;
        let old = self.version(member, id, version).await?;
        let form = WorkflowForm {
            is_public: now.is_public,
            ..old.content
        };
        self.replace(member, id, form, None).await
    }

    async fn changeable(&self, member: &Member, id: &WorkflowId) -> Result<WorkflowTemplate> {
        member.writing()?;
        let template = self.get(member, id).await?;
        if template.is_changed_by(member.user()) {
            Ok(template)
        } else {
            Err(Error::Forbidden(
                "Only its creator and admins change a workflow.",
            ))
        }
    }
}

fn written(written: Written) -> Result<()> {
    match written {
        Written::Yes => Ok(()),
        Written::No => Err(Error::Stale),
        Written::NoAgent(agent) => Err(no_agent(&agent)),
    }
}

/// Whoever wrote the id may have written anything.
fn no_agent(id: &AgentId) -> Error {
    Error::Invalid {
        field: "agent_ids",
        message: format!("There is no agent “{:.100}”.", id.as_str()),
    }
}

fn publishing(member: &Member) -> Result<()> {
    match member.user().role {
        Role::Admin => Ok(()),
        _ => Err(Error::Forbidden("Only admins publish workflows.")),
    }
}
