//! Fits the conversation into the models' context by counted tokens: recent turns whole,
//! older ones as a summary that is made once and kept.

use crate::brief::Turn;
use crate::call::{Call, Context, Failed, Shown};
use crate::journal::{StepKey, StepKind};
use crate::llm::ReplyFormat;
use crate::prompt::{self, Asked};
use domain::LlmConfig;
use domain::event::HistorySummary;

/// The conversation as every prompt of the run shows it.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    question: String,
    pub summary: Option<HistorySummary>,
    /// The turns that the summary does not stand for.
    turns: Vec<Turn>,
}

impl Conversation {
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            question: &self.question,
            summary: self.summary.as_ref().map(|summary| summary.text.as_str()),
            turns: &self.turns,
        }
    }
}

impl Context {
    /// A quarter of the smallest context is the conversation's; the rest is for the work.
    pub async fn fit_history(&self) -> Result<Conversation, Box<Failed>> {
        let brief = &self.brief;
        let model = &brief.synthesizer[0];
        let room = brief
            .traits
            .iter()
            .map(|(_, traits)| traits.context_tokens)
            .min()
            .unwrap_or(8_192)
            / 4;
        let earlier = brief.history.summary.clone();
        let done = earlier
            .as_ref()
            .map_or(0, |summary| summary.turns)
            .min(brief.history.turns.len());
        let open = &brief.history.turns[done..];

        let mut left = room;
        let recent = open
            .iter()
            .rev()
            .take_while(|turn| {
                let tokens = self.llm.count_tokens(model, &turn.text);
                let fits = tokens <= left;
                left = left.saturating_sub(tokens);
                fits
            })
            .count();
        let (old, recent) = open.split_at(open.len() - recent);
        let summary = if old.is_empty() {
            earlier
        } else {
            let text = self.summarise(earlier.as_ref(), old, room).await?;
            Some(HistorySummary {
                text,
                turns: done + old.len(),
            })
        };
        Ok(Conversation {
            question: brief.question.as_str().to_owned(),
            summary,
            turns: recent.to_vec(),
        })
    }

    async fn summarise(
        &self,
        earlier: Option<&HistorySummary>,
        old: &[Turn],
        room: u32,
    ) -> Result<String, Box<Failed>> {
        // Each turn's share keeps one huge paste from crowding out everything else.
        let share = (room as usize * 8 / old.len()).max(200);
        let turns: Vec<Turn> = old
            .iter()
            .map(|turn| Turn {
                speaker: turn.speaker,
                text: turn.text.chars().take(share).collect(),
            })
            .collect();
        let call = Call {
            key: StepKey {
                iteration: 0,
                kind: StepKind::Summary,
                agent: None,
                attempt: 1,
            },
            models: &self.brief.synthesizer,
            config: LlmConfig {
                max_tokens: Some(room.min(600)),
                ..LlmConfig::default()
            },
            system: prompt::summary_system(),
            prompt: prompt::summary(earlier.map(|summary| summary.text.as_str()), &turns),
            format: ReplyFormat::Text,
            shown: Shown::Hidden,
            patience: None,
        };
        let answered = self
            .ask(call, |reply| match reply.text.trim() {
                "" => Err("it was empty".to_owned()),
                text => Ok(text.to_owned()),
            })
            .await?;
        self.output.keep(0, answered.step, Vec::new()).await;
        Ok(answered.value)
    }
}
