//! A run that was stopped is answered with what it has, and no agent is asked anything anew.

use crate::world::*;
use domain::RunStatus;
use engine::Journal;
use engine::llm::LlmErrorKind;
use llm::scripted::{Answer, Asked, Scripted};

struct Case {
    name: &'static str,
    /// What the provider does in the stopped run; otherwise it answers sensibly.
    instead: fn(&Asked, Option<&str>) -> Option<Answer>,
    /// What is asked for afterwards; `None`: there is nothing to answer with.
    asked: Option<&'static [&'static str]>,
    missing: &'static [&'static str],
}

fn hang(when: bool) -> Option<Answer> {
    when.then(|| Answer::Hanging(String::new()))
}

fn refuse() -> Option<Answer> {
    Some(Answer::failure(
        LlmErrorKind::Unauthorized,
        "refused the key (401)",
    ))
}

const CASES: [Case; 10] = [
    Case {
        name: "nobody had answered",
        instead: |asked, _| hang(asked.form == "contribution"),
        asked: None,
        missing: &[],
    },
    Case {
        name: "one had answered",
        instead: |asked, agent| hang(asked.form == "contribution" && agent != Some("empathic")),
        asked: Some(&["distillation", "text", "judgement"]),
        missing: &[
            "creative",
            "structural",
            "analytical",
            "strategic",
            "practical",
        ],
    },
    Case {
        name: "stopped while the draft was written",
        instead: |asked, _| hang(asked.form == "text"),
        asked: Some(&["text", "judgement"]),
        missing: &[],
    },
    Case {
        name: "stopped in the second round: the first one's draft is the answer",
        instead: |asked, _| hang(asked.form == "judgement" && asked.nth == 1),
        asked: Some(&[]),
        missing: &[],
    },
    Case {
        name: "the only reply could not be read, twice",
        instead: |asked, agent| match (asked.form, agent) {
            ("contribution", Some("practical")) => Some(Answer::Text("Well.".to_owned())),
            (form, _) => hang(form == "contribution"),
        },
        asked: None,
        missing: &[],
    },
    Case {
        name: "one could not be read, the others could: it failed, as it had before",
        instead: |asked, agent| match (asked.form, agent) {
            ("contribution", Some("practical")) => Some(Answer::Text("Well.".to_owned())),
            (form, None) => hang(form == "text"),
            _ => None,
        },
        asked: Some(&["text", "judgement"]),
        missing: &["practical"],
    },
    Case {
        name: "a sub-question had failed",
        instead: |asked, agent| match (asked.form, agent) {
            ("contribution", Some("practical")) => Some(asking("analytical")),
            ("text", Some(_)) => refuse(),
            (form, None) => hang(form == "text"),
            _ => None,
        },
        asked: Some(&["text", "judgement"]),
        missing: &[],
    },
    Case {
        name: "the only answer was one whose sub-question had failed",
        instead: |asked, agent| match (asked.form, agent) {
            ("contribution", Some("practical")) => Some(asking("analytical")),
            ("text", Some(_)) => refuse(),
            (form, _) => hang(form == "contribution"),
        },
        asked: Some(&["distillation", "text", "judgement"]),
        missing: &[
            "creative",
            "structural",
            "analytical",
            "empathic",
            "strategic",
        ],
    },
    Case {
        name: "the same in the third round: nobody is asked in the second one",
        instead: |asked, agent| match (asked.form, agent) {
            ("contribution", Some("practical")) if asked.nth == 0 => Some(asking("analytical")),
            ("text", Some(_)) => refuse(),
            (form, _) => hang(form == "judgement" && asked.nth == 2),
        },
        asked: Some(&[]),
        missing: &[],
    },
    Case {
        name: "stopped while a sub-question was under way: the first word stands",
        instead: |asked, agent| match (asked.form, agent) {
            ("contribution", Some("practical")) => Some(asking("analytical")),
            (form, agent) => hang(form == "text" && agent.is_some()),
        },
        asked: Some(&["distillation", "text", "judgement"]),
        missing: &[],
    },
];

/// What had finished is not asked for again; who had not is left out, and said to be missing.
#[tokio::test(start_paused = true)]
async fn an_answer_with_what_a_stopped_run_had() {
    for Case {
        name,
        instead,
        asked,
        missing,
    } in CASES
    {
        let plan = Plan {
            scores: vec![8.0],
            flagged: vec![vec!["practical"]],
            ..Plan::default()
        };
        let answers = plan.clone();
        let scripted = Scripted::new(move |asked| {
            let agent = agent_of(asked);
            instead(asked, agent.as_deref()).unwrap_or_else(|| answers.answer(asked))
        });
        let mut brief = brief("overmind", &scripted);
        brief.agents[5].config.allow_delegation = true;
        let stop = after(60, cancelled());
        let stopped = play_with(&brief, &scripted, Vec::new(), stop).await;
        assert_eq!(stopped.transcript.status, RunStatus::Cancelled, "{name}");
        let brief = brief.concluding(&stopped.events());
        assert_eq!(brief.is_some(), asked.is_some(), "{name}");
        let (Some(brief), Some(expected)) = (brief, asked) else {
            continue;
        };
        let mut journal = stopped.steps();
        let second = plan.clone().scripted();
        let played = play_with(&brief, &second, journal.clone(), no_stop()).await;
        let asked: Vec<_> = second.asked().iter().map(|asked| asked.form).collect();
        assert_eq!(asked, expected, "{name}");
        let (content, metadata) = played.answer();
        assert!(content.starts_with("Draft 1."), "{name}: {content}");
        assert_eq!(metadata.score, Some(8.0), "{name}");
        assert_eq!(played.missing(), missing, "{name}");
        let failed = played.lines().into_iter();
        let failed = failed.filter(|line| line.contains(" agent_failed "));
        assert_eq!(failed.count(), missing.len(), "{name}");

        // What it did not ask is no call that it made; resumed, it says the same.
        assert_eq!(played.steps().len(), expected.len(), "{name}");
        journal.extend(played.steps());
        let third = plan.scripted();
        let resumed = play_with(&brief, &third, journal, no_stop()).await;
        assert!(third.asked().is_empty(), "{name}");
        assert_eq!(resumed.lines(), played.lines(), "{name}");
    }
}

/// Calls that were made with other prompts fit no request of today's.
#[tokio::test(start_paused = true)]
async fn a_journal_of_other_prompts_is_known() {
    let scripted = Plan::default().scripted();
    let mut steps = play(&brief("quick", &scripted), &scripted).await.steps();
    assert!(!Journal::new(steps.clone()).is_outdated());
    steps[0].prompt_version += 1;
    assert!(Journal::new(steps).is_outdated());
}
