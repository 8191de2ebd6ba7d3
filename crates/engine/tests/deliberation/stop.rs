//! Cancellation, deadline and budget.

use crate::world::*;
use domain::event::{Delta, EventData, Stopped};
use domain::{Outcome, RunStatus};
use engine::StopReason;
use engine::llm::{LlmError, LlmErrorKind};
use llm::scripted::{Answer, Scripted};

/// The provider sees the connection close; what finished stays readable.
#[tokio::test(start_paused = true)]
async fn cancelled_in_the_middle_of_a_stream() {
    let plan = Plan::default();
    let scripted = Scripted::new(move |asked| match agent_of(asked).as_deref() {
        Some("creative" | "practical") => Answer::Hanging("{\"lines\":[\"half a li".to_owned()),
        _ => plan.answer(asked),
    });
    let played = play_with(
        &brief("overmind", &scripted),
        &scripted,
        Vec::new(),
        after(5, cancelled()),
    )
    .await;
    assert_eq!(played.transcript.status, RunStatus::Cancelled);
    assert_eq!(
        played.events().last(),
        Some(&EventData::Cancelled {
            by: "ada".to_owned(),
            reason: "changed her mind".to_owned()
        })
    );
    assert_eq!(played.transcript.contributions.len(), 4);
    let closed: Vec<_> = scripted
        .asked()
        .iter()
        .filter(|asked| asked.closed)
        .filter_map(agent_of)
        .collect();
    assert_eq!(closed, ["creative", "practical"]);
    let shown = played
        .deltas
        .iter()
        .any(|delta| matches!(delta, Delta::AgentDelta { text, .. } if text.contains("half")));
    assert!(shown);
}

/// Deadline: the best judged draft, else the unjudged one, else the run fails.
#[tokio::test(start_paused = true)]
async fn deadlines() {
    for (hanging, nth, expected) in [
        (
            "judgement",
            1,
            Ok(("Draft 1. It has a second sentence.", Some(8.0))),
        ),
        (
            "judgement",
            0,
            Ok(("Draft 1. It has a second sentence.", None)),
        ),
        ("text", 0, Err("deadline_exceeded")),
    ] {
        let plan = Plan {
            scores: vec![8.0],
            ..Plan::default()
        };
        let scripted = Scripted::new(move |asked| {
            if asked.form == hanging && asked.nth == nth {
                Answer::Hanging(String::new())
            } else {
                plan.answer(asked)
            }
        });
        let stop = after(60, StopReason::Deadline);
        let played = play_with(&brief("overmind", &scripted), &scripted, Vec::new(), stop).await;
        match expected {
            Ok(expected) => {
                let (content, metadata) = played.answer();
                assert_eq!((content, metadata.score), expected);
                assert_eq!(metadata.stopped, Stopped::Deadline);
                assert_eq!(metadata.outcome, Outcome::BestEffort);
            }
            Err(code) => assert_eq!(played.failure().0, code),
        }
    }
}

/// A budget of 10 calls is never exceeded, retries counted.
#[tokio::test(start_paused = true)]
async fn a_budget_of_ten_calls() {
    for flaky in [false, true] {
        let plan = Plan {
            scores: vec![7.0],
            ..Plan::default()
        };
        let scripted = Scripted::new(move |asked| {
            // Every agent's first attempt meets an overloaded provider.
            if flaky && asked.form == "contribution" && asked.nth == 0 {
                Answer::failure(LlmErrorKind::Unavailable, "overloaded (529)")
            } else {
                plan.answer(asked)
            }
        });
        let mut brief = brief("overmind", &scripted);
        brief.workflow.budget.calls = Some(10);
        let played = play(&brief, &scripted).await;
        assert!(scripted.asked().len() <= 10, "{}", scripted.asked().len());
        if flaky {
            // One observation and six first attempts leave three for the six second ones.
            assert_eq!(scripted.asked().len(), 10);
            assert_eq!(played.failure().0, "budget_exhausted");
            assert_eq!(played.transcript.contributions.len(), 3);
        } else {
            let (_, metadata) = played.answer();
            assert_eq!((metadata.stopped, metadata.calls), (Stopped::Budget, 10));
            assert_eq!(metadata.score, Some(7.0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn budgets_of_tokens_and_money() {
    for tokens in [true, false] {
        let scripted = Plan {
            scores: vec![7.0],
            ..Plan::default()
        }
        .scripted();
        let mut brief = brief("overmind", &scripted);
        if tokens {
            brief.workflow.budget.tokens = Some(1_000);
        } else {
            brief.workflow.budget.cost_micros = Some(1_000);
        }
        let played = play(&brief, &scripted).await;
        let (_, metadata) = played.answer();
        assert_eq!(
            (metadata.stopped, metadata.iterations),
            (Stopped::Budget, 1)
        );
    }
}

/// After the first token a broken stream starts again and says so.
#[tokio::test(start_paused = true)]
async fn a_broken_stream_starts_again() {
    let plan = Plan::default();
    let scripted = Scripted::new(move |asked| {
        if asked.form == "text" && asked.nth == 0 {
            let error = LlmError::new(LlmErrorKind::Connection, "connection reset");
            Answer::Broken("A beginning that".to_owned(), error)
        } else {
            plan.answer(asked)
        }
    });
    let played = play(&brief("overmind", &scripted), &scripted).await;
    let reset = played
        .deltas
        .iter()
        .position(|delta| matches!(delta, Delta::DeltaReset { agent_id: None, .. }));
    let reset = reset.expect("a reset");
    let after: String = played.deltas[reset..]
        .iter()
        .filter_map(|delta| match delta {
            Delta::AnswerDelta { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(after, "Draft 2. It has a second sentence.");
    assert_eq!(played.answer().1.calls, 11);
}

/// A judge that fails leaves the draft unscored; a synthesis that fails leaves nothing.
#[tokio::test(start_paused = true)]
async fn synthesis_and_judge_failures() {
    for (form, code) in [
        ("judgement", None),
        ("distillation", Some("provider_unauthorized")),
    ] {
        let plan = Plan::default();
        let scripted = Scripted::new(move |asked| {
            if asked.form == form {
                Answer::failure(LlmErrorKind::Unauthorized, "refused the key (401)")
            } else {
                plan.answer(asked)
            }
        });
        let played = play(&brief("overmind", &scripted), &scripted).await;
        match code {
            None => {
                let (_, metadata) = played.answer();
                assert_eq!(
                    (metadata.unscored, metadata.stopped),
                    (true, Stopped::CallFailed)
                );
            }
            Some(code) => assert_eq!(played.failure(), (code, "refused the key (401)")),
        }
    }
}
