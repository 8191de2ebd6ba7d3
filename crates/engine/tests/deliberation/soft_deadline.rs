//! A round that goes on without the slow: who is waited for, what is not sent any more, what it
//! all cost; and that a resumed run says the same.

use crate::world::*;
use domain::{Cost, Outcome};
use engine::Brief;
use engine::llm::LlmErrorKind;
use llm::scripted::{Answer, Asked, Scripted};
use std::time::Duration;

type Reply = fn() -> Answer;
type About = fn(&Asked) -> bool;

fn three_seconds(scripted: &Scripted) -> Brief {
    let mut brief = brief("overmind", scripted);
    brief.workflow.soft_deadline_s = Some(3);
    brief
}

/// Goes on from all that was stored: nothing is asked, and nothing is said or counted otherwise.
async fn says_the_same(brief: &Brief, played: &Played) {
    let silent = Scripted::new(|_| Answer::Hanging(String::new()));
    let resumed = play_with(brief, &silent, played.steps(), no_stop()).await;
    assert!(silent.asked().is_empty());
    assert_eq!(resumed.lines(), played.lines());
    let (resumed, played) = (resumed.answer().1, played.answer().1);
    assert_eq!(
        (resumed.calls, resumed.tokens, resumed.cost_usd),
        (played.calls, played.tokens, played.cost_usd)
    );
    assert_eq!(resumed.critical_ms, played.critical_ms);
}

/// Never without a quorum.
#[tokio::test(start_paused = true)]
async fn a_soft_deadline_needs_a_quorum() {
    for (slow, expected) in [
        // Four of six are enough.
        (
            &["creative", "practical"][..],
            (3, &["creative", "practical"][..]),
        ),
        // Without the fourth there is no quorum: it is waited for, and the two others are not.
        (
            &["creative", "practical", "empathic"],
            (20, &["creative", "practical"]),
        ),
    ] {
        let plan = Plan::default();
        let scripted = Scripted::new(move |asked| match agent_of(asked).as_deref() {
            Some("empathic") if slow.contains(&"empathic") => {
                plan.answer(asked).after(Duration::from_secs(20))
            }
            Some(agent) if slow.contains(&agent) => Answer::Hanging(String::new()),
            _ => plan.answer(asked).after(Duration::from_millis(1)),
        });
        let brief = three_seconds(&scripted);
        let started = tokio::time::Instant::now();
        let played = play(&brief, &scripted).await;
        let (seconds, missing) = expected;
        assert_eq!(started.elapsed().as_secs(), seconds);
        assert_eq!(played.answer().1.outcome, Outcome::Degraded);
        assert_eq!(played.missing(), missing);
        says_the_same(&brief, &played).await;
    }
}

/// The calls of an agent that is given up are those that were made, and nobody knows what the
/// provider asks for them.
#[tokio::test(start_paused = true)]
async fn what_is_given_up_is_counted() {
    for failures in 0..3 {
        let plan = Plan::default();
        let scripted = Scripted::new(move |asked| match agent_of(asked).as_deref() {
            Some("creative") if asked.nth < failures => {
                Answer::failure(LlmErrorKind::Unavailable, "overloaded (529)")
            }
            Some("creative") => Answer::Hanging(String::new()),
            _ => plan.answer(asked),
        });
        let brief = three_seconds(&scripted);
        let played = play(&brief, &scripted).await;
        assert_eq!(played.missing(), ["creative"]);
        let metadata = played.answer().1;
        assert_eq!(metadata.calls as usize, scripted.asked().len());
        assert_eq!(metadata.cost_usd, Cost::UNKNOWN);
        let steps = played.steps();
        let given_up = steps.iter().find_map(|step| step.result.as_ref().err());
        let attempts = u32::try_from(failures + 1).unwrap();
        assert_eq!(given_up.map(|error| error.attempts), Some(attempts));
        says_the_same(&brief, &played).await;
    }
}

/// Where storing an agent's first reply lasted until the deadline, its second call is not sent.
#[tokio::test(start_paused = true)]
async fn after_the_deadline_nothing_is_sent() {
    let useless = || Answer::Text("I would rather not.".to_owned());
    let cases: [(Reply, &[&str]); 2] = [
        (useless, &["creative"]),
        // Its first word stands.
        (|| asking("analytical"), &[]),
    ];
    for (first, missing) in cases {
        let plan = Plan::default();
        let scripted = Scripted::new(move |asked| match agent_of(asked).as_deref() {
            Some("creative") => first().after(Duration::from_secs(1)),
            _ => plan.answer(asked),
        });
        let mut brief = three_seconds(&scripted);
        brief.agents[0].config.allow_delegation = true;
        let played = play_storing(&brief, &scripted, Vec::new(), no_stop(), |entry| {
            let slow = entry.events.is_empty() && entry.iteration == 1;
            Duration::from_secs(if slow { 5 } else { 0 })
        })
        .await;
        assert_eq!(played.missing(), missing);
        let metadata = played.answer().1;
        assert_eq!((metadata.calls, scripted.asked().len()), (10, 10));
        assert_ne!(metadata.cost_usd, Cost::UNKNOWN);
        says_the_same(&brief, &played).await;
    }
}

/// What an agent had said before it put a sub-question is not lost, wherever that fails.
#[tokio::test(start_paused = true)]
async fn the_first_word_stands() {
    let sub_question = |asked: &Asked| asked.form == "text" && agent_of(asked).is_some();
    let last_word =
        |asked: &Asked| asked.form == "contribution" && asked.prompt.contains("About 23 %.");
    let refused = || Answer::failure(LlmErrorKind::Unauthorized, "refused the key (401)");
    let hanging = || Answer::Hanging(String::new());
    let cases: [(About, Reply, bool); 4] = [
        (sub_question, refused, true),
        (last_word, refused, true),
        (sub_question, hanging, false),
        (last_word, hanging, false),
    ];
    for (fails, how, cost_is_known) in cases {
        let plan = Plan::default();
        let scripted = Scripted::new(
            move |asked| match (asked.form, agent_of(asked).as_deref()) {
                _ if fails(asked) => how(),
                ("text", Some(_)) => Answer::Text("About 23 %.".to_owned()),
                ("contribution", Some("creative")) if asked.nth == 0 => asking("analytical"),
                _ => plan.answer(asked),
            },
        );
        let mut brief = three_seconds(&scripted);
        brief.agents[0].config.allow_delegation = true;
        let played = play(&brief, &scripted).await;
        assert!(scripted.asked().iter().any(fails));
        let words = last_contributions(&played);
        assert!(words["creative"].contains("1. a\\n2. b"), "{words:?}");
        let (_, metadata) = played.answer();
        assert_eq!(metadata.outcome, Outcome::Passed);
        assert_eq!(metadata.calls as usize, scripted.asked().len());
        assert_eq!(metadata.cost_usd != Cost::UNKNOWN, cost_is_known);
        says_the_same(&brief, &played).await;
    }
}
