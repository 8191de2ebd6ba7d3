//! A run under way, told to the MCP client that asked: short sentences as progress notifications,
//! for those who gave a token for them.

use domain::event::EventData;
use domain::{AgentId, Transcript};
use futures::{Stream, StreamExt};
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use rmcp::{Peer, RoleServer};
use services::Seen;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// A model may think for long: many clients give up a call that says nothing for a minute.
const PULSE: Duration = Duration::from_secs(20);

pub struct Listener<'a> {
    peer: &'a Peer<RoleServer>,
    token: Option<ProgressToken>,
    /// Has to grow with every notification.
    told: u32,
    latest: String,
}

impl<'a> Listener<'a> {
    pub fn of(context: &'a RequestContext<RoleServer>) -> Self {
        Self {
            peer: &context.peer,
            token: context.meta.get_progress_token(),
            told: 0,
            latest: String::new(),
        }
    }

    /// Tells what happens, and returns all of it when the run has ended or cannot be watched any
    /// more.
    pub async fn follow(mut self, seen: impl Stream<Item = Seen> + Send) -> Transcript {
        let mut seen = pin!(seen);
        let mut transcript = Transcript::default();
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while transcript.ending.is_none() {
            let next = tokio::select! {
                next = seen.next() => next,
                _ = pulse.tick() => {
                    self.tell().await;
                    continue;
                }
            };
            match next {
                Some(Seen::Event(event)) => {
                    transcript.apply(&event);
                    if let Some(sentence) = sentence(&event.data, &transcript) {
                        self.latest = sentence;
                        pulse.reset();
                        self.tell().await;
                    }
                }
                // The answer is given whole.
                Some(Seen::Delta(_) | Seen::CaughtUp { .. }) => {}
                None => break,
            }
        }
        transcript
    }

    async fn tell(&mut self) {
        let Some(token) = self.token.clone().filter(|_| !self.latest.is_empty()) else {
            return;
        };
        self.told += 1;
        let progress = ProgressNotificationParam::new(token, f64::from(self.told))
            .with_message(self.latest.as_str());
        // Whoever is gone is noticed by the call itself.
        let _ = self.peer.notify_progress(progress).await;
    }
}

/// An event in a few words; `None` where there is nothing new to tell.
fn sentence(event: &EventData, transcript: &Transcript) -> Option<String> {
    let name = |id: &AgentId| {
        let card = transcript.agents.iter().find(|card| card.id == *id);
        card.map_or_else(|| id.to_string(), |card| card.name.clone())
    };
    Some(match event {
        EventData::TaskStarted {
            workflow, agents, ..
        } => format!("{}: {} agents begin", workflow.name, agents.len()),
        EventData::Observed { checklist, .. } => {
            format!("Understood, with {} points to check", checklist.len())
        }
        EventData::AgentCompleted(contribution) => {
            format!("{} contributed", contribution.agent_name)
        }
        EventData::AgentFailed { agent_name, .. } => format!("{agent_name} failed"),
        EventData::SynthesisStarted {} => "Weighing the contributions".to_owned(),
        EventData::DraftStarted { .. } => "Writing the answer".to_owned(),
        EventData::JudgingStarted { .. } => "Judging the answer".to_owned(),
        EventData::QualityScored {
            score: Some(score), ..
        } => format!("Score {score:.1} of 10"),
        EventData::QualityScored { score: None, .. } => "No score: nobody could judge".to_owned(),
        EventData::N2Triggered {
            directives, reason, ..
        } => {
            let names: Vec<String> = directives.keys().map(name).collect();
            match names.is_empty() {
                true => format!("Repairing: {reason}"),
                false => format!("Repairing: {}", names.join(", ")),
            }
        }
        EventData::AgentStarted { .. }
        | EventData::Distilled(_)
        | EventData::DraftCompleted { .. }
        | EventData::Comparison { .. }
        | EventData::FinalOutput { .. }
        | EventData::Cancelled { .. }
        | EventData::Error { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Event, RunId};
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn event(seq: u64, data: Value) -> Event {
        let run = RunId(Uuid::nil());
        let mut event = json!({
            "run_id": run, "conversation_id": run, "seq": seq, "iteration": 1,
            "ts": "2026-01-01T00:00:00Z",
        });
        for (key, value) in data.as_object().unwrap() {
            event[key] = value.clone();
        }
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn a_run_in_short_sentences() {
        let directive =
            json!([{ "item": "c1", "faulty_sentences": [], "required_change": "Name a step" }]);
        let told = [
            (
                json!({ "type": "task_started", "data": {
                    "request_id": null,
                    "task_id": RunId(Uuid::nil()),
                    "workflow": {
                        "id": "quick", "name": "Quick", "quality_threshold": 7.0,
                        "max_n2_iterations": 2,
                    },
                    "agents": [
                        { "id": "creative", "name": "Creative Clarity", "model": "a/b" },
                        { "id": "practical", "name": "Practical Clarity", "model": "a/b" },
                    ],
                } }),
                Some("Quick: 2 agents begin"),
            ),
            (
                json!({ "type": "observed", "data": {
                    "observation": {
                        "user_intent": "", "key_requirements": [], "context_summary": "",
                    },
                    "checklist": [],
                } }),
                Some("Understood, with 0 points to check"),
            ),
            (
                json!({ "type": "agent_started", "data": {
                    "agent_id": "creative", "agent_name": "Creative Clarity", "model": "a/b",
                } }),
                None,
            ),
            (
                json!({ "type": "agent_completed", "data": {
                    "agent_id": "creative", "agent_name": "Creative Clarity", "iteration": 1,
                    "output": "1. So", "lines": ["So"], "detail": null, "model": "a/b",
                    "tokens": { "input": 1, "output": 1 }, "tokens_used": 2, "cost_usd": null,
                    "latency_ms": 5,
                } }),
                Some("Creative Clarity contributed"),
            ),
            (
                json!({ "type": "agent_failed", "data": {
                    "agent_id": "practical", "agent_name": "Practical Clarity", "code": "timeout",
                    "message": "too slow", "retryable": true,
                } }),
                Some("Practical Clarity failed"),
            ),
            (
                json!({ "type": "synthesis_started", "data": {} }),
                Some("Weighing the contributions"),
            ),
            (
                json!({ "type": "draft_started", "data": { "draft_id": 1 } }),
                Some("Writing the answer"),
            ),
            (
                json!({ "type": "draft_completed", "data": { "draft_id": 1, "content": "So." } }),
                None,
            ),
            (
                json!({ "type": "judging_started", "data": {
                    "judge_model": "a/b", "self_judged": false,
                } }),
                Some("Judging the answer"),
            ),
            (
                json!({ "type": "quality_scored", "data": {
                    "score": 8.44, "iteration": 1, "items": [], "self_judged": false,
                    "unscored": false,
                } }),
                Some("Score 8.4 of 10"),
            ),
            (
                json!({ "type": "quality_scored", "data": {
                    "score": null, "iteration": 1, "items": [], "self_judged": false,
                    "unscored": true,
                } }),
                Some("No score: nobody could judge"),
            ),
            (
                json!({ "type": "n2_triggered", "data": {
                    "reason": "Below the threshold", "iteration": 2,
                    "directives": { "creative": directive, "unknown": [] }, "issues": [],
                } }),
                Some("Repairing: Creative Clarity, unknown"),
            ),
            (
                json!({ "type": "n2_triggered", "data": {
                    "reason": "Below the threshold", "iteration": 2, "directives": {},
                    "issues": [],
                } }),
                Some("Repairing: Below the threshold"),
            ),
            (
                json!({ "type": "cancelled", "data": { "by": "Ada", "reason": "enough" } }),
                None,
            ),
        ];
        let mut transcript = Transcript::default();
        for (seq, (data, expected)) in (1..).zip(told) {
            let event = event(seq, data);
            transcript.apply(&event);
            let said = sentence(&event.data, &transcript);
            assert_eq!(said.as_deref(), expected, "{:?}", event.data);
        }
    }
}
