//! Judging a draft by the checklist, with evidence, and comparing two drafts in both orders.

use crate::call::{Answered, Call, Context, Failed, Shown};
use crate::history::Conversation;
use crate::journal::{StepKey, StepKind};
use crate::llm::ReplyFormat;
use crate::prompt;
use crate::schema::{Better, Bounds, ComparisonReply, DirectiveReply, ItemReply, JudgementReply};
use crate::sentences;
use domain::event::{EventData, Verdict};
use domain::{AgentId, ChecklistItem, JudgedItem, Judgement, LlmConfig, ModelName};

/// A judged draft: the points per item and what the judge would have mended.
pub(crate) struct Judged {
    pub judgement: Judgement,
    pub directives: Vec<DirectiveReply>,
    pub sentences: Vec<String>,
    pub model: ModelName,
    pub latency_ms: u64,
}

impl Context {
    /// Items without valid evidence are asked again once, then void.
    pub async fn judge(
        &self,
        iteration: u32,
        talk: &Conversation,
        checklist: &[ChecklistItem],
        draft: &str,
    ) -> Result<Judged, Box<Failed>> {
        let sentences = sentences::split(draft);
        let started = EventData::JudgingStarted {
            judge_model: self.brief.judge[0].clone(),
            self_judged: self.brief.self_judged(),
        };
        self.output.event(iteration, started).await;
        let first = self
            .judgement(iteration, 1, talk, checklist, &sentences)
            .await?;
        let mut items: Vec<JudgedItem> = checklist
            .iter()
            .map(|item| judged(item, &first.value.items, sentences.len()))
            .collect();
        let mut latency_ms = first.reply.latency_ms;
        let mut step = first.step;

        let void: Vec<ChecklistItem> = checklist
            .iter()
            .zip(&items)
            .filter(|(_, judged)| judged.points.is_none())
            .map(|(item, _)| item.clone())
            .collect();
        if !void.is_empty() && self.budget.allows(1) {
            self.output.keep(iteration, step.take(), Vec::new()).await;
            // An answer to the second question that cannot be read leaves the items void.
            match self.judgement(iteration, 3, talk, &void, &sentences).await {
                Ok(second) => {
                    latency_ms += second.reply.latency_ms;
                    step = second.step;
                    for item in items.iter_mut().filter(|item| item.points.is_none()) {
                        if let Some(asked) = void.iter().find(|asked| asked.id == item.id) {
                            *item = judged(asked, &second.value.items, sentences.len());
                        }
                    }
                }
                Err(failed) => step = failed.step,
            }
        }
        let judgement = Judgement { items };
        let score = judgement.score();
        let scored = EventData::QualityScored {
            score,
            iteration,
            items: judgement.items.clone(),
            self_judged: self.brief.self_judged(),
            unscored: score.is_none(),
        };
        self.output.keep(iteration, step, vec![scored]).await;
        Ok(Judged {
            judgement,
            directives: first.value.directives,
            sentences,
            model: first.reply.model,
            latency_ms,
        })
    }

    async fn judgement(
        &self,
        iteration: u32,
        attempt: u32,
        talk: &Conversation,
        checklist: &[ChecklistItem],
        sentences: &[String],
    ) -> Result<Answered<JudgementReply>, Box<Failed>> {
        let small = self.brief.is_small(&self.brief.judge);
        let agents: Vec<_> = self.brief.agents.iter().collect();
        let ids: Vec<AgentId> = agents.iter().map(|agent| agent.config.id.clone()).collect();
        let bounds = Bounds {
            agents: &ids,
            items: checklist,
            small,
        };
        let prompt = prompt::judgement(&talk.asked(), sentences, checklist, &agents, small);
        let call = self.judge_call(
            StepKey {
                iteration,
                kind: StepKind::Judgement,
                agent: None,
                attempt,
            },
            prompt,
            ReplyFormat::Json(bounds.judgement(sentences.len())),
        );
        self.ask_json(call, |reply: &JudgementReply| {
            if reply.items.is_empty() {
                Err("`items` is empty".to_owned())
            } else {
                Ok(())
            }
        })
        .await
    }

    /// Both orders; a verdict that flips with the order counts as a tie.
    pub async fn compare(
        &self,
        iteration: u32,
        talk: &Conversation,
        checklist: &[ChecklistItem],
        incumbent: (u32, &str),
        challenger: (u32, &str),
    ) -> (Verdict, u64) {
        let mut verdicts = [Verdict::Tie; 2];
        let mut latency_ms = 0;
        let mut last_step = None;
        for (n, swapped) in [false, true].into_iter().enumerate() {
            let (first, second) = if swapped {
                (challenger.1, incumbent.1)
            } else {
                (incumbent.1, challenger.1)
            };
            let prompt = prompt::comparison(&talk.asked(), checklist, first, second);
            let small = self.brief.is_small(&self.brief.judge);
            let call = self.judge_call(
                // Re-asks of the first order take attempt 2.
                StepKey {
                    iteration,
                    kind: StepKind::Comparison,
                    agent: None,
                    attempt: 1 + 2 * n as u32,
                },
                prompt,
                ReplyFormat::Json(
                    Bounds {
                        small,
                        ..Bounds::default()
                    }
                    .comparison(),
                ),
            );
            self.output
                .keep(iteration, last_step.take(), Vec::new())
                .await;
            match self.ask_json::<ComparisonReply>(call, |_| Ok(())).await {
                Ok(Answered { value, reply, step }) => {
                    let better = if swapped {
                        value.better.swapped()
                    } else {
                        value.better
                    };
                    verdicts[n] = match better {
                        Better::First => Verdict::Incumbent,
                        Better::Second => Verdict::Challenger,
                        Better::Tie => Verdict::Tie,
                    };
                    latency_ms += reply.latency_ms;
                    last_step = step;
                }
                // Without a verdict the incumbent stays.
                Err(failed) => last_step = failed.step,
            }
        }
        let verdict = if verdicts[0] == verdicts[1] {
            verdicts[0]
        } else {
            Verdict::Tie
        };
        let kept = if verdict == Verdict::Challenger {
            challenger.0
        } else {
            incumbent.0
        };
        let event = EventData::Comparison {
            incumbent: incumbent.0,
            challenger: challenger.0,
            verdicts,
            kept,
        };
        self.output.keep(iteration, last_step, vec![event]).await;
        (verdict, latency_ms)
    }

    fn judge_call(&self, key: StepKey, prompt: String, format: ReplyFormat) -> Call<'_> {
        let small = self.brief.is_small(&self.brief.judge);
        Call {
            key,
            models: &self.brief.judge,
            config: LlmConfig {
                temperature: Some(0.0),
                max_tokens: small.then_some(400),
                ..LlmConfig::default()
            },
            system: prompt::judge_system(),
            prompt,
            format,
            shown: Shown::Hidden,
            patience: None,
        }
    }
}

fn judged(item: &ChecklistItem, replies: &[ItemReply], sentences: usize) -> JudgedItem {
    let reply = replies.iter().find(|reply| reply.item_id == item.id);
    let evidence: Vec<u32> = reply.map_or_else(Vec::new, |reply| valid(&reply.evidence, sentences));
    let points = reply
        .map(|reply| reply.points)
        .filter(|points| !evidence.is_empty() && (0.0..=5.0).contains(points));
    JudgedItem {
        id: item.id.clone(),
        text: item.text.clone(),
        weight: item.weight,
        accuracy: item.accuracy,
        points,
        evidence,
        reason: reply.map_or_else(String::new, |reply| reply.reason.clone()),
    }
}

/// The sentence numbers that exist.
pub(crate) fn valid(numbers: &[i64], sentences: usize) -> Vec<u32> {
    let mut numbers: Vec<u32> = numbers
        .iter()
        .filter_map(|number| u32::try_from(*number).ok())
        .filter(|number| (1..=sentences).contains(&(*number as usize)))
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
