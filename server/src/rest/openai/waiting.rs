//! A client that waits for its run: what it is told of it, and what becomes of the run when the
//! client hangs up.

use super::fault::Fault;
use crate::rest::Process;
use async_stream::stream;
use domain::event::OutputMetadata;
use domain::{ApiError, ErrorCode, EventData, RunId};
use futures::{Stream, StreamExt};
use services::{Member, Seen, Services};
use std::sync::Arc;
use tokio::runtime::Handle;

/// What there is to tell of a run; the last one is its end.
#[derive(Debug)]
pub enum Told {
    /// One sentence on how it goes.
    Thought(String),
    Ended(Ended),
}

#[derive(Debug)]
pub enum Ended {
    Answered {
        content: String,
        metadata: Box<OutputMetadata>,
    },
    Failed(Fault),
}

pub struct Waiting {
    pub services: Arc<Services>,
    pub member: Member,
    pub run: RunId,
    pub process: Process,
    /// When it hangs up, the run is of no use to anybody.
    pub cancels: bool,
}

impl Waiting {
    /// To the run's end, or until the client may not watch any more or the process stops.
    pub fn told(mut self) -> impl Stream<Item = Told> + Send + 'static {
        stream! {
            let services = self.services.clone();
            let (member, closing) = (self.member.clone(), self.process.closing.clone());
            let mut ended = None;
            match services.watch(member, self.run, 0, closing).await {
                Ok(seen) => {
                    let mut seen = Box::pin(seen);
                    while let Some(seen) = seen.next().await {
                        let Seen::Event(event) = seen else { continue };
                        if let Some(thought) = thought(&event.data) {
                            yield Told::Thought(thought);
                        } else if let Some(end) = end(&event.data) {
                            self.cancels = false;
                            ended = Some(end);
                        }
                    }
                }
                Err(error) => ended = Some(Ended::Failed(ApiError::from(error).into())),
            }
            let ended = match ended {
                Some(ended) => ended,
                None => Ended::Failed(self.lost().await),
            };
            yield Told::Ended(ended);
        }
    }

    /// Why the run cannot be followed to its end.
    async fn lost(&self) -> Fault {
        let busy = |message: &str| ApiError::from_code(ErrorCode::Busy, message);
        if self.process.closing.is_cancelled() {
            return busy("The server stops: ask again in a moment.").into();
        }
        match self.services.accounts.again(&self.member).await {
            Err(error) => ApiError::from(error).into(),
            Ok(_) => busy("The run cannot be followed any more: ask again in a moment.").into(),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Without a runtime the process is ending, and the run with it.
        let (true, Ok(runtime)) = (self.cancels, Handle::try_current()) else {
            return;
        };
        let (services, member, run) = (self.services.clone(), self.member.clone(), self.run);
        let cancelling = async move {
            if let Err(error) = services.runs.cancel(&member, run).await {
                tracing::warn!(%run, %error, "a run goes on although its client hung up");
            }
        };
        self.process.tasks.spawn_on(cancelling, &runtime);
    }
}

fn end(event: &EventData) -> Option<Ended> {
    match event {
        EventData::FinalOutput {
            content, metadata, ..
        } => Some(Ended::Answered {
            content: content.clone(),
            metadata: metadata.clone(),
        }),
        EventData::Cancelled { reason, .. } => Some(Ended::Failed(Fault::cancelled(reason))),
        EventData::Error { message, code } => Some(Ended::Failed(Fault::failed(code, message))),
        _ => None,
    }
}

/// Drafts are not shown: one that is replaced must not look like the answer.
fn thought(event: &EventData) -> Option<String> {
    let thought = match event {
        EventData::TaskStarted {
            workflow, agents, ..
        } => {
            let agents: Vec<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
            format!("{} begins with {}.", workflow.name, agents.join(", "))
        }
        EventData::Observed { .. } => "The question is understood.".to_owned(),
        EventData::AgentCompleted(contribution) => {
            format!("{} contributes.", contribution.agent_name)
        }
        EventData::AgentFailed {
            agent_name,
            message,
            ..
        } => format!("{agent_name} is missing: {message}"),
        EventData::SynthesisStarted {} => "The contributions are woven.".to_owned(),
        EventData::Distilled(_) => "Their core is distilled.".to_owned(),
        EventData::DraftCompleted { .. } => "A draft is written.".to_owned(),
        EventData::JudgingStarted { .. } => "The draft is judged.".to_owned(),
        EventData::QualityScored {
            score: Some(score), ..
        } => format!("Score {score:.1} of 10."),
        EventData::QualityScored { score: None, .. } => "The draft could not be scored.".to_owned(),
        EventData::Comparison { kept, .. } => {
            format!("Two drafts are compared: that of round {kept} stays.")
        }
        EventData::N2Triggered { issues, .. } => format!("Repairing: {}.", issues.join("; ")),
        EventData::AgentStarted { .. }
        | EventData::DraftStarted { .. }
        | EventData::FinalOutput { .. }
        | EventData::Cancelled { .. }
        | EventData::Error { .. } => return None,
    };
    Some(thought)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn thoughts_say_how_it_goes_and_never_what_a_draft_says() {
        let scored = |score| EventData::QualityScored {
            score,
            iteration: 1,
            items: Vec::new(),
            self_judged: false,
            unscored: false,
        };
        for (event, words) in [
            (scored(Some(8.42)), Some("Score 8.4 of 10.")),
            (scored(None), Some("The draft could not be scored.")),
            (
                EventData::N2Triggered {
                    reason: "The draft scored 8.4.".to_owned(),
                    iteration: 1,
                    directives: BTreeMap::new(),
                    issues: vec!["Names no owner".to_owned(), "No date".to_owned()],
                },
                Some("Repairing: Names no owner; No date."),
            ),
            (
                EventData::DraftCompleted {
                    draft_id: 1,
                    content: "Secret until judged.".to_owned(),
                },
                Some("A draft is written."),
            ),
            (EventData::DraftStarted { draft_id: 1 }, None),
        ] {
            assert_eq!(thought(&event).as_deref(), words, "{event:?}");
            assert!(end(&event).is_none());
        }
    }

    #[test]
    fn a_run_that_was_cancelled_or_failed_ends_with_a_fault() {
        for (event, status) in [
            (
                EventData::Cancelled {
                    by: "Ada".to_owned(),
                    reason: "stopped by the person who asked".to_owned(),
                },
                409,
            ),
            (
                EventData::Error {
                    message: "The deadline passed.".to_owned(),
                    code: "deadline_exceeded".to_owned(),
                },
                503,
            ),
        ] {
            let Some(Ended::Failed(fault)) = end(&event) else {
                panic!("{event:?} is an end");
            };
            assert_eq!(fault.place(), (status, None));
            assert!(thought(&event).is_none());
        }
    }
}
