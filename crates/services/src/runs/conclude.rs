//! An answer with what a stopped run had finished: a new run on the same question, in which those
//! calls count as made.

use super::Runs;
use super::start::{Asking, NO_MESSAGE, question};
use crate::access::Member;
use crate::error::{Error, Result};
use domain::wire::QueryOptions;
use domain::{Run, RunId, RunStatus};
use engine::{Brief, Journal};

impl Runs {
    /// Agents that had not finished are left out, and no further round begins.
    pub async fn conclude(
        &self,
        member: &Member,
        id: RunId,
        request_id: Option<String>,
    ) -> Result<Run> {
        member.asking()?;
        let scope = member.scope();
        let stopped = self.get(member, id).await?;
        let asked = self.store.message(scope, stopped.question_id).await?;
        let asked = asked.ok_or(NO_MESSAGE)?;
        let asking = Asking {
            question: question(asked.content)?,
            request_id: self.request_id(request_id)?,
            workflow_id: None,
            options: QueryOptions::default(),
        };
        let conversation = Some(asked.conversation_id);
        if let Some(known) = self.known(member, &asking, conversation).await? {
            return Ok(known);
        }
        if stopped.status != RunStatus::Cancelled {
            return Err(Error::Conflict(
                "Only a run that was stopped is answered with what it has.",
            ));
        }
        // The answer becomes the end of what is shown: what was asked since then would vanish.
        let conversation = self.conversation(member, asked.conversation_id).await?;
        if conversation.active_leaf_id != Some(asked.id) {
            return Err(Error::Conflict(
                "The conversation has gone on since this run was stopped. Ask its question again instead.",
            ));
        }
        self.models.of(stopped.organization_id).await?;
        let brief = self.brief_of(member, id).await?;
        let told = self.store.events(scope, id, 0, u32::MAX).await?;
        let told = told.iter().map(|event| &event.data);
        let brief = brief.concluding(told).ok_or(Error::Conflict(
            "No agent had finished when this run was stopped. Ask again instead.",
        ))?;
        if Journal::new(self.finished_steps(member, id).await?).is_outdated() {
            return Err(Error::Conflict(
                "This run was stopped under an earlier version of Overmind, which asked in other words. Ask again instead.",
            ));
        }
        let brief = Brief {
            run_id: RunId(self.clock.new_id()),
            request_id: Some(asking.request_id.clone()),
            ..brief
        };
        let mut place = self.after(member, conversation, asked.parent_id).await?;
        place.again = Some(asked.id);
        place.finished = Some(id);
        self.keep(member, asking, place, brief).await
    }

    async fn brief_of(&self, member: &Member, id: RunId) -> Result<Brief> {
        let brief = self.store.brief(member.scope(), id).await?;
        let brief = brief.ok_or(Error::NotFound("run"))?;
        serde_json::from_value(brief)
            .map_err(|error| Error::Internal(format!("a stored brief cannot be read: {error}")))
    }
}
