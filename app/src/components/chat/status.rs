//! What a run is doing, in words: for its card and for those who listen instead of looking.

use crate::components::chat::outcome::Outcome;
use crate::components::figures;
use domain::transcript::{AgentState, Phase};
use domain::{RunStatus, Transcript};

/// "Six agents are thinking".
pub fn in_words(transcript: &Transcript) -> String {
    match transcript.status {
        RunStatus::Queued => return t!("Waiting to begin").to_owned(),
        RunStatus::Completed => return t!("Finished").to_owned(),
        RunStatus::Cancelled => return t!("Cancelled").to_owned(),
        RunStatus::Failed => return t!("Failed").to_owned(),
        RunStatus::Running => {}
    }
    match transcript.phase {
        Phase::Observe => t!("Reading the question").to_owned(),
        Phase::Propose => proposing(transcript),
        Phase::Distill => t!("Weighing what they said").to_owned(),
        Phase::Integrate => t!("Writing").to_owned(),
        Phase::Judge => t!("Judging the draft").to_owned(),
        Phase::Ended => t!("Finished").to_owned(),
    }
}

fn proposing(transcript: &Transcript) -> String {
    let all = transcript.agents.len();
    if transcript.iteration > 1 {
        return plural!(
            all,
            "Repairing: {asked} of 1 agent",
            "Repairing: {asked} of {count} agents",
            asked = asked(transcript)
        );
    }
    plural!(
        all,
        "One agent is thinking",
        "{number} agents are thinking",
        number = figures::number_word(all)
    )
}

/// "Round 2 of 4", once it is known how many there may be.
pub fn round(transcript: &Transcript) -> Option<String> {
    let workflow = transcript.workflow.as_ref()?;
    let current = transcript.iteration.max(1);
    let most = workflow.max_n2_iterations;
    Some(t!("Round {current} of {most}", current, most))
}

/// The latest thing worth interrupting somebody for: never text that is still being written.
pub fn milestone(transcript: &Transcript) -> String {
    if transcript.status != RunStatus::Running {
        return match Outcome::of(transcript) {
            Some(outcome) => outcome.to_string(),
            None => in_words(transcript),
        };
    }
    if transcript.phase != Phase::Propose {
        return in_words(transcript);
    }
    let done = transcript
        .contributions
        .iter()
        .filter(|it| it.iteration == transcript.iteration);
    let mut said = match done.clone().next_back() {
        Some(latest) => t!(
            "{agent} finished, {done} of {asked}",
            agent = latest.agent_name,
            done = done.count(),
            asked = asked(transcript)
        ),
        None => in_words(transcript),
    };
    for card in &transcript.agents {
        if matches!(card.state, AgentState::Failed { .. }) {
            said.push_str(&t!("; {agent} failed", agent = card.name));
        }
    }
    said
}

/// How many agents work in this round.
fn asked(transcript: &Transcript) -> usize {
    match transcript.repairs.last() {
        Some(repair) if transcript.iteration > 1 => repair.directives.len(),
        _ => transcript.agents.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;

    #[test]
    fn every_step_of_a_run_has_its_words() {
        let mut transcript = Transcript::default();
        assert_eq!(in_words(&transcript), "Waiting to begin");
        assert_eq!(round(&transcript), None);

        let mut said = Vec::new();
        for event in sample::events() {
            transcript.apply(&event);
            said.push((
                in_words(&transcript),
                round(&transcript).expect("the workflow is known"),
                milestone(&transcript),
            ));
        }
        said.dedup();
        let said: Vec<String> = said
            .into_iter()
            .map(|(words, round, milestone)| format!("{words} / {round} / {milestone}"))
            .collect();
        assert_eq!(
            said,
            [
                "Reading the question / Round 1 of 4 / Reading the question",
                "Two agents are thinking / Round 1 of 4 / Two agents are thinking",
                "Two agents are thinking / Round 1 of 4 / Analytical Clarity finished, 1 of 2",
                "Two agents are thinking / Round 1 of 4 / Creative Clarity finished, 2 of 2",
                "Weighing what they said / Round 1 of 4 / Weighing what they said",
                "Writing / Round 1 of 4 / Writing",
                "Judging the draft / Round 1 of 4 / Judging the draft",
                "Repairing: 1 of 2 agents / Round 2 of 4 / Repairing: 1 of 2 agents",
                "Repairing: 1 of 2 agents / Round 2 of 4 / Repairing: 1 of 2 agents; Creative Clarity failed",
                "Finished / Round 2 of 4 / Degraded: Creative Clarity missing",
            ]
        );
    }
}
