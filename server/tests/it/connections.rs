//! Connections to providers, over HTTP: an organization's own is asked by its runs, and by nobody
//! else's; addresses are guarded; the master key changes.

use crate::program::{Server, overmind, site};
use crate::rest::{code, text};
use crate::stories;
use crate::typed::post;
use crate::world::{World, world};
use provider_mock::{Mock, Script};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use store::testing::{Kind, TestDatabase};

stories!(
    an_organization_asks_where_it_is_connected,
    a_page_says_where_questions_go,
);

const KEY: &str = "sk-0123456789abcdef";

fn lab(url: &str, key: &str) -> Value {
    json!({
        "provider": "compatible", "name": "lab", "base_url": url,
        "default_model": "own-model", "api_key": key,
    })
}

/// A provider that takes no other key.
async fn keyed() -> Mock {
    let script = Script {
        key: Some(KEY.to_owned()),
        ..Script::default()
    };
    Mock::start(script).await.unwrap()
}

fn asked(world: &World, who: &str) -> Value {
    let (_, conversation) = world.call(who, "POST /v1/conversations", json!({}));
    let path = format!(
        "POST /v1/conversations/{}/messages?wait=true",
        text(&conversation["id"])
    );
    let question = json!({ "content": "How?", "workflow_id": "quick" });
    let (status, asked) = world.call(who, &path, question);
    assert!((200..300).contains(&status), "{asked}");
    asked["run"].clone()
}

async fn an_organization_asks_where_it_is_connected(kind: Kind) {
    let world = world(kind, true).await;
    let own = keyed().await;
    let ada = world.register();
    let eve = world.add_admin_of_another_organization("eve@example.net");
    let new = lab(&own.base_url(), "sk-wrong-0123456");
    let (status, made) = world.call(&ada, "POST /v1/connections", new);
    assert_eq!(status, 201, "{made}");
    assert!(!made.to_string().contains("wrong"), "{made}");
    let path = format!("/v1/connections/{}", text(&made["id"]));

    let test = format!("POST {path}/test");
    let refused = world.call(&ada, &test, Value::Null);
    assert_eq!(code(&refused), (503, "provider_unauthorized"));
    let words = text(&refused.1["error"]["message"]);
    assert!(
        words.contains("Incorrect API key") && !words.contains("wrong"),
        "{words}"
    );
    let patch = format!("PATCH {path}");
    let (status, changed) = world.call(&ada, &patch, json!({ "api_key": KEY }));
    assert_eq!(
        (status, &changed["last_four"]),
        (200, &json!("cdef")),
        "{changed}"
    );
    let (status, tested) = world.call(&ada, &test, Value::Null);
    assert_eq!(
        (status, &tested["model"]),
        (200, &json!("lab/own-model")),
        "{tested}"
    );
    assert_eq!(tested["models"], json!(["mock"]));

    let terms = json!({
        "prices": [{ "model": "own-model", "input": 1_000_000, "output": 2_000_000 }],
        "requests_per_minute": 6_000, "concurrent_calls": 1,
    });
    let (status, changed) = world.call(&ada, &patch, terms);
    assert_eq!(
        (status, &changed["concurrent_calls"], &changed["models"]),
        (200, &json!(1), &json!(["mock"])),
        "{changed}"
    );
    let no_terms = json!({ "concurrent_calls": 0 });
    assert_eq!(code(&world.call(&ada, &patch, no_terms)), (422, "invalid"));
    let before = own.calls().len();
    let run = asked(&world, &ada);
    assert_eq!(run["status"], "completed");
    assert!(own.calls().len() > before);
    let steps = format!("GET /v1/runs/{}/steps", text(&run["id"]));
    let (_, steps) = world.call(&ada, &steps, Value::Null);
    for step in steps["items"].as_array().unwrap() {
        let tokens = |name: &str| step[name].as_u64().unwrap();
        let micros = tokens("input_tokens") + 2 * tokens("output_tokens");
        let cost = step["cost_usd"].as_f64().unwrap();
        assert_eq!((cost * 1e6).round() as u64, micros, "{step}");
    }
    assert!(
        world.calls().is_empty(),
        "nothing goes to the server's own provider"
    );
    let before = own.calls().len();
    assert_eq!(asked(&world, &eve)["status"], "completed");
    assert_eq!(
        own.calls().len(),
        before,
        "another organization does not use it"
    );
    let (_, theirs) = world.call(&eve, "GET /v1/connections", Value::Null);
    assert_eq!(theirs["items"], json!([]));
    assert_eq!(theirs["environment"][0]["provider"], "compatible");

    let (status, _) = world.call(&ada, &format!("DELETE {path}"), Value::Null);
    assert_eq!(status, 204);
    assert_eq!(asked(&world, &ada)["status"], "completed");
    assert_eq!(own.calls().len(), before, "what is removed is not used");
    let (_, audit) = world.call(&ada, "GET /v1/organization/audit", Value::Null);
    let entries = audit["items"].as_array().unwrap().iter();
    let actions = entries.filter_map(|it| text(&it["action"]).strip_prefix("connections."));
    assert_eq!(
        actions.collect::<Vec<_>>(),
        ["delete", "change", "change", "create"]
    );
}

async fn a_page_says_where_questions_go(kind: Kind) {
    let world = world(kind, true).await;
    let own = keyed().await;
    let cookie = world.sign_up();
    let page = |path: &str| {
        let reply = world
            .server
            .send("GET", path, &[("Cookie", cookie.as_str())]);
        reply.text()
    };
    assert!(page("/settings").contains("compatible/test-model"));
    let here = "/admin/providers";
    let action = world.action(here, &cookie, "create_connection");
    let url = own.base_url().replace(':', "%3A").replace('/', "%2F");
    let form = format!("provider=compatible&name=lab&base_url={url}&api_key={KEY}&done=connected");
    let refused = post(&world, here, &cookie, &action, &form);
    let html = refused.text();
    assert_eq!(refused.status, 422, "{html}");
    assert!(html.contains("name a model of this provider"), "{html}");
    assert!(!html.contains(KEY), "a key is typed again");
    let form = format!("{form}&default_model=own-model");
    let made = post(&world, here, &cookie, &action, &form);
    assert_eq!(made.status, 302, "{}", made.text());
    let suggested = page("/settings");
    assert!(suggested.contains("lab/own-model"), "{suggested}");
    assert!(!suggested.contains("compatible/test-model"));
    let providers = page(here);
    assert!(providers.contains("…cdef") && !providers.contains(KEY));
}

#[test]
fn private_addresses_are_refused_where_nobody_allowed_them() {
    let server = Server::start();
    let ada = server.register();
    for url in [
        "http://127.0.0.1:11434",
        "http://2130706433/v1",
        "http://[::ffff:169.254.169.254]/",
        "http://metadata.google.internal/",
    ] {
        let (status, refused) = server.call(&ada, "POST /v1/connections", lab(url, KEY));
        assert_eq!(
            (status, &refused["error"]["field"]),
            (422, &json!("base_url")),
            "{url}"
        );
        let words = text(&refused["error"]["message"]);
        assert!(words.contains("private or reserved"), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_changes_and_keys_go_on_working() {
    let own = keyed().await;
    let database = TestDatabase::fresh(Kind::Postgres).await;
    let folder = site();
    let (old, new) = ("5a".repeat(32), "a5".repeat(32));
    let with = |key: Option<&str>| {
        let (url, key) = (database.url.clone(), key.map(str::to_owned));
        move |command: &mut Command| {
            command
                .env("DATABASE_URL", url)
                .env("JWT_SECRET", "0123456789abcdef0123456789abcdef")
                .env("OVERMIND_PRIVATE_PROVIDERS", "true");
            if let Some(key) = key {
                command.env("OVERMIND_MASTER_KEY", key);
            }
        }
    };
    // Without a master key there is a server, and no place for keys.
    let server = Server::start_with(with(None));
    let ada = server.register();
    let new_connection = lab(&own.base_url(), KEY);
    let (status, refused) = server.call(&ada, "POST /v1/connections", new_connection.clone());
    assert_eq!(status, 409, "{refused}");
    assert!(text(&refused["error"]["message"]).contains("OVERMIND_MASTER_KEY"));
    assert_eq!(server.terminate().code(), Some(0));

    let server = Server::start_with(with(Some(&old)));
    let (status, made) = server.call(&ada, "POST /v1/connections", new_connection);
    assert_eq!(status, 201, "{made}");
    let test = format!("POST /v1/connections/{}/test", text(&made["id"]));
    assert_eq!(server.call(&ada, &test, Value::Null).0, 200);
    assert_eq!(server.terminate().code(), Some(0));

    let run = |arguments: &[&str], settings: &[(&str, &str)]| {
        let mut command = overmind(&folder, "127.0.0.1:0");
        with(None)(&mut command);
        let mut again = Command::new(command.get_program());
        again.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        again.args(arguments).envs(settings.iter().copied());
        let output = again.stdin(Stdio::null()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (status, _, error) = run(&["serve"], &[]);
    assert!(
        status == Some(1) && error.contains("OVERMIND_MASTER_KEY is not set"),
        "{error}"
    );
    let (status, _, error) = run(&["serve"], &[("OVERMIND_MASTER_KEY", &new)]);
    assert!(
        status == Some(1) && error.contains("not the one"),
        "{error}"
    );
    let rotate = &["rotate-master-key"];
    let (status, _, error) = run(rotate, &[("OVERMIND_MASTER_KEY", &old)]);
    assert!(
        status == Some(1) && error.contains("OVERMIND_NEW_MASTER_KEY"),
        "{error}"
    );
    let keys = [
        ("OVERMIND_MASTER_KEY", old.as_str()),
        ("OVERMIND_NEW_MASTER_KEY", &new),
    ];
    let (status, said, error) = run(rotate, &keys);
    assert!(
        status == Some(0) && said.starts_with("1 data keys"),
        "{said} {error}"
    );

    let server = Server::start_with(with(Some(&new)));
    assert_eq!(server.call(&ada, &test, Value::Null).0, 200);
}
