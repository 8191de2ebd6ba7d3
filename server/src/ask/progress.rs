//! Live progress on standard error: spinners in a terminal, plain lines elsewhere.

use super::{Finished, note, output};
use domain::event::{Event, EventData, Verdict};
use domain::transcript::Ending;
use domain::{AgentId, Transcript};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

const DEMONSTRATION: &str = "This is the built-in demonstration model: small, good for trying the flow. For real answers \
     connect a provider, for example OPENAI_API_KEY=... overmind ask (see `overmind models`).";

pub enum Display {
    Terminal(Spinners),
    Lines(Instant),
}

/// One line for the phase and one per working agent.
pub struct Spinners {
    all: MultiProgress,
    phase: ProgressBar,
    agents: BTreeMap<AgentId, ProgressBar>,
}

impl Display {
    pub fn start(demonstration: bool) -> Self {
        if demonstration {
            note(DEMONSTRATION);
        }
        if !std::io::stderr().is_terminal() {
            return Self::Lines(Instant::now());
        }
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let phase = all.add(spinner());
        phase.set_message("Starting");
        Self::Terminal(Spinners {
            all,
            phase,
            agents: BTreeMap::new(),
        })
    }

    pub fn show(&mut self, event: &Event, transcript: &Transcript) {
        match self {
            Self::Lines(started) => {
                if let Some(words) = words(event, transcript) {
                    note(&format!(
                        "[{:6.1} s] {words}",
                        started.elapsed().as_secs_f64()
                    ));
                }
            }
            Self::Terminal(spinners) => spinners.show(event, transcript),
        }
    }

    pub fn finish(self, finished: &Finished) {
        if let Self::Terminal(spinners) = self {
            spinners.phase.finish_and_clear();
            for bar in spinners.agents.values() {
                bar.finish_and_clear();
            }
        }
        if let Some(Ending::Answer { metadata, .. }) = &finished.transcript.ending {
            for failure in output::failures(&finished.transcript) {
                note(&format!("Missing: {failure}"));
            }
            let agents = finished.transcript.latest_contributions().count();
            note(&output::verdict(metadata, finished.wall_ms, agents));
            note("");
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed:>4}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

impl Spinners {
    fn show(&mut self, event: &Event, transcript: &Transcript) {
        match &event.data {
            EventData::AgentStarted {
                agent_id,
                agent_name,
                model,
            } => {
                let bar = self.all.add(spinner());
                bar.set_message(format!("{agent_name} ({model})"));
                self.agents.insert(agent_id.clone(), bar);
                self.phase.set_message(phase(transcript));
            }
            EventData::AgentCompleted(contribution) => {
                self.settle(&contribution.agent_id, event, transcript);
            }
            EventData::AgentFailed { agent_id, .. } => self.settle(agent_id, event, transcript),
            _ => {
                if let Some(words) = words(event, transcript) {
                    // Without a terminal to draw on there is nobody to tell.
                    let _ = self.all.println(words);
                }
                self.phase.set_message(phase(transcript));
            }
        }
    }

    fn settle(&mut self, agent: &AgentId, event: &Event, transcript: &Transcript) {
        if let Some(bar) = self.agents.remove(agent) {
            bar.finish_and_clear();
        }
        if let Some(words) = words(event, transcript) {
            let _ = self.all.println(words);
        }
        self.phase.set_message(phase(transcript));
    }
}

/// The state of the run in words.
fn phase(transcript: &Transcript) -> String {
    use domain::transcript::{AgentState, Phase};
    let working = transcript
        .agents
        .iter()
        .filter(|card| card.state == AgentState::Working)
        .count();
    let all = transcript.agents.len();
    let words = match transcript.phase {
        Phase::Observe => "Reading the question".to_owned(),
        Phase::Propose if transcript.iteration > 1 => {
            format!("Repairing: {working} of {all} agents")
        }
        Phase::Propose => format!("{working} of {all} agents are thinking"),
        Phase::Distill => "Weighing what they said".to_owned(),
        Phase::Integrate => "Writing".to_owned(),
        Phase::Judge => "Judging the draft".to_owned(),
        Phase::Ended => "Done".to_owned(),
    };
    let rounds = transcript
        .workflow
        .as_ref()
        .map_or(1, |workflow| workflow.max_n2_iterations);
    format!(
        "{words} (round {} of {rounds})",
        transcript.iteration.max(1)
    )
}

/// An event in one line; `None` where there is nothing to tell.
fn words(event: &Event, transcript: &Transcript) -> Option<String> {
    let name = |id: &AgentId| {
        let card = transcript.agents.iter().find(|card| card.id == *id);
        card.map_or_else(|| id.to_string(), |card| card.name.clone())
    };
    Some(match &event.data {
        EventData::TaskStarted {
            workflow, agents, ..
        } => {
            format!(
                "{}: {}, up to {}",
                workflow.name,
                output::counted(agents.len(), "agent"),
                output::counted(workflow.max_n2_iterations as usize, "round")
            )
        }
        EventData::Observed { checklist, .. } => {
            format!(
                "Understood the question; a checklist of {}",
                output::counted(checklist.len(), "item")
            )
        }
        EventData::AgentStarted { .. } | EventData::DraftStarted { .. } => return None,
        EventData::AgentCompleted(contribution) => format!(
            "{} finished in {:.1} s ({} tokens)",
            contribution.agent_name,
            contribution.latency_ms as f64 / 1000.0,
            contribution.tokens_used
        ),
        EventData::AgentFailed {
            agent_name,
            message,
            ..
        } => format!("{agent_name} failed: {message}"),
        EventData::SynthesisStarted {} => "Weighing what they said".to_owned(),
        EventData::Distilled(distillation) => {
            let disputed = distillation
                .claims
                .iter()
                .filter(|claim| claim.agreement == domain::synthesis::Agreement::Disputed)
                .count();
            let claims = output::counted(distillation.claims.len(), "claim");
            format!("{claims}, {disputed} disputed")
        }
        EventData::DraftCompleted { content, .. } => {
            let words = content.split_whitespace().count();
            format!("A draft of {}", output::counted(words, "word"))
        }
        EventData::JudgingStarted { judge_model, .. } => {
            format!("Judging the draft ({judge_model})")
        }
        EventData::QualityScored {
            score: Some(score), ..
        } => {
            let threshold = transcript
                .workflow
                .as_ref()
                .map_or(9.0, |workflow| workflow.quality_threshold);
            format!("Scored {score:.1} of 10, the threshold is {threshold:.1}")
        }
        EventData::QualityScored { score: None, .. } => "The draft could not be scored".to_owned(),
        EventData::Comparison { verdicts, kept, .. } => {
            let why = match verdicts {
                [a, b] if a == b && *a != Verdict::Tie => "both orders agree",
                _ => "a tie keeps the earlier one",
            };
            format!("Compared with the best so far: the draft of round {kept} stays, {why}")
        }
        EventData::N2Triggered {
            directives, reason, ..
        } => {
            let names: Vec<String> = directives.keys().map(name).collect();
            match names.is_empty() {
                true => format!("Repairing the draft. {reason}"),
                false => format!("Repairing with {}. {reason}", names.join(", ")),
            }
        }
        EventData::FinalOutput { .. } | EventData::Error { .. } => return None,
        EventData::Cancelled { reason, .. } => format!("Cancelled ({reason})"),
    })
}
