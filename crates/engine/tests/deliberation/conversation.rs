//! Follow-up questions, sub-questions and who works with which model.

use crate::world::*;
use domain::event::HistorySummary;
use domain::{LlmConfig, Question, shipped};
use engine::brief::{BriefError, History, Speaker, Turn};
use engine::{Brief, ModelChoice};
use insta::assert_snapshot;
use llm::scripted::{Answer, Scripted};
use serde_json::json;

fn turn(speaker: Speaker, text: &str) -> Turn {
    Turn {
        speaker,
        text: text.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_history_is_carried_whole() {
    let scripted = Plan::default().scripted();
    let mut brief = brief("quick", &scripted);
    brief.history.turns = vec![
        turn(Speaker::User, "We are six people."),
        turn(Speaker::Assistant, "Noted: six."),
    ];
    play(&brief, &scripted).await;
    for asked in scripted.asked() {
        assert!(
            asked
                .prompt
                .contains("<user-turn>\nWe are six people.\n</user-turn>")
        );
        assert!(
            asked
                .prompt
                .contains("<assistant-turn>\nNoted: six.\n</assistant-turn>")
        );
    }
    assert_snapshot!(scripted.asked()[0].prompt);
}

#[tokio::test(start_paused = true)]
async fn older_turns_are_summarised_once_and_the_summary_is_kept() {
    let plan = Plan::default();
    let scripted = Scripted::new(move |asked| {
        if asked.system.starts_with("You summarise") {
            Answer::Text("They are six and meet daily.".to_owned())
        } else {
            plan.answer(asked)
        }
    });
    let mut follow_up = brief("quick", &scripted);
    let long = "word ".repeat(5_000);
    follow_up.history = History {
        turns: vec![
            turn(Speaker::User, &format!("old {long}")),
            turn(Speaker::Assistant, &format!("older {long}")),
            turn(Speaker::User, "recent words"),
        ],
        summary: None,
    };
    let played = play(&follow_up, &scripted).await;
    let kept = played.answer().1.history_summary.clone();
    // 32,000 words of context leave 8,000 for the history: one long turn fits, two do not.
    assert_eq!(
        kept,
        Some(HistorySummary {
            text: "They are six and meet daily.".to_owned(),
            turns: 1
        })
    );
    let agent = scripted
        .asked()
        .into_iter()
        .find(|asked| asked.form == "contribution")
        .unwrap();
    assert!(
        agent
            .prompt
            .starts_with("<earlier>\nThey are six and meet daily.\n</earlier>\n<assistant-turn>")
    );
    assert!(!agent.prompt.contains("old word"));

    // The next run brings the summary along and need not make it again.
    let next = Plan::default().scripted();
    follow_up.history.summary = kept;
    play(&follow_up, &next).await;
    assert!(
        next.asked()[0]
            .prompt
            .starts_with("<earlier>\nThey are six and meet daily.")
    );
    assert_eq!(next.asked().len(), 3);
}

/// An agent that may delegate asks one other agent one sub-question, within the budget.
#[tokio::test(start_paused = true)]
async fn delegation() {
    let plan = Plan::default();
    let script = move |asked: &llm::scripted::Asked| {
        let agent = agent_of(asked);
        match (asked.form, agent.as_deref()) {
            ("text", Some("analytical")) => Answer::Text("About 23 %.".to_owned()),
            ("contribution", Some("practical")) if asked.nth == 0 => Answer::json(json!({
                "lines": ["a", "b", "c", "d"],
                "detail": null,
                "ask": { "agent_id": "analytical", "question": "What share is it?" },
            })),
            _ => plan.answer(asked),
        }
    };
    for (calls, delegated) in [(24, true), (4, false)] {
        let scripted = Scripted::new(script.clone());
        let mut brief = brief("balanced", &scripted);
        brief.agents[2].config.allow_delegation = true;
        brief.workflow.budget.calls = Some(calls);
        let played = play(&brief, &scripted).await;
        let asked = scripted.asked();
        assert_eq!(
            asked.iter().filter(|asked| asked.form == "text").count(),
            usize::from(delegated)
        );
        if delegated {
            let last = asked
                .iter()
                .rfind(|asked| asked.form == "contribution")
                .unwrap();
            assert!(
                last.prompt.contains("What share is it?") && last.prompt.contains("About 23 %.")
            );
            assert!(!last.prompt.contains("`ask`"));
            assert!(last_contributions(&played)["practical"].contains("version 2"));
            assert_eq!(played.steps().len(), asked.len());
        } else {
            assert!(asked.len() <= 4);
        }
    }
}

#[test]
fn who_works_with_which_model() {
    let scripted = Plan::default().scripted();
    let model = |name: &str| name.parse().unwrap();
    let names =
        |choice: &ModelChoice,
         change: &dyn Fn(&mut domain::Workflow, &mut Vec<domain::AgentConfig>)| {
            let (mut workflow, mut agents) =
                (shipped::workflow("balanced").unwrap(), shipped::agents());
            change(&mut workflow, &mut agents);
            let question = Question::try_from("Why?".to_owned()).unwrap();
            let run = domain::RunId(uuid::Uuid::nil());
            Brief::new(run, question, workflow, &agents, choice, &scripted).map(|brief| {
                let join = |models: &[domain::ModelName]| {
                    models
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                let mut all: Vec<_> = brief
                    .agents
                    .iter()
                    .map(|agent| join(&agent.models))
                    .collect();
                all.extend([join(&brief.synthesizer), join(&brief.judge)]);
                all
            })
        };
    let two = ModelChoice {
        configured: vec![model("a/1"), model("b/1")],
        ..ModelChoice::default()
    };
    // Spread, each falling back to the other; the judge on another provider than the synthesizer.
    assert_eq!(
        names(&two, &|_, _| {}).unwrap(),
        ["a/1 b/1", "b/1 a/1", "a/1 b/1", "a/1 b/1", "b/1 a/1"]
    );
    let all = ModelChoice {
        request: Some(model("r/1")),
        user: Some(model("u/1")),
        organization: Some(model("o/1")),
        process: Some(model("p/1")),
        ..two.clone()
    };
    for (choice, expected) in [
        (all.clone(), "r/1"),
        (
            ModelChoice {
                request: None,
                ..all.clone()
            },
            "u/1",
        ),
        (
            ModelChoice {
                request: None,
                user: None,
                ..all.clone()
            },
            "o/1",
        ),
        (
            ModelChoice {
                process: Some(model("p/1")),
                ..two.clone()
            },
            "p/1",
        ),
    ] {
        assert_eq!(names(&choice, &|_, _| {}).unwrap(), [expected; 5]);
    }
    let without = ModelChoice {
        request: None,
        user: None,
        ..all.clone()
    };
    assert_eq!(
        names(&without, &|workflow, _| workflow.model = Some(model("w/1"))).unwrap()[0],
        "w/1"
    );
    let own = names(&all, &|workflow, agents| {
        workflow.judge_models = vec![model("j/1"), model("j/2")];
        agents[1].llm_config = LlmConfig {
            model: Some(model("x/1")),
            fallbacks: vec![model("x/2")],
            ..LlmConfig::default()
        };
    });
    assert_eq!(own.unwrap(), ["x/1 x/2", "r/1", "r/1", "r/1", "j/1 j/2"]);
    assert_eq!(
        names(&ModelChoice::default(), &|_, _| {}),
        Err(BriefError::NoModel)
    );
}
