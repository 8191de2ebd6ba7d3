//! Where `overmind serve` cannot start, it says in one line why and what to do. Without a model it
//! starts all the same, and says so in the page.

use crate::program::{Server, overmind, site};
use serde_json::json;
use std::fs;
use std::process::Command;
use store::testing::{Kind, TestDatabase};
use store::{PoolSizes, Store};

/// All that a server says on standard error which does not start.
fn refusal(serve: &mut Command) -> String {
    let output = serve.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "it did not start");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("overmind: "), "{said}");
    said
}

#[test]
fn a_database_in_use_is_left_alone() {
    let folder = site();
    let first = Server::start_with(|command| {
        command.env("OVERMIND_DATA_DIR", folder.path());
    });
    let said = refusal(&mut overmind(&folder, "127.0.0.1:0"));
    let database = folder.path().join("overmind.db");
    for part in [
        &*database.to_string_lossy(),
        "in use by another overmind",
        "stop it first, or set OVERMIND_DATA_DIR",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(first.get("/ready").status, 200);
    assert_eq!(first.terminate().code(), Some(0));
    let later = Server::start_with(|command| {
        command.env("OVERMIND_DATA_DIR", folder.path());
    });
    assert_eq!(later.get("/ready").status, 200, "nothing was left locked");
}

#[test]
fn what_is_no_database_is_left_as_it_is() {
    let folder = site();
    let database = folder.path().join("overmind.db");
    let letter = "Dear Ada, this is a letter, and nobody shall write over it.\n".repeat(20);
    fs::write(&database, &letter).unwrap();
    let said = refusal(&mut overmind(&folder, "127.0.0.1:0"));
    for part in [
        &*database.to_string_lossy(),
        "not an SQLite database",
        "Move it away, or restore a backup",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(fs::read_to_string(&database).unwrap(), letter);

    // Nor can a folder be read as one, nor a file hold one.
    fs::remove_file(&database).unwrap();
    fs::create_dir(&database).unwrap();
    let said = refusal(&mut overmind(&folder, "127.0.0.1:0"));
    assert!(said.contains(&*database.to_string_lossy()), "{said}");
    let inside = folder.path().join("secret.txt");
    let mut serve = overmind(&folder, "127.0.0.1:0");
    let said = refusal(serve.env("OVERMIND_DATA_DIR", &inside));
    assert!(said.contains(&*inside.to_string_lossy()), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_left_to_the_newer_program() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = TestDatabase::fresh(kind).await;
        let store = Store::open(&database.url, PoolSizes::default(), false).await;
        store.unwrap().close().await;
        database.outgrow().await;
        let folder = site();
        let mut serve = overmind(&folder, "127.0.0.1:0");
        let serve = serve
            .env("DATABASE_URL", &database.url)
            .env("JWT_SECRET", "0123456789abcdef0123456789abcdef");
        let said = refusal(serve);
        for part in [
            "newer than this program",
            "install the newer overmind again, or restore a backup",
        ] {
            assert!(said.contains(part), "{kind:?}: {said}");
        }
    }
}

#[test]
fn a_database_server_that_is_not_there_is_named_without_its_password() {
    let folder = site();
    let mut serve = overmind(&folder, "127.0.0.1:0");
    let serve = serve
        .env(
            "DATABASE_URL",
            "postgres://ada:hunter2@127.0.0.1:1/overmind",
        )
        .env("JWT_SECRET", "0123456789abcdef0123456789abcdef");
    let said = refusal(serve);
    assert!(said.contains("does not answer"), "{said}");
    assert!(said.contains("Check that it runs"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn without_a_model_the_page_says_so_and_nothing_is_asked() {
    let nowhere = tempfile::tempdir().unwrap();
    let server = Server::start_with(|command| {
        for name in [
            "OPENAI_API_KEY",
            "ANTHROPIC_API_KEY",
            "GEMINI_API_KEY",
            "OLLAMA_HOST",
            "OVERMIND_OPENAI_COMPATIBLE_URL",
            "OVERMIND_DEFAULT_MODEL",
            "OVERMIND_LOCAL_MODEL",
        ] {
            command.env_remove(name);
        }
        // Where the built-in model is not.
        command.env("OVERMIND_CACHE", nowhere.path());
    });
    let ada = server.register();
    let bearer = format!("Bearer {ada}");
    for headers in [&[][..], &[("Authorization", bearer.as_str())]] {
        let page = server.send("GET", "/", headers);
        assert_eq!(page.status, 200);
        let html = page.text();
        for part in [
            "No model is connected.",
            "OPENAI_API_KEY",
            "overmind models",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
    let (status, refused) = server.call(
        &ada,
        "POST /v1/workflows/overmind/execute",
        json!({ "query": "How?" }),
    );
    assert_eq!(status, 503, "{refused}");
    let (_, all) = server.call(&ada, "GET /v1/conversations", json!(null));
    assert_eq!(all["items"], json!([]), "nothing is stored");
}
