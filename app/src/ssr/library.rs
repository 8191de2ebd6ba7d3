//! Agents and workflows for their pages: which service a page means, and what it tells in words.

mod differences;

use super::{admin, go_on, signed_in};
use crate::api::Refused;
use crate::api::library::{Difference, Entry, History, Listed, Offered, Saved, Sheet, Shelf};
use differences::difference;
use domain::{
    AgentConfiguration, AgentForm, AgentId, Fields, Page, Version, Workflow, WorkflowForm,
    WorkflowId, WorkflowTemplate,
};
use services::{Error, Member, Part, Services};

/// As many as one page of the services has at most.
const VERSIONS: u32 = 100;

impl From<AgentConfiguration> for Saved {
    fn from(agent: AgentConfiguration) -> Self {
        Self {
            id: agent.config.id.to_string(),
            name: agent.config.name,
            version: agent.config.version,
            is_active: agent.is_active,
            estimate: String::new(),
        }
    }
}

impl From<WorkflowTemplate> for Saved {
    fn from(template: WorkflowTemplate) -> Self {
        let workflow = template.workflow;
        Self {
            estimate: estimate(&workflow),
            id: workflow.id.to_string(),
            name: workflow.name,
            version: workflow.version,
            is_active: true,
        }
    }
}

pub async fn listed(shelf: Shelf) -> Result<Listed, Refused> {
    let (services, member) = signed_in()?;
    let entries = match shelf {
        Shelf::Agents => {
            let agents = services.agents.all(&member).await?;
            agents.into_iter().map(agent_entry).collect()
        }
        Shelf::Workflows => {
            let workflows = services.workflows.offered(&member).await?;
            workflows.into_iter().map(workflow_entry).collect()
        }
    };
    Ok(Listed {
        entries,
        may_add: may_add(shelf, &member),
    })
}

fn may_add(shelf: Shelf, member: &Member) -> bool {
    match shelf {
        Shelf::Agents => member.user().role == domain::Role::Admin,
        Shelf::Workflows => member.user().role.may_ask(),
    }
}

fn agent_entry(agent: AgentConfiguration) -> Entry {
    let config = agent.config;
    let model = config.llm_config.model;
    let model = model.map_or_else(|| t!("the usual model").to_owned(), |it| it.to_string());
    Entry {
        id: config.id.to_string(),
        name: config.name,
        text: config.role,
        facts: t!(
            "{model}, version {version}",
            model,
            version = config.version
        ),
        mark: (!agent.is_active).then(|| t!("Off").to_owned()),
    }
}

fn workflow_entry(template: WorkflowTemplate) -> Entry {
    let workflow = template.workflow;
    Entry {
        facts: plural!(
            workflow.agent_ids.len(),
            "1 agent, about {calls} calls a round, version {version}",
            "{count} agents, about {calls} calls a round, version {version}",
            calls = workflow.first_round_calls(),
            version = workflow.version
        ),
        id: workflow.id.to_string(),
        name: workflow.name,
        text: workflow.description,
        mark: template.is_public.then(|| t!("Public").to_owned()),
    }
}

/// What a question takes, and how many agents may fail.
fn estimate(workflow: &Workflow) -> String {
    let (first, most) = (workflow.first_round_calls(), workflow.most_calls());
    let agents = workflow.agent_ids.len();
    let calls = if most <= first {
        t!("About {most} calls.", most)
    } else {
        t!(
            "About {first} calls in the first round, about {most} if every round is needed.",
            first,
            most
        )
    };
    let quorum = match Workflow::quorum(agents) {
        all if all == agents => t!("Every agent has to answer.").to_owned(),
        quorum => t!(
            "{quorum} of {agents} agents have to answer.",
            quorum,
            agents
        ),
    };
    format!("{calls} {quorum}")
}

pub async fn blank(shelf: Shelf) -> Result<Sheet, Refused> {
    let (services, member) = signed_in()?;
    let fields = match shelf {
        Shelf::Agents => Fields::from([("is_active".to_owned(), "on".to_owned())]),
        Shelf::Workflows => WorkflowForm::usual().to_fields(),
    };
    Ok(Sheet {
        state: Saved::default(),
        fields,
        agents: offered(shelf, &services, &member).await?,
        may_change: may_add(shelf, &member),
    })
}

async fn offered(
    shelf: Shelf,
    services: &Services,
    member: &Member,
) -> Result<Vec<Offered>, Refused> {
    if shelf == Shelf::Agents {
        return Ok(Vec::new());
    }
    let agents = services.agents.all(member).await?.into_iter();
    let offered = agents.map(|agent| Offered {
        id: agent.config.id.to_string(),
        name: agent.config.name,
        is_active: agent.is_active,
    });
    Ok(offered.collect())
}

pub async fn sheet(shelf: Shelf, id: String) -> Result<Sheet, Refused> {
    let (services, member) = signed_in()?;
    let agents = offered(shelf, &services, &member).await?;
    Ok(match shelf {
        Shelf::Agents => {
            let agent = services.agents.get(&member, &AgentId::new(id)).await?;
            Sheet {
                state: agent.clone().into(),
                fields: AgentForm::from(agent).to_fields(),
                agents,
                may_change: may_add(shelf, &member),
            }
        }
        Shelf::Workflows => {
            let id = WorkflowId::new(id);
            let template = services.workflows.get(&member, &id).await?;
            Sheet {
                state: template.clone().into(),
                may_change: template.is_changed_by(member.user()),
                fields: WorkflowForm::from(template).to_fields(),
                agents,
            }
        }
    })
}

pub async fn create(shelf: Shelf, fields: &Fields) -> Result<Saved, Refused> {
    let saved: Saved = match shelf {
        Shelf::Agents => {
            let (services, admin) = admin()?;
            let form = AgentForm::from_fields(fields).map_err(in_a_field)?;
            let made = services.agents.create(&admin, form, None).await;
            made.map_err(in_a_field)?.into()
        }
        Shelf::Workflows => {
            let (services, member) = signed_in()?;
            let form = WorkflowForm::from_fields(fields).map_err(in_a_field)?;
            let made = services.workflows.create(&member, form, None).await;
            made.map_err(in_a_field)?.into()
        }
    };
    go_on(&shelf.page_of(&saved.id));
    Ok(saved)
}

pub async fn save(
    shelf: Shelf,
    id: String,
    seen: Option<u32>,
    fields: &Fields,
) -> Result<Saved, Refused> {
    Ok(match shelf {
        Shelf::Agents => {
            let (services, admin) = admin()?;
            let form = AgentForm::from_fields(fields).map_err(in_a_field)?;
            let agents = &services.agents;
            let made = agents.replace(&admin, &AgentId::new(id), form, seen).await;
            made.map_err(in_a_field)?.into()
        }
        Shelf::Workflows => {
            let (services, member) = signed_in()?;
            let form = WorkflowForm::from_fields(fields).map_err(in_a_field)?;
            let (workflows, id) = (&services.workflows, WorkflowId::new(id));
            let made = workflows.replace(&member, &id, form, seen).await;
            made.map_err(in_a_field)?.into()
        }
    })
}

pub async fn delete(shelf: Shelf, id: String, seen: Option<u32>) -> Result<(), Refused> {
    match shelf {
        Shelf::Agents => {
            let (services, admin) = admin()?;
            let agents = &services.agents;
            agents.delete(&admin, &AgentId::new(id), seen).await?;
        }
        Shelf::Workflows => {
            let (services, member) = signed_in()?;
            let workflows = &services.workflows;
            workflows
                .delete(&member, &WorkflowId::new(id), seen)
                .await?;
        }
    }
    go_on(shelf.path());
    Ok(())
}

pub async fn import(shelf: Shelf, json: &str) -> Result<Saved, Refused> {
    let saved: Saved = match shelf {
        Shelf::Agents => {
            let (services, admin) = admin()?;
            services.agents.import(&admin, json).await?.into()
        }
        Shelf::Workflows => {
            let (services, member) = signed_in()?;
            services.workflows.import(&member, json).await?.into()
        }
    };
    go_on(&shelf.page_of(&saved.id));
    Ok(saved)
}

pub async fn restore(shelf: Shelf, id: String, version: u32) -> Result<Saved, Refused> {
    let saved: Saved = match shelf {
        Shelf::Agents => {
            let (services, admin) = admin()?;
            let (agents, id) = (&services.agents, AgentId::new(id));
            agents.restore(&admin, &id, version).await?.into()
        }
        Shelf::Workflows => {
            let (services, member) = signed_in()?;
            let (workflows, id) = (&services.workflows, WorkflowId::new(id));
            workflows.restore(&member, &id, version).await?.into()
        }
    };
    go_on(&shelf.page_of(&saved.id));
    Ok(saved)
}

pub async fn history(shelf: Shelf, id: String) -> Result<History, Refused> {
    let (services, member) = signed_in()?;
    let part = Part {
        cursor: None,
        limit: Some(VERSIONS),
    };
    Ok(match shelf {
        Shelf::Agents => {
            let id = AgentId::new(id);
            let agent = services.agents.get(&member, &id).await?;
            let page = services.agents.versions(&member, &id, &part).await?;
            of_versions(agent.into(), may_add(shelf, &member), page)
        }
        Shelf::Workflows => {
            let id = WorkflowId::new(id);
            let template = services.workflows.get(&member, &id).await?;
            let may_change = template.is_changed_by(member.user());
            let page = services.workflows.versions(&member, &id, &part).await?;
            of_versions(template.into(), may_change, page)
        }
    })
}

fn of_versions<F>(state: Saved, may_change: bool, page: Page<Version<F>>) -> History {
    let versions = page.items.into_iter();
    History {
        state,
        may_change,
        versions: versions.map(|it| (it.version, it.created_at)).collect(),
        has_more: page.next_cursor.is_some(),
    }
}

pub async fn differences(
    shelf: Shelf,
    id: String,
    from: u32,
    to: u32,
) -> Result<Vec<Difference>, Refused> {
    let (services, member) = signed_in()?;
    let changes = match shelf {
        Shelf::Agents => {
            let id = AgentId::new(id);
            services.agents.changes(&member, &id, from, to).await?
        }
        Shelf::Workflows => {
            let id = WorkflowId::new(id);
            services.workflows.changes(&member, &id, from, to).await?
        }
    };
    Ok(changes.into_iter().map(difference).collect())
}

/// As the form names its fields. Where it has none of that name, the form says it as a whole.
fn in_a_field(error: impl Into<Error>) -> Refused {
    let mut refused = Refused::from(error.into());
    let field = refused.0.error.field.take();
    refused.0.error.field = field
        .filter(|field| field != "budget")
        .map(|field| format!("fields[{field}]"));
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_says_what_it_takes() {
        let workflows = domain::shipped::workflows();
        assert_eq!(
            workflows.iter().map(estimate).collect::<Vec<_>>(),
            [
                "About 3 calls. Every agent has to answer.",
                "About 5 calls in the first round, about 10 if every round is needed. 2 of 3 agents have to answer.",
                "About 10 calls in the first round, about 37 if every round is needed. 4 of 6 agents have to answer.",
            ]
        );
    }

    #[test]
    fn errors_name_the_fields_of_the_form() {
        let field = |field| {
            let message = String::new();
            let refused = in_a_field(Error::Invalid { field, message });
            refused.0.error.field
        };
        assert_eq!(field("goal").as_deref(), Some("fields[goal]"));
        assert_eq!(field("budget"), None);
    }
}
