//! What an organization's use came to: every member sees its figures, admins also whose they are.
//! The ledger is kept in accounting.rs, the question read in asked.rs, the answer put together in
//! answer.rs.

mod accounting;
mod answer;
mod asked;
mod requests;
mod trials;

pub(crate) use accounting::keep_accounts;
pub use asked::AnalyticsForm;
pub use requests::Requests;
pub(crate) use trials::account_for_trial;

use crate::access::Member;
use crate::clock::Clock;
use crate::error::{Error, Result};
use answer::Material;
use asked::Asked;
use domain::analytics::{Choices, Figures, Interval, Named};
use domain::ledger::Grain;
use domain::{OrganizationId, Role, UserId};
use std::collections::HashMap;
use std::sync::Arc;
use store::{InUse, Store, TallyFilter};

#[derive(Clone)]
pub struct Analytics {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
}

/// How things are called, by id.
#[derive(Default)]
struct Names {
    workflows: HashMap<String, String>,
    agents: HashMap<String, String>,
    users: HashMap<String, String>,
}

impl Analytics {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    pub async fn read(&self, member: &Member, form: AnalyticsForm) -> Result<Figures> {
        let now = self.clock.now();
        let Asked { period, filter } = form.read(now)?;
        let is_admin = member.user().role == Role::Admin;
        if filter.user.is_some() && !is_admin {
            return Err(Error::Forbidden(
                "Only admins see the figures of one person.",
            ));
        }
        // What has ended by now is in it.
        self.account().await?;
        let organization = member.user().organization_id;
        let (from, until) = asked::bounds(period);
        let tallies = TallyFilter {
            organization,
            from,
            until,
            workflow: filter.workflow.clone(),
            agent: filter.agent.clone(),
            model: filter.model.clone(),
            user: filter.user,
        };
        let grain = match period.interval {
            Interval::Hour => Grain::Hour,
            Interval::Day => Grain::Day,
        };
        let by_user = match is_admin {
            true => Some(self.store.tallies_by_user(&tallies).await?),
            false => None,
        };
        let in_use = self.store.used_in_period(organization, from, until).await?;
        let names = self.names(organization).await?;
        let material = Material {
            by_time: self.store.tallies_by_time(&tallies, grain).await?,
            whole: self.store.tallies(&tallies).await?,
            by_user,
            requests: self
                .store
                .requests_by_hour(organization, from, until)
                .await?,
            request_times: self.store.request_times(organization, from, until).await?,
        };
        let choices = names.choices(in_use, is_admin);
        Ok(material.figures(period, filter, choices, now, &names))
    }

    async fn names(&self, organization: OrganizationId) -> Result<Names> {
        let agents = self.store.agents(organization).await?;
        let workflows = self.store.workflows(organization).await?;
        let members = self.store.members(organization).await?;
        Ok(Names {
            workflows: workflows
                .into_iter()
                .map(|it| (it.workflow.id.to_string(), it.workflow.name))
                .collect(),
            agents: agents
                .into_iter()
                .map(|it| (it.config.id.to_string(), it.config.name))
                .collect(),
            users: members
                .into_iter()
                .map(|it| (it.id.to_string(), it.name.to_string()))
                .collect(),
        })
    }

    /// How the organization's people are called, those who are gone by their ids.
    pub(crate) async fn people(&self, organization: OrganizationId) -> Result<People> {
        let members = self.store.members(organization).await?;
        let names = members.into_iter().map(|it| (it.id, it.name.to_string()));
        Ok(People(names.collect()))
    }
}

pub(crate) struct People(HashMap<UserId, String>);

impl People {
    pub fn named(&self, id: UserId) -> Named {
        Named {
            name: self.0.get(&id).cloned().unwrap_or_else(|| GONE.to_owned()),
            id: id.to_string(),
        }
    }
}

/// Their name is not kept.
const GONE: &str = "somebody who is gone";

impl Names {
    fn choices(&self, used: InUse, is_admin: bool) -> Choices {
        let mut models = used.models;
        models.sort_unstable();
        let mut choices = Choices {
            workflows: used
                .workflows
                .into_iter()
                .map(|id| self.workflow(id))
                .collect(),
            agents: used.agents.into_iter().map(|id| self.agent(id)).collect(),
            models: models.into_iter().map(itself).collect(),
            users: Vec::new(),
        };
        if is_admin {
            let users = used.users.into_iter().map(|id| self.user(id.to_string()));
            choices.users = users.collect();
        }
        for named in [
            &mut choices.workflows,
            &mut choices.agents,
            &mut choices.users,
        ] {
            named.sort_unstable_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        }
        choices
    }

    fn workflow(&self, id: String) -> Named {
        let name = self.workflows.get(&id).cloned();
        Named {
            name: name.unwrap_or_else(|| id.clone()),
            id,
        }
    }

    fn agent(&self, id: String) -> Named {
        let name = self.agents.get(&id).cloned();
        Named {
            name: name.unwrap_or_else(|| id.clone()),
            id,
        }
    }

    fn user(&self, id: String) -> Named {
        let name = self.users.get(&id).cloned();
        Named {
            name: name.unwrap_or_else(|| GONE.to_owned()),
            id,
        }
    }
}

fn itself(id: String) -> Named {
    Named {
        name: id.clone(),
        id,
    }
}
