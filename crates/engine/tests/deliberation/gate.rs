//! Which attempt is kept, for any script of scores and verdicts.

use crate::world::*;
use domain::event::{EventData, Verdict};
use proptest::prelude::*;

/// A verdict that flips when the order is swapped is a tie, and a tie keeps the incumbent.
#[tokio::test(start_paused = true)]
async fn a_flipped_verdict_is_a_tie() {
    for (better, kept, verdicts) in [
        (
            vec!["second", "second"],
            1,
            [Verdict::Challenger, Verdict::Incumbent],
        ),
        (
            vec!["first", "first"],
            1,
            [Verdict::Incumbent, Verdict::Challenger],
        ),
        (
            vec!["second", "first"],
            2,
            [Verdict::Challenger, Verdict::Challenger],
        ),
        (vec!["tie", "first"], 1, [Verdict::Tie, Verdict::Challenger]),
    ] {
        let scripted = Plan {
            scores: vec![8.0, 8.4],
            better,
            ..Plan::default()
        }
        .scripted();
        let mut brief = brief("overmind", &scripted);
        brief.workflow.max_n2_iterations = 2;
        let played = play(&brief, &scripted).await;
        let compared = played.events().into_iter().find_map(|event| match event {
            EventData::Comparison { verdicts, kept, .. } => Some((verdicts, kept)),
            _ => None,
        });
        assert_eq!(compared, Some((verdicts, kept)));
        assert_eq!(played.answer().1.best_iteration, kept);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// No judged draft beats the returned one by more than 1.0; with clear margins the returned
    /// one has the highest score; a passed draft is returned at once.
    #[test]
    fn never_worse_than_a_point(
        scores in proptest::collection::vec((25u32..=100).prop_map(|s| f64::from(s) / 10.0), 1..7),
        better in proptest::collection::vec(proptest::sample::select(vec!["first", "second", "tie"]), 1..12),
        combined in any::<bool>(),
    ) {
        let rounds = scores.len() as u32;
        let scripted = Plan { scores, better, ..Plan::default() }.scripted();
        let mut brief = brief(if combined { "balanced" } else { "overmind" }, &scripted);
        brief.workflow.max_n2_iterations = rounds;
        brief.workflow.budget.calls = None;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let played = runtime.block_on(play(&brief, &scripted));
        let judged: Vec<f64> = played.transcript.drafts.iter().map(|draft| draft.score.unwrap()).collect();
        let returned = played.answer().1.score.unwrap();
        let top = judged.iter().copied().fold(0.0, f64::max);
        prop_assert!(top <= returned + 1.0 + 1e-6, "{judged:?} returned {returned}");
        let clear = judged.iter().enumerate().all(|(n, a)| judged[..n].iter().all(|b| (a - b).abs() > 1.0 + 1e-6));
        if clear || judged.last().is_some_and(|last| *last >= 9.0) {
            prop_assert_eq!(returned, top);
        }
        prop_assert!(judged[..judged.len() - 1].iter().all(|score| *score < 9.0));
    }
}
