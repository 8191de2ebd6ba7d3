//! What a run has so far, and how it ends: the answer with its metadata, or an error.

use crate::call::Context;
use domain::event::{EventData, HistorySummary, MissingAgent, OutputMetadata, Stopped};
use domain::{AgentId, Contribution, ConversationTitle, Judgement, ModelName, Outcome};
use std::collections::BTreeMap;

/// One draft that was judged.
pub(crate) struct Attempt {
    pub iteration: u32,
    pub draft: String,
    pub judgement: Judgement,
    pub issues: Vec<String>,
}

/// What the run has so far; survives the work being stopped.
#[derive(Default)]
pub(crate) struct Standing {
    pub iterations: u32,
    pub contributions: BTreeMap<AgentId, Contribution>,
    pub best: Option<Attempt>,
    /// Written, not judged yet.
    pub unjudged: Option<(u32, String)>,
    /// The highest score after each round.
    pub tops: Vec<Option<f64>>,
    pub critical_ms: u64,
    pub models: BTreeMap<String, ModelName>,
    pub summary: Option<HistorySummary>,
    pub title: Option<ConversationTitle>,
}

/// A run that ends without an answer.
pub(crate) struct RunFailure {
    pub code: String,
    pub message: String,
}

impl Standing {
    /// The best judged draft, else the unjudged one without a score, else an error.
    pub fn answer(&mut self, context: &Context, stopped: Stopped) -> EventData {
        let brief = &context.brief;
        let (best_iteration, content, judgement) = match (self.best.take(), self.unjudged.take()) {
            (Some(best), _) => (best.iteration, best.draft, best.judgement),
            (None, Some((iteration, draft))) => (iteration, draft, Judgement::default()),
            (None, None) => return RunFailure::nothing_written(stopped).event(),
        };
        let missing: Vec<MissingAgent> = brief
            .agents
            .iter()
            .filter(|agent| !self.contributions.contains_key(&agent.config.id))
            .map(|agent| MissingAgent {
                agent_id: agent.config.id.clone(),
                agent_name: agent.config.name.clone(),
            })
            .collect();
        let score = judgement.score();
        let passed = score.is_some_and(|score| score >= brief.workflow.quality_threshold);
        let outcome = match (missing.is_empty(), passed) {
            (false, _) => Outcome::Degraded,
            (true, true) => Outcome::Passed,
            (true, false) => Outcome::BestEffort,
        };
        let used = context.budget.used();
        let metadata = OutputMetadata {
            outcome,
            passed,
            confidence: judgement.confidence(),
            score,
            self_judged: brief.self_judged(),
            unscored: score.is_none(),
            stopped,
            iterations: self.iterations,
            best_iteration,
            missing,
            calls: used.calls,
            tokens: used.tokens,
            cost_usd: used.cost,
            models: self.models.clone(),
            critical_ms: self.critical_ms,
            wall_ms: None,
            overhead_ms: None,
            history_summary: self.summary.clone(),
            title: self.title.clone(),
        };
        EventData::FinalOutput {
            content,
            html: None,
            metadata: Box::new(metadata),
        }
    }
}

impl RunFailure {
    fn nothing_written(stopped: Stopped) -> Self {
        let (code, message) = match stopped {
            Stopped::Deadline => (
                "deadline_exceeded",
                "The deadline passed before a draft was written.",
            ),
            Stopped::Budget => (
                "budget_exhausted",
                "The budget was used up before a draft was written.",
            ),
            _ => ("internal", "The run ended before a draft was written."),
        };
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    pub fn event(self) -> EventData {
        EventData::Error {
            message: self.message,
            code: self.code,
        }
    }
}
