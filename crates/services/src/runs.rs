//! Runs as people read and cancel them; starting them is in start.rs with briefing.rs, how many
//! are accepted in admission.rs, who is before whom in places.rs, answering with what a stopped
//! one has in conclude.rs, what can be seen of one in deliberation.rs, what was sent to models in
//! prompts.rs. Executing them is the worker's business.

mod admission;
mod briefing;
mod conclude;
mod deliberation;
mod places;
mod prompts;
mod start;

pub(crate) use prompts::Prompts;

use crate::access::Member;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::listing::{Part, number};
use crate::models::OrganizationModels;
use domain::{Event, Page, Run, RunId, StepView};
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
    prompts: Prompts,
}

impl Runs {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        models: OrganizationModels,
        bus: Bus,
    ) -> Self {
        Self {
            prompts: Prompts::new(store.clone(), models.clone()),
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
        self.prompts.of(scope, id, first.first()).await
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
