//! A resumed run reads finished calls from its journal and repeats none of them.

use crate::world::*;
use engine::Brief;
use engine::journal::StepKind;
use engine::llm::LlmErrorKind;
use llm::scripted::{Answer, Scripted};
use std::time::Duration;

/// Agents that finish in an order of their own, so that order matters.
fn uneven(plan: &Plan) -> Scripted {
    let plan = plan.clone();
    Scripted::new(move |asked| {
        let delay = match agent_of(asked).as_deref() {
            Some("creative") => 900,
            Some("structural") => 100,
            Some("analytical") => 500,
            Some("empathic") => 300,
            Some("strategic") => 700,
            _ => 50,
        };
        plan.answer(asked).after(Duration::from_millis(delay))
    })
}

#[tokio::test(start_paused = true)]
async fn after_three_of_six_agents_three_calls_are_left() {
    let plan = Plan::default();
    let first = uneven(&plan);
    let brief = brief("overmind", &first);
    let whole = play(&brief, &first).await;
    let mut agents = 0;
    let journal: Vec<_> = whole
        .steps()
        .into_iter()
        .take_while(|step| {
            agents += usize::from(step.key.kind == StepKind::Contribution);
            agents <= 3
        })
        .collect();
    assert_eq!(journal.len(), 4, "the observation and three agents");

    let second = uneven(&plan);
    let resumed = play_with(&brief, &second, journal, no_stop()).await;
    let again: Vec<_> = second.asked().iter().map(|asked| asked.form).collect();
    assert_eq!(
        again,
        [
            "contribution",
            "contribution",
            "contribution",
            "distillation",
            "text",
            "judgement"
        ]
    );
    assert_eq!(resumed.lines(), whole.lines());
}

/// Killed after any step: the same events, no finished call repeated, the same totals.
#[tokio::test(start_paused = true)]
async fn after_every_step_the_events_are_the_same() {
    let plan = Plan {
        scores: vec![8.0, 8.3, 9.3],
        flagged: vec![vec!["creative", "practical"], vec!["empathic"]],
        better: vec!["second", "first"],
        failing: vec!["structural"],
        ..Plan::default()
    };
    let first = uneven(&plan);
    let brief = brief("overmind", &first);
    interrupted_after_every_step(&brief, &first).await;
}

/// An agent whose sub-question failed has finished all the same, and keeps its place.
#[tokio::test(start_paused = true)]
async fn after_every_step_with_a_failing_sub_question() {
    let plan = Plan::default();
    let first = Scripted::new(
        move |asked| match (asked.form, agent_of(asked).as_deref()) {
            ("contribution", Some("practical")) => asking("analytical"),
            ("text", Some(_)) => Answer::failure(LlmErrorKind::Unauthorized, "refused the key"),
            _ => plan.answer(asked).after(Duration::from_secs(1)),
        },
    );
    let mut brief = brief("overmind", &first);
    brief.agents[5].config.allow_delegation = true;
    interrupted_after_every_step(&brief, &first).await;
}

/// The events that are stored when so many steps are.
fn stored(played: &Played, steps: usize) -> usize {
    let mut seen = 0;
    let entries = played.entries.iter().take_while(|entry| {
        seen += usize::from(entry.step.is_some());
        seen <= steps
    });
    entries.map(|entry| entry.events.len()).sum()
}

async fn interrupted_after_every_step(brief: &Brief, first: &Scripted) {
    let whole = play(brief, first).await;
    let steps = whole.steps();
    assert_eq!(steps.len(), first.asked().len());
    for done in 0..=steps.len() {
        // The provider answers the open calls as it would have: its own count starts anew.
        let answers = steps.clone();
        let second = Scripted::new(move |asked| {
            let step = answers
                .iter()
                .find(|step| step.prompt == asked.prompt && step.system == asked.system)
                .expect("a call that the undisturbed run made too");
            match &step.result {
                Ok(reply) => Answer::Text(reply.text.clone())
                    .after(Duration::from_millis(reply.latency_ms - 100)),
                Err(error) => Answer::Error(error.clone()),
            }
        });
        let resumed = play_with(brief, &second, steps[..done].to_vec(), no_stop()).await;
        assert_eq!(
            second.asked().len(),
            steps.len() - done,
            "after {done} steps"
        );
        let (mut a, mut b) = (resumed.lines(), whole.lines());
        let stored = stored(&whole, done);
        assert_eq!(a[..stored], b[..stored], "stored after {done} steps");
        if done < 7 {
            // Open agents may finish in another order; nothing of it was stored yet.
            a.sort();
            b.sort();
        }
        assert_eq!(a, b, "after {done} steps");
        let (resumed, whole) = (resumed.answer().1, whole.answer().1);
        assert_eq!(resumed.critical_ms, whole.critical_ms, "after {done} steps");
        assert_eq!(
            (resumed.calls, resumed.tokens, resumed.cost_usd),
            (whole.calls, whole.tokens, whole.cost_usd)
        );
    }
}

/// A changed brief is a different request: its old reply is not used.
#[tokio::test(start_paused = true)]
async fn a_changed_request_is_asked_anew() {
    let scripted = Plan::default().scripted();
    let mut changed = brief("quick", &scripted);
    let journal = play(&changed, &scripted).await.steps();
    let before = scripted.asked().len();
    changed.question = domain::Question::try_from("Another question?".to_owned()).unwrap();
    let again = Plan::default().scripted();
    play_with(&changed, &again, journal, no_stop()).await;
    assert_eq!(again.asked().len(), before);
}

/// An agent whose first reply was useless is not done: those that finished stay in front of it.
#[tokio::test(start_paused = true)]
async fn an_open_re_ask_does_not_change_the_order() {
    let plan = Plan::default();
    let script = move |asked: &llm::scripted::Asked| match (agent_of(asked).as_deref(), asked.nth) {
        (Some("creative"), _) if !asked.prompt.contains("Your last reply could not be used") => {
            Answer::Text("Let me think.".to_owned())
        }
        (Some("creative"), _) => plan.answer(asked).after(Duration::from_secs(5)),
        _ => plan.answer(asked).after(Duration::from_secs(1)),
    };
    let first = Scripted::new(script.clone());
    let mut brief = brief("balanced", &first);
    brief.agents[0].config = domain::shipped::agents()[0].clone();
    let whole = play(&brief, &first).await;
    // Killed when the two others had finished and the re-ask was under way.
    let journal = whole.steps()[..3].to_vec();
    assert_eq!(journal.iter().filter(|step| step.concluded).count(), 2);
    let second = Scripted::new(script);
    let resumed = play_with(&brief, &second, journal, no_stop()).await;
    // The second provider counts its replies anew, so only the order is compared.
    let order = |played: &Played| -> Vec<String> {
        let lines = played.lines().into_iter();
        lines
            .filter_map(|line| line.split(": ").next().map(str::to_owned))
            .collect()
    };
    assert_eq!(order(&resumed), order(&whole));
    assert_eq!(second.asked().len(), 3);
}
