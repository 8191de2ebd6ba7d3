//! What a run is to do: its workflow, agents and models, as they are when it is asked.

use super::Runs;
use super::start::{Asking, in_range};
use crate::access::Member;
use crate::agents::offered;
use crate::error::{Error, Result};
use domain::{RunId, Workflow, WorkflowId, WorkflowTemplate, shipped};
use engine::brief::{BriefError, History};
use engine::{Brief, ModelChoice};

impl Runs {
    /// The frozen input of the run: workflow, agents and models as they are now.
    pub(super) async fn brief(
        &self,
        member: &Member,
        run: RunId,
        asking: &Asking,
        history: History,
    ) -> Result<Brief> {
        let user = member.user();
        let models = self.models.of(user.organization_id).await?;
        let options = &asking.options;
        let organization = self.store.organization(user.organization_id).await?;
        let organization = organization.ok_or(Error::Unauthorized)?;
        let named = asking.workflow_id.as_ref();
        let of_organization = organization.default_workflow.as_ref();
        let mut workflow = self.workflow(member, named, of_organization).await?;
        let preferred = user.preferences.quality_threshold;
        if let Some(threshold) = options.quality_threshold.or(preferred) {
            in_range(
                "quality_threshold",
                (0.0..=10.0).contains(&threshold),
                "0 to 10",
            )?;
            workflow.quality_threshold = threshold;
        }
        if let Some(rounds) = options.max_iterations {
            in_range(
                "max_iterations",
                (1..=Workflow::MOST_ITERATIONS).contains(&rounds),
                "1 to 20",
            )?;
            workflow.max_n2_iterations = rounds;
        }
        let agents = offered(&self.store, member).await?;
        if let Some(only) = &options.agent_id {
            if !agents.iter().any(|agent| agent.id == *only) {
                return Err(Error::Invalid {
                    field: "agent_id",
                    message: format!("There is no agent {only}, or it is switched off."),
                });
            }
            workflow.agent_ids = vec![only.clone()];
        }
        workflow
            .agent_ids
            .retain(|id| agents.iter().any(|agent| agent.id == *id));
        let choice = ModelChoice {
            request: options.model.clone(),
            user: user.preferences.default_model.clone(),
            organization: organization.default_model,
            ..models.choice
        };
        let mut brief = Brief::new(
            run,
            asking.question.clone(),
            workflow,
            &agents,
            &choice,
            models.llm.as_ref(),
        )
        .map_err(unbriefed)?;
        brief.history = history;
        brief.request_id = Some(asking.request_id.clone());
        Ok(brief)
    }

    /// The one that is named; else the person's own choice, their organization's, the usual one, or
    /// the first there is.
    async fn workflow(
        &self,
        member: &Member,
        named: Option<&WorkflowId>,
        of_organization: Option<&WorkflowId>,
    ) -> Result<Workflow> {
        let user = member.user();
        let usual = WorkflowId::from(shipped::DEFAULT_WORKFLOW);
        let candidates = match named {
            Some(id) => vec![id],
            None => user
                .preferences
                .default_workflow
                .iter()
                .chain(of_organization)
                .chain([&usual])
                .collect(),
        };
        for id in candidates {
            let found: Option<WorkflowTemplate> =
                self.store.workflow(user.organization_id, id).await?;
            if let Some(template) = found.filter(|template| template.is_for(user)) {
                return Ok(template.workflow);
            }
        }
        if named.is_none() {
            let mut offered = self.store.workflows(user.organization_id).await?;
            offered.retain(|template| template.is_for(user));
            if let Some(first) = offered.into_iter().next() {
                return Ok(first.workflow);
            }
        }
        Err(Error::NotFound("workflow"))
    }
}

fn unbriefed(error: BriefError) -> Error {
    match error {
        BriefError::NoModel => Error::NoModel,
        BriefError::NoAgents(_) | BriefError::UnknownAgent { .. } => Error::Invalid {
            field: "workflow_id",
            message: format!("{error}: choose another workflow, or switch its agents on"),
        },
    }
}
