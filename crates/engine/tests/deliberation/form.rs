//! Replies in the wrong form: one re-ask, then a typed failure.

use crate::world::*;
use domain::OutputFormat;
use domain::event::EventData;
use engine::llm::ModelTraits;
use insta::assert_snapshot;
use llm::scripted::{Answer, Scripted};

#[tokio::test(start_paused = true)]
async fn one_re_ask_then_a_typed_failure() {
    for (bad, times, fails) in [
        ("1. one\n2. two\n3. three", 1, false),
        ("{\"lines\": [\"a\", \"b\"]}", 1, false),
        ("I would rather not.", 2, true),
        ("", 2, true),
    ] {
        let plan = Plan::default();
        let scripted = Scripted::new(move |asked| {
            if agent_of(asked).as_deref() == Some("creative") && asked.nth < times {
                Answer::Text(bad.to_owned())
            } else {
                plan.answer(asked)
            }
        });
        let played = play(&brief("overmind", &scripted), &scripted).await;
        let asked: Vec<_> = scripted
            .asked()
            .into_iter()
            .filter(|asked| agent_of(asked).as_deref() == Some("creative"))
            .collect();
        assert_eq!(asked.len(), 2, "{bad:?}");
        assert!(asked[1].prompt.starts_with(&asked[0].prompt));
        let failed = played.events().into_iter().find_map(|event| match event {
            EventData::AgentFailed { agent_id, code, .. } => Some((agent_id.to_string(), code)),
            _ => None,
        });
        let expected = fails.then(|| ("creative".to_owned(), "invalid_reply".to_owned()));
        assert_eq!(failed, expected, "{bad:?}");
        // Both calls are in the journal, so a resumed run repeats neither.
        assert_eq!(played.steps().len(), scripted.asked().len());
    }
}

#[tokio::test(start_paused = true)]
async fn malformed_json_of_the_synthesis() {
    let plan = Plan::default();
    let scripted = Scripted::new(move |asked| match (asked.form, asked.nth) {
        ("distillation", _) => Answer::Text("{\"core_insights\": [".to_owned()),
        _ => plan.answer(asked),
    });
    let played = play(&brief("overmind", &scripted), &scripted).await;
    assert_eq!(played.failure().0, "invalid_reply");
    assert_eq!(played.transcript.contributions.len(), 6);
}

/// Plain numbered lines are as good as JSON.
#[tokio::test(start_paused = true)]
async fn numbered_text_is_accepted() {
    let plan = Plan::default();
    let scripted = Scripted::new(move |asked| match asked.form {
        "contribution" => Answer::Text("Here:\n1. a\n2. b\n3. c\n4. d".to_owned()),
        _ => plan.answer(asked),
    });
    let played = play(&brief("quick", &scripted), &scripted).await;
    assert_eq!(
        played.transcript.contributions[0].output,
        "1. a\n2. b\n3. c\n4. d"
    );
    assert_eq!(scripted.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_other_output_formats() {
    let plan = Plan::default();
    let scripted = Scripted::new(move |asked| match (asked.form, agent_of(asked)) {
        ("text", Some(agent)) if agent == "structural" => {
            Answer::Text("```json\n{\"a\": 1}\n```".to_owned())
        }
        ("text", Some(_)) => Answer::Text(" - **bold** point ".to_owned()),
        _ => plan.answer(asked),
    });
    let mut brief = brief("balanced", &scripted);
    brief.agents[0].config.output_format = OutputFormat::Json;
    brief.agents[1].config.output_format = OutputFormat::Markdown;
    let played = play(&brief, &scripted).await;
    let outputs: Vec<_> = played
        .transcript
        .contributions
        .iter()
        .map(|c| c.output.as_str())
        .collect();
    assert_eq!(outputs[..2], ["{\"a\":1}", "- **bold** point"]);
}

/// A small model gets short prompts, a SIM grammar and schemas whose replies come to an end.
#[tokio::test(start_paused = true)]
async fn small_models_run_combined() {
    let plan = Plan {
        scores: vec![6.0],
        better: vec!["tie"],
        ..Plan::default()
    };
    let scripted = Scripted::new(move |asked| match asked.form {
        "sim" => Answer::Text("1. a\n2. b\n3. c\n4. d".to_owned()),
        _ => plan.answer(asked),
    })
    .with_traits(ModelTraits {
        context_tokens: 2_048,
        small: true,
    });
    let brief = brief("overmind", &scripted);
    let played = play(&brief, &scripted).await;
    assert_eq!(played.answer().1.iterations, 2);
    let asked = scripted.asked();
    let forms: Vec<_> = asked.iter().map(|asked| asked.form).collect();
    assert_eq!(
        forms[..8],
        [
            "sim",
            "sim",
            "sim",
            "sim",
            "sim",
            "sim",
            "combined",
            "judgement"
        ]
    );
    assert_snapshot!(
        "small_agent_prompt",
        format!("{}\n---\n{}", asked[0].system, asked[0].prompt)
    );
    let schema = asked[7].schema.as_ref().unwrap();
    assert_snapshot!(
        "small_judgement_schema",
        serde_json::to_string_pretty(schema.as_ref()).unwrap()
    );
}
