//! The upper layer: Observe, Distill, Integrate. (Adapt is in `repair`, judging in `judge`.)

use crate::call::{Answered, Call, Context, Failed, Shown};
use crate::history::Conversation;
use crate::journal::{StepKey, StepKind};
use crate::llm::{LlmReply, ReplyFormat};
use crate::prompt::{self, Revision};
use crate::schema::{Bounds, CombinedReply, DistillationReply, ObservationReply};
use domain::event::EventData;
use domain::{
    AgentId, ChecklistItem, Claim, Contribution, ConversationTitle, Distillation, ItemId,
    LlmConfig, ModelName, Observation,
};
use std::collections::BTreeSet;

/// What the run is about: made once, then frozen.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub observation: Observation,
    pub checklist: Vec<ChecklistItem>,
    pub title: Option<ConversationTitle>,
}

/// A written draft and what the synthesis took, in milliseconds.
pub(crate) struct Woven {
    pub draft: String,
    pub model: ModelName,
    pub latency_ms: u64,
}

impl Context {
    fn synthesis_call<'a>(
        &'a self,
        iteration: u32,
        kind: StepKind,
        prompt: String,
        format: ReplyFormat,
        shown: Shown,
    ) -> Call<'a> {
        let small = self.brief.is_small(&self.brief.synthesizer);
        Call {
            key: StepKey {
                iteration,
                kind,
                agent: None,
                attempt: 1,
            },
            models: &self.brief.synthesizer,
            config: LlmConfig {
                temperature: Some(0.3),
                max_tokens: small.then_some(700),
                ..LlmConfig::default()
            },
            system: prompt::synthesizer_system(small),
            prompt,
            format,
            shown,
            patience: None,
        }
    }

    /// Staged mode, before the first agent.
    pub async fn observe(&self, talk: &Conversation) -> Result<(Frame, u64), Box<Failed>> {
        let call = self.synthesis_call(
            1,
            StepKind::Observation,
            prompt::observation(&talk.asked()),
            ReplyFormat::Json(Bounds::default().observation()),
            Shown::Hidden,
        );
        let Answered { value, reply, step } = self
            .ask_json::<ObservationReply>(call, check_observation)
            .await?;
        let frame = Frame::from(value);
        self.output.keep(1, step, vec![frame.event()]).await;
        Ok((frame, reply.latency_ms))
    }

    /// Staged mode: distill, then integrate.
    pub async fn weave(
        &self,
        iteration: u32,
        talk: &Conversation,
        frame: &Frame,
        contributions: &[&Contribution],
        revision: Option<Revision<'_>>,
    ) -> Result<Woven, Box<Failed>> {
        let agents = ids(contributions);
        let bounds = Bounds {
            agents: &agents,
            ..Bounds::default()
        };
        let call = self.synthesis_call(
            iteration,
            StepKind::Distillation,
            prompt::distillation(&talk.asked(), contributions),
            ReplyFormat::Json(bounds.distillation()),
            Shown::Hidden,
        );
        let Answered { value, reply, step } =
            self.ask_json::<DistillationReply>(call, |_| Ok(())).await?;
        let distillation = distilled(value, &agents);
        let started = EventData::DraftStarted {
            draft_id: iteration,
        };
        self.output
            .keep(
                iteration,
                step,
                vec![EventData::Distilled(distillation.clone()), started],
            )
            .await;
        let mut latency_ms = reply.latency_ms;

        let prompt = prompt::draft(
            &talk.asked(),
            &frame.observation,
            contributions,
            &distillation,
            revision,
        );
        let call = self.synthesis_call(
            iteration,
            StepKind::Draft,
            prompt,
            ReplyFormat::Text,
            Shown::Answer(&[]),
        );
        let Answered { value, reply, step } = self
            .ask(call, |reply| draft_text(reply, &reply.text))
            .await?;
        self.output
            .keep(iteration, step, vec![completed(iteration, &value)])
            .await;
        latency_ms += reply.latency_ms;
        Ok(Woven {
            draft: value,
            model: reply.model,
            latency_ms,
        })
    }

    /// Combined mode: one call observes (in round 1), distills and drafts.
    pub async fn combine(
        &self,
        iteration: u32,
        talk: &Conversation,
        frame: Option<&Frame>,
        contributions: &[&Contribution],
        revision: Option<Revision<'_>>,
    ) -> Result<(Woven, Frame), Box<Failed>> {
        let small = self.brief.is_small(&self.brief.synthesizer);
        let agents = ids(contributions);
        let bounds = Bounds {
            agents: &agents,
            small,
            ..Bounds::default()
        };
        let observation = frame.map(|frame| &frame.observation);
        let call = self.synthesis_call(
            iteration,
            StepKind::Combined,
            prompt::combined(&talk.asked(), contributions, observation, revision, small),
            ReplyFormat::Json(bounds.combined(frame.is_none())),
            Shown::Answer(&["draft", "answer"]),
        );
        self.output
            .event(
                iteration,
                EventData::DraftStarted {
                    draft_id: iteration,
                },
            )
            .await;
        let Answered { value, reply, step } = self
            .ask(call, |reply| {
                let value: CombinedReply = crate::parse::json(&reply.text)?;
                let draft = draft_text(reply, &value.draft)?;
                let observed = match (frame, value.observation) {
                    (Some(frame), _) => frame.clone(),
                    (None, None) => return Err("`observation` is missing".to_owned()),
                    (None, Some(observation)) => {
                        check_observation(&observation)?;
                        Frame::from(observation)
                    }
                };
                Ok((observed, distilled(value.distillation, &agents), draft))
            })
            .await?;
        let (observed, distillation, draft) = value;
        let mut events = Vec::new();
        if frame.is_none() {
            events.push(observed.event());
        }
        events.push(EventData::Distilled(distillation));
        events.push(completed(iteration, &draft));
        self.output.keep(iteration, step, events).await;
        Ok((
            Woven {
                draft,
                model: reply.model,
                latency_ms: reply.latency_ms,
            },
            observed,
        ))
    }
}

fn completed(draft_id: u32, draft: &str) -> EventData {
    EventData::DraftCompleted {
        draft_id,
        content: draft.to_owned(),
    }
}

fn draft_text(reply: &LlmReply, draft: &str) -> Result<String, String> {
    match draft.trim() {
        "" if reply.truncated => Err("it ended at the token limit before the answer".to_owned()),
        "" => Err("the answer was empty".to_owned()),
        draft => Ok(draft.to_owned()),
    }
}

fn ids(contributions: &[&Contribution]) -> Vec<AgentId> {
    contributions
        .iter()
        .map(|contribution| contribution.agent_id.clone())
        .collect()
}

/// Keeps only what refers to agents that are there.
fn distilled(reply: DistillationReply, agents: &[AgentId]) -> Distillation {
    let claims = reply
        .claims
        .into_iter()
        .map(|claim| Claim {
            text: claim.text,
            agents: claim
                .agents
                .into_iter()
                .filter(|agent| agents.contains(agent))
                .collect(),
            agreement: claim.agreement,
        })
        .filter(|claim| !claim.agents.is_empty())
        .collect();
    let alignment_check = reply
        .alignment_check
        .into_iter()
        .filter(|check| agents.contains(&check.agent_id))
        .map(|check| (check.agent_id, check.aligned))
        .collect();
    Distillation {
        core_insights: reply.core_insights,
        claims,
        alignment_check,
    }
}

fn check_observation(reply: &ObservationReply) -> Result<(), String> {
    if reply
        .checklist
        .iter()
        .any(|item| !item.text.trim().is_empty())
    {
        Ok(())
    } else {
        Err("`checklist` has no items".to_owned())
    }
}

/// What any answer must do; completes a checklist that is too short or lacks accuracy.
fn standard_items() -> Vec<ChecklistItem> {
    [
        (
            "accurate",
            "Facts, figures and reasoning are right, and what is uncertain is said to be.",
            5.0,
            true,
        ),
        (
            "answers",
            "It answers the question that was asked.",
            5.0,
            false,
        ),
        ("actionable", "The person can act on it.", 3.0, false),
        (
            "clear",
            "It is clear and no longer than it needs to be.",
            2.0,
            false,
        ),
    ]
    .into_iter()
    .map(|(id, text, weight, accuracy)| ChecklistItem {
        id: ItemId::from(id),
        text: text.to_owned(),
        weight,
        accuracy,
    })
    .collect()
}

/// The id, or the next one like it that is free.
fn unused(id: String, used: &BTreeSet<String>) -> String {
    let mut free = id.clone();
    let mut n = 2;
    while used.contains(&free) {
        free = format!("{id}-{n}");
        n += 1;
    }
    free
}

impl Frame {
    fn event(&self) -> EventData {
        EventData::Observed {
            observation: self.observation.clone(),
            checklist: self.checklist.clone(),
        }
    }
}

impl From<ObservationReply> for Frame {
    /// Four to ten items with unique ids and weights from 1 to 5, at least one about accuracy.
    fn from(reply: ObservationReply) -> Self {
        let title = reply.title.as_deref();
        let title = title.and_then(ConversationTitle::proposed);
        let mut used = BTreeSet::new();
        let mut checklist: Vec<ChecklistItem> = reply
            .checklist
            .into_iter()
            .filter(|item| !item.text.trim().is_empty())
            .take(10)
            .enumerate()
            .map(|(n, item)| {
                let given = item
                    .id
                    .map(|id| id.trim().to_owned())
                    .filter(|id| !id.is_empty());
                let id = unused(given.unwrap_or_else(|| format!("item-{}", n + 1)), &used);
                used.insert(id.clone());
                ChecklistItem {
                    id: ItemId::new(id),
                    text: item.text.trim().to_owned(),
                    weight: if item.weight.is_finite() {
                        item.weight.clamp(1.0, 5.0)
                    } else {
                        1.0
                    },
                    accuracy: item.accuracy,
                }
            })
            .collect();
        if !checklist.iter().any(|item| item.accuracy) {
            checklist.truncate(9);
        }
        for item in standard_items() {
            let needed = if item.accuracy {
                !checklist.iter().any(|item| item.accuracy)
            } else {
                checklist.len() < 4
            };
            if needed {
                let id = unused(item.id.to_string(), &used);
                checklist.push(ChecklistItem {
                    id: ItemId::new(id),
                    ..item
                });
            }
        }
        let observation = Observation {
            user_intent: reply.user_intent,
            key_requirements: reply.key_requirements,
            context_summary: reply.context_summary,
        };
        Self {
            observation,
            checklist,
            title,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ChecklistReply;

    fn frame(items: &[(Option<&str>, f64, bool)]) -> Vec<(String, f64, bool)> {
        let checklist = items
            .iter()
            .map(|(id, weight, accuracy)| ChecklistReply {
                id: id.map(str::to_owned),
                text: "Text".to_owned(),
                weight: *weight,
                accuracy: *accuracy,
            })
            .collect();
        let reply = ObservationReply {
            user_intent: String::new(),
            key_requirements: Vec::new(),
            context_summary: String::new(),
            title: None,
            checklist,
        };
        Frame::from(reply)
            .checklist
            .into_iter()
            .map(|item| (item.id.to_string(), item.weight, item.accuracy))
            .collect()
    }

    #[test]
    fn checklists_are_completed_never_replaced() {
        let ids = |items: &[(Option<&str>, f64, bool)]| -> Vec<String> {
            frame(items).into_iter().map(|(id, ..)| id).collect()
        };
        let item = |id: &'static str| (Some(id), 2.0, false);
        assert_eq!(
            ids(&[(Some("a"), 2.0, true), item("b"), item("c"), item("d")]),
            ["a", "b", "c", "d"]
        );
        assert_eq!(
            ids(&[item("a"), item("a"), (None, 1.0, false), item("d")]),
            ["a", "a-2", "item-3", "d", "accurate"]
        );
        assert_eq!(
            ids(&[item("a")]),
            ["a", "accurate", "answers", "actionable"]
        );
        assert_eq!(
            frame(&[(Some("a"), 99.0, true), (Some("b"), f64::NAN, false)])[0].1,
            5.0
        );
        // The standard items keep their place when a reply has taken their id.
        assert_eq!(
            ids(&[item("accurate"), (None, 1.0, false), item("item-2")]),
            ["accurate", "item-2", "item-2-2", "accurate-2"]
        );
        let eleven = frame(&[(None, 1.0, false); 11]);
        assert_eq!((eleven.len(), eleven[9].2), (10, true));
    }
}
