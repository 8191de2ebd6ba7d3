//! How a run ended: in one label, and in the figures beside it.

use crate::components::figures;
use domain::event::OutputMetadata;
use domain::run;
use domain::transcript::{Ending, Transcript};
use leptos::prelude::*;
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    label: String,
    score: Option<f64>,
    /// Somebody is missing: the label names them, and the score stands beside it.
    degraded: bool,
    /// The colour of its dot; the label says the same.
    colour: &'static str,
}

impl Outcome {
    /// `None` while the run goes on.
    pub fn of(transcript: &Transcript) -> Option<Self> {
        Some(match transcript.ending.as_ref()? {
            Ending::Answer { metadata, .. } => Self::answered(metadata),
            Ending::Cancelled { .. } => Self::without_answer(t!("Cancelled"), "bg-muted"),
            Ending::Failed { .. } => Self::without_answer(t!("Failed"), "bg-bad"),
        })
    }

    fn answered(metadata: &OutputMetadata) -> Self {
        let (label, colour) = match metadata.outcome {
            run::Outcome::Passed => (t!("Passed").to_owned(), "bg-good"),
            run::Outcome::BestEffort => (t!("Best effort").to_owned(), "bg-warn"),
            run::Outcome::Degraded => {
                let names: Vec<_> = metadata
                    .missing
                    .iter()
                    .map(|agent| agent.agent_name.as_str())
                    .collect();
                let names = names.join(", ");
                (t!("Degraded: {names} missing", names), "bg-bad")
            }
        };
        Self {
            label,
            score: metadata.score,
            degraded: metadata.outcome == run::Outcome::Degraded,
            colour,
        }
    }

    fn without_answer(label: &str, colour: &'static str) -> Self {
        Self {
            label: label.to_owned(),
            score: None,
            degraded: false,
            colour,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.score {
            Some(score) if !self.degraded => {
                write!(f, "{} {}", self.label, figures::score(score))
            }
            _ => f.write_str(&self.label),
        }
    }
}

/// What follows the label in the summary line.
pub fn facts(transcript: &Transcript) -> Vec<String> {
    let metadata = match &transcript.ending {
        Some(Ending::Answer { metadata, .. }) => metadata,
        Some(_) => return unfinished(transcript),
        None => return Vec::new(),
    };
    let mut facts = Vec::new();
    let agents = transcript
        .agents
        .len()
        .saturating_sub(metadata.missing.len());
    facts.extend([
        plural!(metadata.iterations, "1 round", "{count} rounds"),
        plural!(agents, "1 agent", "{count} agents"),
        figures::seconds(metadata.wall_ms.unwrap_or(metadata.critical_ms)),
        figures::tokens(metadata.tokens.total()),
        figures::cost(metadata.cost_usd),
    ]);
    if metadata.unscored {
        facts.push(t!("unscored").to_owned());
    } else if metadata.self_judged {
        facts.push(t!("self-judged").to_owned());
    }
    facts
}

fn unfinished(transcript: &Transcript) -> Vec<String> {
    let all = transcript.agents.len();
    let done = transcript.latest_contributions().count();
    let mut facts = Vec::new();
    if all > 0 {
        facts.push(plural!(
            all,
            "{done} of 1 agent finished",
            "{done} of {count} agents finished",
            done
        ));
    }
    facts
}

/// The outcome and, where the label has no room for it, the score.
#[component]
pub fn OutcomePill(outcome: Outcome) -> impl IntoView {
    let score = outcome.score.map(figures::score);
    let (inside, beside) = if outcome.degraded {
        (None, score)
    } else {
        (score, None)
    };
    view! {
        <span
            data-testid="outcome"
            class="inline-flex items-center gap-2 rounded-full border border-line bg-raised px-2.5 py-0.5 text-sm font-medium tabular-nums"
        >
            <span aria-hidden="true" class=format!("size-2 shrink-0 rounded-full {}", outcome.colour)></span>
            <span>
                {outcome.label}
                {inside.map(|score| view! { " " <span data-testid="score">{score}</span> })}
            </span>
        </span>
        {beside
            .map(|score| {
                view! {
                    <span class="whitespace-nowrap tabular-nums">
                        {t!("scored ")} <span data-testid="score">{score}</span>
                    </span>
                }
            })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;
    use domain::{Cost, RunStatus};

    #[test]
    fn the_summary_says_what_is_known_and_what_is_not() {
        let mut transcript = sample::transcript();
        assert_eq!(
            Outcome::of(&transcript).expect("ended").to_string(),
            "Degraded: Creative Clarity missing"
        );
        assert_eq!(
            facts(&transcript),
            [
                "2 rounds",
                "1 agent",
                "14.2 s",
                "12.4 k tokens",
                "$0.03",
                "self-judged"
            ]
        );
        let Some(Ending::Answer { metadata, .. }) = &mut transcript.ending else {
            panic!("the sample ends with an answer");
        };
        metadata.outcome = run::Outcome::BestEffort;
        metadata.missing.clear();
        metadata.cost_usd = Cost::UNKNOWN;
        assert_eq!(
            Outcome::of(&transcript).expect("ended").to_string(),
            "Best effort 8.7"
        );
        assert!(facts(&transcript).contains(&"cost unknown".to_owned()));
    }

    #[test]
    fn a_cancelled_run_counts_what_it_kept() {
        let mut transcript = sample::transcript();
        transcript.status = RunStatus::Cancelled;
        transcript.ending = Some(Ending::Cancelled {
            by: "Ada".into(),
            reason: "enough".into(),
        });
        assert_eq!(
            Outcome::of(&transcript).expect("ended").to_string(),
            "Cancelled"
        );
        assert_eq!(facts(&transcript), ["2 of 2 agents finished"]);
    }
}
