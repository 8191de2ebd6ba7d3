//! The agents of an organization: everybody reads them, admins change them. Trying them out is in
//! trials.rs.

mod trials;

use crate::access::{Admin, Member};
use crate::audit::Audit;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::idempotency::{Once, Placed, place};
use crate::listing::{Part, agent_place, order};
use crate::models::OrganizationModels;
use crate::versions::{Versions, expect, exported};
use domain::{
    AgentConfig, AgentConfiguration, AgentForm, AgentId, Change, Page, Sort, SortKey, Version,
};
use std::sync::Arc;
use store::{Removed, Store, Versioned};
use tokio::sync::Semaphore;
use uuid::Uuid;

const GONE: Error = Error::NotFound("agent");
const MOST_AGENTS: usize = 200;

/// Those that are switched on, in the order in which they were added.
pub(crate) async fn offered(store: &Store, member: &Member) -> Result<Vec<AgentConfig>> {
    let mut agents = store.agents(member.user().organization_id).await?;
    agents.retain(|agent| agent.is_active);
    agents.sort_by_cached_key(|agent| agent_place(agent, SortKey::CreatedAt));
    Ok(agents.into_iter().map(|agent| agent.config).collect())
}

pub struct Agents {
    audit: Audit,
    store: Store,
    clock: Arc<dyn Clock>,
    models: OrganizationModels,
    trials: Semaphore,
}

impl Agents {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, models: OrganizationModels) -> Self {
        Self {
            audit: Audit::new(store.clone(), clock.clone()),
            store,
            clock,
            models,
            trials: Semaphore::new(trials::AT_ONCE),
        }
    }

    /// In the order in which they were added.
    pub async fn all(&self, member: &Member) -> Result<Vec<AgentConfiguration>> {
        let mut agents = self.store.agents(member.user().organization_id).await?;
        agents.sort_by_cached_key(|agent| agent_place(agent, SortKey::CreatedAt));
        Ok(agents)
    }

    /// Those that a question may be put to, in the order in which they were added.
    pub async fn offered(&self, member: &Member) -> Result<Vec<AgentConfig>> {
        offered(&self.store, member).await
    }

    /// In the order in which they were added, unless sorted; `active` picks those that are, or
    /// are not.
    pub async fn list(
        &self,
        member: &Member,
        active: Option<bool>,
        sort: Option<Sort>,
        part: &Part,
    ) -> Result<Page<AgentConfiguration>> {
        let mut agents = self.store.agents(member.user().organization_id).await?;
        agents.retain(|agent| active.is_none_or(|active| agent.is_active == active));
        let (by, descending) = order(sort);
        part.of(agents, descending, |agent| agent_place(agent, by))
    }

    pub async fn get(&self, member: &Member, id: &AgentId) -> Result<AgentConfiguration> {
        let organization = member.user().organization_id;
        self.store.agent(organization, id).await?.ok_or(GONE)
    }

    /// `once`: the request may come again.
    pub async fn create(
        &self,
        admin: &Admin,
        form: AgentForm,
        once: Option<Once>,
    ) -> Result<AgentConfiguration> {
        let member = admin.member();
        member.writing()?;
        form.check()?;
        let user = member.user();
        let find = async |id: Uuid| {
            let id = AgentId::new(id.to_string());
            self.store.agent(user.organization_id, &id).await
        };
        let id = match place(once, &*self.clock, find, |made| made.created_at).await? {
            Placed::New(id) => id,
            Placed::Made(agent) => return Ok(agent),
        };
        if self.store.agents(user.organization_id).await?.len() >= MOST_AGENTS {
            return Err(Error::Conflict("There are 200 agents. Delete one first."));
        }
        let now = self.clock.now();
        let agent = AgentConfiguration {
            is_active: form.is_active,
            config: form.into_config(AgentId::new(id.to_string()), 1),
            organization_id: user.organization_id,
            created_at: now,
            updated_at: now,
        };
        self.store.insert_agent(&agent, user.id).await?;
        self.record(member, "agents.create", &agent).await?;
        Ok(agent)
    }

    /// Makes a new version. `seen` is the version that the writer knows, where they say so.
    pub async fn replace(
        &self,
        admin: &Admin,
        id: &AgentId,
        form: AgentForm,
        seen: Option<u32>,
    ) -> Result<AgentConfiguration> {
        let member = admin.member();
        member.writing()?;
        form.check()?;
        let old = self.get(member, id).await?;
        expect(seen, old.config.version)?;
        let agent = AgentConfiguration {
            is_active: form.is_active,
            config: form.into_config(old.config.id, old.config.version + 1),
            organization_id: old.organization_id,
            created_at: old.created_at,
            updated_at: self.clock.now(),
        };
        if !self.store.update_agent(&agent, member.user().id).await? {
            return Err(Error::Stale);
        }
        self.record(member, "agents.change", &agent).await?;
        Ok(agent)
    }

    async fn record(&self, by: &Member, action: &str, agent: &AgentConfiguration) -> Result<()> {
        let (id, name) = (&agent.config.id, &agent.config.name);
        self.audit.record(by, action, id, name).await
    }

    /// On or off; the rest stays as it is.
    pub async fn switch(
        &self,
        admin: &Admin,
        id: &AgentId,
        is_active: bool,
        seen: Option<u32>,
    ) -> Result<AgentConfiguration> {
        let agent = self.get(admin.member(), id).await?;
        expect(seen, agent.config.version)?;
        if agent.is_active == is_active {
            admin.member().writing()?;
            return Ok(agent);
        }
        let version = agent.config.version;
        let form = AgentForm {
            is_active,
            ..AgentForm::from(agent)
        };
        self.replace(admin, id, form, Some(version)).await
    }

    /// One that was exported, here or elsewhere, becomes a new one.
    pub async fn import(&self, admin: &Admin, json: &str) -> Result<AgentConfiguration> {
        self.create(admin, exported(json)?, None).await
    }

    /// With its versions. What it said in runs stays.
    pub async fn delete(&self, admin: &Admin, id: &AgentId, seen: Option<u32>) -> Result<()> {
        let member = admin.member();
        member.writing()?;
        let agent = self.get(member, id).await?;
        expect(seen, agent.config.version)?;
        let organization = agent.organization_id;
        match self
            .store
            .delete_agent(organization, id, agent.config.version)
            .await?
        {
            Removed::Yes => self.record(member, "agents.delete", &agent).await,
            Removed::No => Err(Error::Stale),
            Removed::Used(workflow) => Err(Error::InUse(workflow)),
        }
    }

    /// The latest first.
    pub async fn versions(
        &self,
        member: &Member,
        id: &AgentId,
        part: &Part,
    ) -> Result<Page<Version<AgentForm>>> {
        self.of(member, id).await?.list(part).await
    }

    pub async fn version(
        &self,
        member: &Member,
        id: &AgentId,
        version: u32,
    ) -> Result<Version<AgentForm>> {
        self.of(member, id).await?.one(version).await
    }

    pub async fn changes(
        &self,
        member: &Member,
        id: &AgentId,
        from: u32,
        to: u32,
    ) -> Result<Vec<Change>> {
        let versions = self.of(member, id).await?;
        versions.changes::<AgentForm>(from, to).await
    }

    /// The versions of an agent that the member may see.
    async fn of<'a>(&'a self, member: &Member, id: &'a AgentId) -> Result<Versions<'a>> {
        Ok(Versions {
            store: &self.store,
            organization: self.get(member, id).await?.organization_id,
            kind: Versioned::Agent,
            id: id.as_str(),
        })
    }

    /// What it was becomes its next version.
    pub async fn restore(
        &self,
        admin: &Admin,
        id: &AgentId,
        version: u32,
    ) -> Result<AgentConfiguration> {
        let old = self.version(admin.member(), id, version).await?;
        self.replace(admin, id, old.content, None).await
    }
}
