//! `overmind ask` as a person or a script meets it: the real program against the provider mock.

use provider_mock::{Answer, Mock, RecordedCall, Rule, Script, Status, Then, When};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const QUESTION: &str = "How do I improve team productivity?";

/// The program in an environment of its own: no keys, no model, unless a test adds them.
fn overmind(home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overmind"));
    command
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(mut command: Command) -> Output {
    tokio::task::block_in_place(|| command.output().unwrap())
}

fn ask(mock: &Mock, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = overmind(&home);
    command.env("OVERMIND_OPENAI_COMPATIBLE_URL", mock.base_url());
    command.env("OVERMIND_OPENAI_COMPATIBLE_KEY", "sk-hush");
    command
        .args(["ask", "--model", "compatible/test-model"])
        .args(arguments);
    run(command)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn on(schema: &str, answer: Answer) -> Rule {
    Rule {
        when: When {
            schema: Some(schema.to_owned()),
            ..When::default()
        },
        then: Then {
            answer,
            ..Then::default()
        },
        times: None,
    }
}

fn observation() -> Value {
    let item = |id: &str, accuracy: bool| json!({ "id": id, "text": format!("Item {id}"), "weight": 1, "accuracy": accuracy });
    json!({
        "user_intent": "A more productive team",
        "key_requirements": [],
        "context_summary": "",
        "checklist": [item("c1", true), item("c2", false), item("c3", false), item("c4", false)],
    })
}

fn judgement(points: f64, directives: Value) -> Answer {
    let item = |id: &str| json!({ "item_id": id, "evidence": [1], "reason": "as written", "points": points });
    Answer::Json(
        json!({ "items": [item("c1"), item("c2"), item("c3"), item("c4")], "directives": directives }),
    )
}

/// The analytical agent is refused; the first draft falls short in c2, the second one passes.
fn one_failing_agent_and_one_repair() -> Script {
    let mut refused = on(
        "contribution",
        Answer::Status(Status {
            status: 401,
            message: "Incorrect API key provided: sk-hush.".to_owned(),
            ..Status::default()
        }),
    );
    refused.when.prompt_contains = Some("You are Analytical Clarity".to_owned());
    let mend = json!([{ "agent_id": "practical", "item_id": "c2", "sentences": [1], "required_change": "Name a first step" }]);
    let mut first = on("judgement", judgement(4.0, mend));
    first.times = Some(1);
    Script {
        rules: vec![
            refused,
            on("observation", Answer::Json(observation())),
            first,
            on("judgement", judgement(5.0, json!([]))),
        ],
        ..Script::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_degraded_answer_with_one_repair() {
    let mock = Mock::start(one_failing_agent_and_one_repair())
        .await
        .unwrap();
    let output = ask(&mock, &["--json", QUESTION]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["outcome"], "degraded");
    assert_eq!(
        (&answer["passed"], &answer["score"]),
        (&json!(true), &json!(10.0))
    );
    assert_eq!(answer["self_judged"], true);
    assert_eq!(answer["iterations"], 2);
    assert_eq!(
        answer["missing"],
        json!([{ "agent_id": "analytical", "agent_name": "Analytical Clarity" }])
    );
    let contributions = answer["contributions"].as_array().unwrap();
    assert_eq!(contributions.len(), 5);
    for contribution in contributions {
        assert_eq!(contribution["lines"].as_array().unwrap().len(), 4);
        let round = if contribution["agent_id"] == "practical" {
            2
        } else {
            1
        };
        assert_eq!(contribution["iteration"], round);
        assert!(contribution["tokens_used"].as_u64().unwrap() > 0);
    }
    let checklist = answer["checklist"].as_array().unwrap();
    assert_eq!(checklist.len(), 4);
    assert_eq!(checklist[0]["evidence"], json!([1]));
    assert_eq!(checklist[0]["points"], 5.0);
    // The price of an unknown model is unknown, never 0.
    assert_eq!(answer["cost_usd"], Value::Null);
    assert_eq!(answer["models"]["judge"], "compatible/test-model");
    for timing in ["wall_ms", "critical_ms", "overhead_ms"] {
        assert!(answer["timings"][timing].is_u64(), "{timing}");
    }
    assert!(answer["tokens"]["input"].as_u64() > Some(0));

    let progress = stderr(&output);
    assert!(progress.contains("Analytical Clarity failed"), "{progress}");
    assert!(progress.contains("(401)"), "{progress}");
    assert!(
        progress.contains("Repairing with Practical Clarity"),
        "{progress}"
    );
    assert!(
        progress.contains("Degraded 10.0: Analytical Clarity missing"),
        "{progress}"
    );
    assert!(!progress.contains("sk-hush") && !stdout(&output).contains("sk-hush"));

    // One observation, six agents, then one of them; each round distilled, written and judged.
    let calls: Vec<_> = mock
        .calls()
        .iter()
        .map(|call| call.schema_name.clone())
        .collect();
    let count = |name: Option<&str>| calls.iter().filter(|call| call.as_deref() == name).count();
    assert_eq!(count(Some("observation")), 1);
    assert_eq!(count(Some("contribution")), 7);
    assert_eq!(
        (
            count(Some("distillation")),
            count(None),
            count(Some("judgement"))
        ),
        (2, 2, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_goes_to_standard_output_alone() {
    let mut script = one_failing_agent_and_one_repair();
    script.rules.remove(0);
    let mock = Mock::start(script).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = overmind(&home);
    command.env("OVERMIND_OPENAI_COMPATIBLE_URL", mock.base_url());
    command.args([
        "ask",
        "--model",
        "compatible/test-model",
        "--workflow",
        "balanced",
        "--agent",
        "empathic",
        "-",
    ]);
    command.stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(QUESTION.as_bytes())
        .unwrap();
    let output = tokio::task::block_in_place(|| child.wait_with_output().unwrap());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stdout(&output).trim().is_empty());
    assert!(!stdout(&output).contains("finished in"));
    assert!(stderr(&output).contains("1 agent, up to 2 rounds"));
    assert!(stderr(&output).contains("Empathic Clarity finished in"));
    assert!(
        mock.calls()
            .iter()
            .all(|call| call.prompt.contains(QUESTION))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_key_is_told_in_the_providers_words() {
    let mock = Mock::start(Script {
        key: Some("another".to_owned()),
        ..Script::default()
    })
    .await
    .unwrap();
    let output = ask(&mock, &["--json", QUESTION]);
    assert_eq!(output.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(error["error"]["code"], "provider_unauthorized");
    let message = error["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("401") && !message.contains("sk-hush"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_usage() {
    type Case<'a> = (&'a [&'a str], Option<&'a [u8]>, &'a str);
    let home = tempfile::tempdir().unwrap();
    let long = "x".repeat(32_001);
    let cases: [Case<'_>; 10] = [
        (&["ask", ""], None, "the question is empty"),
        (&["ask", "-"], Some(b" \n"), "the question is empty"),
        (&["ask", &long], None, "32001 characters"),
        (&["ask", "-"], Some(&[b'x'; 200_000]), "at most 32000"),
        (&["ask", "-"], Some(b"caf\xe9"), "not valid UTF-8 (byte 3)"),
        (&["ask"], None, "Usage"),
        (&["ask", "--workflow", "magic", "Why?"], None, "magic"),
        (
            &["ask", "--agent", "magic", "Why?"],
            None,
            "there is no agent magic: creative, ",
        ),
        (&["ask", "--model", "gpt", "Why?"], None, "provider/model"),
        (
            &["ask", "--max-iterations", "0", "Why?"],
            None,
            "max-iterations",
        ),
    ];
    for (arguments, input, expected) in cases {
        let mut command = overmind(&home);
        command.args(arguments);
        let output = match input {
            None => run(command),
            Some(input) => {
                command.stdin(Stdio::piped());
                let mut child = command.spawn().unwrap();
                // It may stop reading before all of it is written.
                let _ = child.stdin.take().unwrap().write_all(input);
                tokio::task::block_in_place(|| child.wait_with_output().unwrap())
            }
        };
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(expected),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_model_both_ways_out() {
    let home = tempfile::tempdir().unwrap();
    let mut command = overmind(&home);
    command.args(["ask", QUESTION]);
    let output = run(command);
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(
        message.contains("OPENAI_API_KEY") && message.contains("scripts/fetch-model.sh"),
        "{message}"
    );

    let mut command = overmind(&home);
    command
        .args(["ask", QUESTION, "--json"])
        .env("OVERMIND_LOCAL_MODEL", "/nowhere/model.gguf");
    let output = run(command);
    assert_eq!(output.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        error["error"]["message"]
            .as_str()
            .unwrap()
            .contains("fetch-model.sh")
    );

    let mut command = overmind(&home);
    command.args(["ask", QUESTION, "--model", "gemini/gemini-2.5-pro"]);
    assert!(stderr(&run(command)).contains("GEMINI_API_KEY"));

    let mut command = overmind(&home);
    command.arg("models").env("ANTHROPIC_API_KEY", "sk-hush");
    let listing = stdout(&run(command));
    assert!(listing.contains("anthropic    connected"), "{listing}");
    assert!(
        listing.contains("set OPENAI_API_KEY") && !listing.contains("sk-hush"),
        "{listing}"
    );
}

/// Ctrl-C keeps and prints what finished.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c() {
    let mut script = one_failing_agent_and_one_repair();
    script.rules.remove(0);
    script.rules.insert(0, on("distillation", Answer::Never {}));
    let mock = Mock::start(script).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = overmind(&home);
    command.env("OVERMIND_OPENAI_COMPATIBLE_URL", mock.base_url());
    command.args(["ask", "--model", "compatible/test-model", QUESTION]);
    let child = command.spawn().unwrap();
    let distilling = |call: &RecordedCall| call.schema_name.as_deref() == Some("distillation");
    assert!(mock.wait_until(|calls| calls.iter().any(distilling)).await);
    let pid = child.id().to_string();
    Command::new("/bin/kill")
        .args(["-INT", &pid])
        .status()
        .unwrap();
    let output = tokio::task::block_in_place(|| child.wait_with_output().unwrap());
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let printed = stdout(&output);
    assert!(
        printed.contains("Creative Clarity\n1. ") && printed.contains("Practical Clarity\n1. "),
        "{printed}"
    );
    let closed = |call: &RecordedCall| distilling(call) && call.closed_early;
    assert!(mock.wait_until(|calls| calls.iter().any(closed)).await);
}
