//! Runs as people read and cancel them; starting them is in start.rs with briefing.rs, how many
//! are accepted in admission.rs, who is before whom in places.rs, answering with what a stopped
//! one has in conclude.rs, what can be seen of one in deliberation.rs. Executing them is the
//! worker's business.

mod admission;
mod briefing;
mod conclude;
mod deliberation;
mod places;
mod revision;
mod start;

use crate::access::Member;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::listing::{Part, number};
use crate::models::OrganizationModels;
use domain::{AgentId, Event, EventData, Page, Run, RunId, StepView};
use engine::journal::Step;
use places::Places;
use std::sync::Arc;
use store::{CancelRequest, Cancelling, Store, StoredStep};

const GONE: Error = Error::NotFound("run");

pub struct Runs {
    store: Store,
    clock: Arc<dyn Clock>,
    models: OrganizationModels,
    bus: Bus,
    places: Places,
}

impl Runs {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        models: OrganizationModels,
        bus: Bus,
    ) -> Self {
        Self {
            store,
            clock,
            models,
            bus,
            places: Places::default(),
        }
    }

    pub async fn get(&self, member: &Member, id: RunId) -> Result<Run> {
        self.store.run(member.scope(), id).await?.ok_or(GONE)
    }

    /// What happened after `after`, at most `limit` of it.
    pub async fn events(
        &self,
        member: &Member,
        id: RunId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>> {
        self.get(member, id).await?;
        Ok(self.store.events(member.scope(), id, after, limit).await?)
    }

    /// The run that a request id started.
    pub async fn by_request(&self, member: &Member, request_id: &str) -> Result<Run> {
        self.store
            .run_by_request(member.user().id, request_id)
            .await?
            .ok_or(GONE)
    }

    /// At any moment; what finished is kept. A run that nobody works on ends before this returns, one
    /// that has ended stays as it is.
    pub async fn cancel(&self, member: &Member, id: RunId) -> Result<()> {
        member.asking()?;
        let cancel = CancelRequest {
            by: member.user().name.to_string(),
            reason: "stopped by the person who asked".to_owned(),
        };
        let cancelling = self
            .store
            .request_cancel(member.scope(), id, &cancel, self.clock.now())
            .await?
            .ok_or(GONE)?;
        match cancelling {
            Cancelling::Ended(event) => self.bus.publish_event(*event),
            Cancelling::Asked => self.bus.cancel(id, cancel),
            Cancelling::Over => {}
        }
        Ok(())
    }

    /// Every provider call with its prompt and reply, in the order they finished.
    pub async fn steps(&self, member: &Member, id: RunId) -> Result<Vec<StepView>> {
        self.get(member, id).await?;
        let scope = member.scope();
        let first = self.store.events(scope, id, 0, 1).await?;
        step_views(self.store.steps(scope, id).await?, first.first())
    }

    async fn finished_steps(&self, member: &Member, id: RunId) -> Result<Vec<Step>> {
        finished(self.store.steps(member.scope(), id).await?)
    }

    /// The same, a page at a time.
    pub async fn steps_page(
        &self,
        member: &Member,
        id: RunId,
        part: &Part,
    ) -> Result<Page<StepView>> {
        // None ever goes, and new ones come last.
        let steps = (0_u32..).zip(self.steps(member, id).await?).collect();
        let page = part.of(steps, false, |(place, _)| (number(*place), String::new()))?;
        Ok(Page {
            items: page.items.into_iter().map(|(_, step)| step).collect(),
            next_cursor: page.next_cursor,
        })
    }
}

fn finished(stored: Vec<StoredStep>) -> Result<Vec<Step>> {
    stored
        .into_iter()
        .map(|stored| serde_json::from_value(stored.step))
        .collect::<Result<_, serde_json::Error>>()
        .map_err(|error| Error::Internal(format!("a stored step cannot be read: {error}")))
}

/// As the run's owner sees them. Its first event says who works.
pub(crate) fn step_views(stored: Vec<StoredStep>, first: Option<&Event>) -> Result<Vec<StepView>> {
    let agents = match first.map(|event| &event.data) {
        Some(EventData::TaskStarted { agents, .. }) => agents.as_slice(),
        _ => &[],
    };
    let version = |id: &AgentId| {
        let agent = agents.iter().find(|agent| agent.id == *id);
        agent.map(|agent| agent.version)
    };
    let steps = finished(stored)?.into_iter();
    Ok(steps
        .map(|step| {
            let version = step.key.agent.as_ref().and_then(version);
            shown(step, version)
        })
        .collect())
}

fn shown(step: Step, agent_version: Option<u32>) -> StepView {
    let reply = step.result.as_ref().ok();
    let tokens = reply.map(|reply| reply.tokens).unwrap_or_default();
    StepView {
        iteration: step.key.iteration,
        kind: step.key.kind.name().to_owned(),
        agent: step.key.agent.as_ref().map(ToString::to_string),
        agent_version,
        attempt: step.key.attempt,
        model: reply.map(|reply| reply.model.to_string()),
        prompt_version: step.prompt_version,
        input_tokens: tokens.input,
        output_tokens: tokens.output,
        cost_usd: match &step.result {
            Ok(reply) => reply.cost,
            Err(error) => error.cost(),
        },
        latency_ms: match &step.result {
            Ok(reply) => reply.latency_ms,
            Err(error) => error.latency_ms,
        },
        system: step.system,
        prompt: step.prompt,
        reply: match step.result {
            Ok(reply) => reply.text,
            Err(error) => error.message,
        },
    }
}
