//! `overmind ask --server` as a person or a script meets it: the real program against the real
//! server.

use crate::stories;
use crate::world::{World, world};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use store::testing::Kind;
use tempfile::TempDir;

stories!(
    a_question_to_a_running_server,
    what_a_server_does_not_take_up,
    ctrl_c_stops_the_run_on_the_server,
);

const QUESTION: &str = "How do I improve team productivity?";

fn key(world: &World, bearer: &str, scope: &str) -> String {
    let new = json!({ "name": "Terminal", "scope": scope });
    let (status, made) = world.call(bearer, "POST /v1/api-keys", new);
    assert_eq!(status, 201, "{made}");
    made["key"].as_str().unwrap().to_owned()
}

/// Without a model or a server, unless the test names one.
fn ask(home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overmind"));
    command
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .arg("ask")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(mut command: Command) -> Output {
    tokio::task::block_in_place(|| command.output().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn a_question_to_a_running_server(kind: Kind) {
    let world = world(kind, true).await;
    let key = key(&world, &world.register(), "write");
    let home = tempfile::tempdir().unwrap();
    let origin = format!("{}/", world.origin());

    let plain = run(ask(
        &home,
        &["--server", &origin, "--api-key", &key, QUESTION],
    ));
    let progress = text(&plain.stderr);
    assert_eq!(plain.status.code(), Some(0), "{progress}");
    assert!(progress.contains("6 agents, up to"), "{progress}");
    assert!(
        progress.contains("Creative Clarity finished in"),
        "{progress}"
    );
    assert!(!progress.contains(&key));
    let answer = text(&plain.stdout);
    assert!(!answer.trim().is_empty() && !answer.contains("finished in"));

    let mut command = ask(
        &home,
        &[
            "--json",
            "--workflow",
            "overmind",
            "--agent",
            "practical",
            "--max-iterations",
            "1",
            "--model",
            "compatible/test-model",
            QUESTION,
        ],
    );
    command
        .env("OVERMIND_SERVER", &origin)
        .env("OVERMIND_API_KEY", &key);
    let json = run(command);
    assert_eq!(json.status.code(), Some(0), "{}", text(&json.stderr));
    let answer: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(!answer["content"].as_str().unwrap().is_empty());
    let outcome = answer["outcome"].as_str().unwrap();
    assert!(
        ["passed", "best_effort", "degraded"].contains(&outcome),
        "{outcome}"
    );
    assert_eq!(answer["iterations"], 1);
    assert_eq!(answer["models"]["judge"], "compatible/test-model");
    assert!(answer["tokens"]["input"].as_u64() > Some(0));
    assert!(answer["timings"]["wall_ms"].is_u64());
    let contributions = answer["contributions"].as_array().unwrap();
    assert_eq!(contributions.len(), 1, "{contributions:?}");
    assert_eq!(contributions[0]["agent_id"], "practical");
}

async fn what_a_server_does_not_take_up(kind: Kind) {
    let world = world(kind, true).await;
    let bearer = world.register();
    let writes = key(&world, &bearer, "write");
    let reads = key(&world, &bearer, "read");
    let origin = world.origin();
    let origin = origin.as_str();
    let home = tempfile::tempdir().unwrap();
    let cases: [(&[&str], i32, &str); 8] = [
        (
            &["--server", origin, "--api-key", "ovm_guess", QUESTION],
            1,
            "does not know this API key: make one in its settings",
        ),
        (
            &["--server", origin, "--api-key", &reads, QUESTION],
            1,
            "only reads",
        ),
        (
            &[
                "--server",
                origin,
                "--api-key",
                &writes,
                "--workflow",
                "magic",
                QUESTION,
            ],
            1,
            "There is no such workflow",
        ),
        (
            &[
                "--server",
                "http://127.0.0.1:1",
                "--api-key",
                &writes,
                QUESTION,
            ],
            1,
            "http://127.0.0.1:1 cannot be reached: connection refused",
        ),
        (&["--server", origin, QUESTION], 2, "make one at"),
        (
            &["--server", "overmind", "--api-key", &writes, QUESTION],
            2,
            "not a server's address",
        ),
        (
            &["--server", origin, "--api-key", &writes, " "],
            2,
            "the question is empty",
        ),
        // Nothing is asked elsewhere, so here there has to be a model.
        (&["--server", "", "--api-key", "", QUESTION], 1, "no model"),
    ];
    for (arguments, exit, expected) in cases {
        let output = run(ask(&home, arguments));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!said.contains(&writes) && !said.contains(&reads));
    }

    let wrong = [
        "--json",
        "--server",
        origin,
        "--api-key",
        "ovm_guess",
        QUESTION,
    ];
    let output = run(ask(&home, &wrong));
    assert_eq!(output.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(error["error"]["code"], "unauthorized");
    let (_, left) = world.call(&bearer, "GET /v1/conversations", Value::Null);
    assert_eq!(
        left["items"],
        serde_json::json!([]),
        "nothing is left behind"
    );
}

async fn ctrl_c_stops_the_run_on_the_server(kind: Kind) {
    let world = world(kind, false).await;
    let key = key(&world, &world.register(), "write");
    let home = tempfile::tempdir().unwrap();
    let origin = world.origin();
    let arguments = ["--json", "--server", &origin, "--api-key", &key, QUESTION];
    let output = tokio::task::block_in_place(|| {
        let mut child = ask(&home, &arguments).spawn().unwrap();
        let mut progress = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(progress.any(|line| line.unwrap().contains("agents, up to")));
        let pid = child.id().to_string();
        let kill = Command::new("/bin/kill").args(["-INT", &pid]).status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        let told: Vec<String> = progress.map(Result::unwrap).collect();
        assert!(told.join("\n").contains("Cancelled"), "{told:?}");
        output
    });
    assert_eq!(output.status.code(), Some(130));
    let cancelled: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(cancelled["outcome"], "cancelled");
}
