//! A run looked at: what its page shows, and one of its agents with another model.

use super::{Exchange, Refused};
use domain::{AgentId, Deliberation, RunId, StepView, Trial};
use leptos::prelude::*;

#[server(ReadDeliberation, protocol = Exchange)]
pub async fn deliberation(id: RunId) -> Result<Deliberation, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.runs.deliberation(&member, id).await?)
}

/// Every provider call of a run, in the order they finished.
#[server(protocol = Exchange)]
pub async fn run_steps(id: RunId) -> Result<Vec<StepView>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.runs.steps(&member, id).await?)
}

/// What one agent of the run says to its question with another model; the run stays as it is.
#[server(protocol = Exchange)]
pub async fn test_agent_again(
    id: RunId,
    agent_id: AgentId,
    other_model: String,
) -> Result<Trial, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let agents = &services.agents;
    let tried = agents.test_again(&admin, id, &agent_id, &other_model);
    Ok(tried.await?)
}
