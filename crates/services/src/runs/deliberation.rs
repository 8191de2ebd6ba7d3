//! A run as its page shows it: when its calls were made, what its drafts differ in, what each repair
//! bought. It is computed from what is stored, so a run under way can be looked at as well.

use super::Runs;
use crate::access::Member;
use crate::error::{Error, Result};
use crate::{markdown, rewording};
use domain::deliberation::{Call, Piece, PieceChange, RenderedDraft, Revision, Timeline, gains};
use domain::transcript::{Draft, Ending};
use domain::{Deliberation, RunId, Transcript};
use store::StoredStep;

impl Runs {
    /// Who worked when; of a run that somebody took up.
    pub async fn timeline(&self, member: &Member, id: RunId) -> Result<Timeline> {
        let seen = self.deliberation(member, id).await?;
        let waits = Error::Conflict("This run still waits: nobody has worked on it yet.");
        seen.timeline.ok_or(waits)
    }

    pub async fn deliberation(&self, member: &Member, id: RunId) -> Result<Deliberation> {
        let run = self.get(member, id).await?;
        let scope = member.scope();
        let question = self.store.message(scope, run.question_id).await?;
        let question = question.ok_or(Error::NotFound("question"))?;
        let calls = self.store.steps(scope, id).await?;
        let calls: Vec<Call> = calls.into_iter().map(call).collect();
        let events = self.store.events(scope, id, 0, u32::MAX).await?;
        let now = self.clock.now();
        let timeline = run
            .started_at
            .map(|started_at| Timeline::of(started_at, &events, &calls, now));
        let transcript = Transcript::from_events(&events);
        Ok(Deliberation {
            question: question.content,
            timeline,
            gains: gains(&events, &calls),
            revision: revised(&transcript),
            drafts: rendered(transcript.drafts).await?,
            run,
            events,
        })
    }
}

fn call(step: StoredStep) -> Call {
    Call {
        iteration: step.iteration,
        kind: step.kind,
        agent: step.agent_id,
        model: step.model,
        finished_at: step.finished_at,
        latency_ms: step.latency_ms,
        tokens: step.tokens,
        cost: step.cost,
    }
}

async fn rendered(drafts: Vec<Draft>) -> Result<Vec<RenderedDraft>> {
    let render = |draft: Draft| RenderedDraft {
        id: draft.id,
        html: markdown::render(&draft.content),
    };
    tokio::task::spawn_blocking(move || drafts.into_iter().map(render).collect())
        .await
        .map_err(|error| Error::Internal(format!("drafts cannot be rendered: {error}")))
}

/// From the first draft to the one that became the answer, else to the latest.
fn revised(transcript: &Transcript) -> Option<Revision> {
    let drafts = &transcript.drafts;
    let returned = match &transcript.ending {
        Some(Ending::Answer { metadata, .. }) => drafts
            .iter()
            .find(|draft| draft.id == metadata.best_iteration)?,
        _ => drafts.last()?,
    };
    let first = drafts.first()?;
    (drafts.len() > 1).then(|| revision(first, returned))
}

fn revision(first: &Draft, returned: &Draft) -> Revision {
    let paragraphs = rewording::of_texts(&first.content, &returned.content);
    let words = |change| {
        let pieces = paragraphs.iter().flatten();
        pieces
            .filter(|piece: &&Piece| piece.change == change)
            .map(|piece| piece.text.split_whitespace().count())
            .sum()
    };
    Revision {
        first: first.id,
        returned: returned.id,
        words_added: words(PieceChange::Added),
        words_removed: words(PieceChange::Removed),
        paragraphs,
    }
}
