//! Which answer a run returns and what it is called.

use crate::world::*;
use domain::Outcome;
use domain::event::Stopped;
use insta::assert_snapshot;

#[tokio::test(start_paused = true)]
async fn passes_at_once() {
    let scripted = Plan::default().scripted();
    let played = play(&brief("overmind", &scripted), &scripted).await;
    assert_snapshot!(played.lines().join("\n"));
    let (_, metadata) = played.answer();
    assert_eq!(
        (metadata.outcome, metadata.confidence),
        (Outcome::Passed, 0.95)
    );
    assert_eq!(metadata.calls as usize, scripted.asked().len());
    // Observation, slowest agent, distillation, draft, judgement: 100 ms each.
    assert_eq!(metadata.critical_ms, 500);
}

/// Scores 8.1, 8.7, 6.0: the 8.7 draft is returned, not the last one.
#[tokio::test(start_paused = true)]
async fn returns_the_best_attempt_not_the_last() {
    let plan = Plan {
        scores: vec![8.1, 8.7, 6.0],
        better: vec!["second", "first", "first", "second"],
        ..Plan::default()
    };
    let scripted = plan.scripted();
    let mut brief = brief("overmind", &scripted);
    brief.workflow.max_n2_iterations = 3;
    let played = play(&brief, &scripted).await;
    assert_snapshot!(played.lines().join("\n"));
    let (content, metadata) = played.answer();
    assert_eq!(content, "Draft 2. It has a second sentence.");
    assert_eq!(
        (metadata.outcome, metadata.score),
        (Outcome::BestEffort, Some(8.7))
    );
    assert_eq!((metadata.iterations, metadata.best_iteration), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn two_of_six_fail_degraded() {
    let plan = Plan {
        failing: vec!["analytical", "practical"],
        ..Plan::default()
    };
    let scripted = plan.scripted();
    let played = play(&brief("overmind", &scripted), &scripted).await;
    assert_snapshot!(played.lines().join("\n"));
    let (_, metadata) = played.answer();
    let missing: Vec<_> = metadata
        .missing
        .iter()
        .map(|agent| agent.agent_name.as_str())
        .collect();
    assert_eq!(
        (metadata.outcome, metadata.passed),
        (Outcome::Degraded, true)
    );
    assert_eq!(missing, ["Analytical Clarity", "Practical Clarity"]);
}

#[tokio::test(start_paused = true)]
async fn four_of_six_fail_no_synthesis() {
    let failing = vec!["creative", "analytical", "empathic", "practical"];
    let scripted = Plan {
        failing,
        ..Plan::default()
    }
    .scripted();
    let played = play(&brief("overmind", &scripted), &scripted).await;
    let (code, message) = played.failure();
    assert_eq!(code, "quorum_missed");
    assert!(
        message.contains("2 of 6 agents answered and 4 are needed"),
        "{message}"
    );
    assert!(
        message.contains("Creative Clarity: refused the key (401)"),
        "{message}"
    );
    assert_eq!(played.transcript.contributions.len(), 2);
    assert!(
        scripted
            .asked()
            .iter()
            .all(|asked| asked.form != "distillation")
    );
}

#[tokio::test(start_paused = true)]
async fn combined_mode() {
    let plan = Plan {
        scores: vec![8.0, 9.4],
        flagged: vec![vec!["structural"]],
        ..Plan::default()
    };
    let scripted = plan.scripted();
    let played = play(&brief("balanced", &scripted), &scripted).await;
    assert_snapshot!(played.lines().join("\n"));
    // The draft's text streams out of the JSON while it is written.
    let shown: String = played
        .deltas
        .iter()
        .filter_map(|delta| match delta {
            domain::Delta::AnswerDelta { text, step, .. } if step.starts_with("1/") => {
                Some(text.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(shown, "Draft 1. It has a second sentence.");
}

#[tokio::test(start_paused = true)]
async fn sequential_agents_see_those_before_them() {
    let scripted = Plan::default().scripted();
    let mut brief = brief("balanced", &scripted);
    brief.workflow.execution_mode = domain::ExecutionMode::Sequential;
    let played = play(&brief, &scripted).await;
    assert_snapshot!(played.lines().join("\n"));
    let prompts: Vec<_> = scripted
        .asked()
        .into_iter()
        .filter(|asked| asked.form == "contribution")
        .map(|asked| asked.prompt)
        .collect();
    assert!(!prompts[0].contains("line 1 of version"));
    assert!(prompts[2].contains("structural line 4 of version 1"));
    assert!(prompts[2].contains("analytical line 1 of version 1"));
    // Three agents one after the other, the combined call, the judgement.
    assert_eq!(played.answer().1.critical_ms, 500);
}

/// Evidence that points nowhere is asked for once more, then the item is void.
#[tokio::test(start_paused = true)]
async fn without_evidence_unscored() {
    use llm::scripted::{Answer, Scripted};
    let plan = Plan::default();
    let scripted = Scripted::new(move |asked| match asked.form {
        "judgement" => {
            let mut reply = judgement(9.5, &[]);
            for item in ["right", "b"] {
                let items = reply["items"].as_array_mut().unwrap();
                let found = items
                    .iter_mut()
                    .find(|found| found["item_id"] == item)
                    .unwrap();
                found["evidence"] = serde_json::json!([99]);
            }
            Answer::json(reply)
        }
        _ => plan.answer(asked),
    });
    let played = play(&brief("quick", &scripted), &scripted).await;
    let (content, metadata) = played.answer();
    assert_eq!(content, "Draft 1. It has a second sentence.");
    assert_eq!(
        (metadata.score, metadata.unscored, metadata.confidence),
        (None, true, 0.0)
    );
    assert_eq!(
        (metadata.outcome, metadata.stopped),
        (Outcome::BestEffort, Stopped::Unscored)
    );
    let judgements: Vec<_> = scripted
        .asked()
        .into_iter()
        .filter(|asked| asked.form == "judgement")
        .collect();
    assert_eq!(judgements.len(), 2);
    assert!(judgements[1].prompt.contains("Item b") && !judgements[1].prompt.contains("Item c"));
}
