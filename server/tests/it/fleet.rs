//! Several processes on a PostgreSQL and a Redis of their own, which may be halted, with the
//! provider mock behind them.

use crate::program::{Server, signal};
use crate::world::Socket;
use provider_mock::{Answer, Mock, Rule, Script, Then, When};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Fleet {
    pub mock: Mock,
    services: Services,
}

struct Services {
    state: PathBuf,
    postgres: String,
    redis: String,
    _folder: TempDir,
}

impl Services {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("services");
        let said = script(&state, &["start"]);
        let url = |name: &str| {
            let line = said.lines().find_map(|line| {
                line.strip_prefix(&format!("export {name}="))
                    .map(str::to_owned)
            });
            line.expect("the script says where they are")
        };
        Self {
            postgres: url("TEST_POSTGRES_URL"),
            redis: url("TEST_REDIS_URL"),
            state,
            _folder: folder,
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        script(&self.state, &["stop"]);
    }
}

fn script(state: &Path, args: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(root.join("scripts/services.sh"))
        .args(args)
        .env("OVERMIND_SERVICES", state)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "services.sh {args:?}");
    String::from_utf8(output.stdout).unwrap()
}

impl Fleet {
    pub async fn start(script: Script) -> Self {
        Self {
            mock: Mock::start(script).await.unwrap(),
            services: Services::start(),
        }
    }

    /// A server that executes so many runs at a time.
    pub fn serve(&self, runs: u32) -> Server {
        self.serve_with("OVERMIND_RUNS", &runs.to_string())
    }

    /// A server with one more setting.
    pub fn serve_with(&self, name: &str, value: &str) -> Server {
        Server::start_with(|command| {
            self.configure(command).env(name, value);
        })
    }

    pub fn work(&self) -> Worker {
        let mut command = Command::new(env!("CARGO_BIN_EXE_overmind"));
        self.configure(command.arg("worker"));
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        assert!(said.starts_with("Overmind works"), "{said}");
        Worker(process)
    }

    fn configure<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DATABASE_URL", &self.services.postgres)
            .env("REDIS_URL", &self.services.redis)
            .env("JWT_SECRET", "0123456789abcdef0123456789abcdef")
            .env("OVERMIND_RATE_LIMIT", "1000000")
            .env("OVERMIND_OPENAI_COMPATIBLE_URL", self.mock.base_url())
            .env("OVERMIND_DEFAULT_MODEL", "compatible/test-model")
    }

    pub fn admin_of_another_organization(&self, server: &Server) -> String {
        server.admin_of_another_organization(&self.services.postgres, "bob@example.net")
    }

    /// Stops `postgres` or `redis` as a failing machine would.
    pub fn halt(&self, service: &str) {
        script(&self.services.state, &["halt", service]);
    }

    pub fn resume(&self, service: &str) {
        script(&self.services.state, &["resume", service]);
    }
}

pub struct Worker(Child);

impl Worker {
    pub fn terminate(mut self) -> ExitStatus {
        signal(&self.0, "TERM");
        self.0.wait().unwrap()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until it is so; what is not so by then will not be.
pub fn until<T>(what: &str, mut is: impl FnMut() -> Option<T>) -> T {
    let limit = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = is() {
            return found;
        }
        assert!(Instant::now() < limit, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Server {
    /// The run of a question in a new conversation.
    pub fn ask(&self, bearer: &str, workflow: &str) -> String {
        let (_, conversation) = self.call(bearer, "POST /v1/conversations", json!({}));
        let path = format!("POST /v1/conversations/{}/messages", id(&conversation));
        let question = json!({ "content": "How?", "workflow_id": workflow });
        let (status, asked) = self.call(bearer, &path, question);
        assert_eq!(status, 202, "{asked}");
        id(&asked["run"])
    }

    pub fn events(&self, bearer: &str, run: &str) -> Vec<Value> {
        let path = format!("GET /v1/runs/{run}/events");
        let (_, page) = self.call(bearer, &path, Value::Null);
        page["items"].as_array().cloned().unwrap_or_default()
    }

    /// The run's events, when it has ended.
    pub fn ending(&self, bearer: &str, run: &str) -> Vec<Value> {
        until("the run ends", || {
            let events = self.events(bearer, run);
            is_over(events.last()?).then_some(events)
        })
    }

    /// How many runs are before that one, as the page asks for it.
    pub fn ahead_of(&self, bearer: &str, run: &str) -> (u16, Value) {
        let _linked = app::App;
        let path = leptos::server_fn::axum::server_fn_paths()
            .map(|(path, _)| path)
            .find(|path| path.starts_with("/api/queue_place"))
            .unwrap();
        let (bearer, origin) = (format!("Bearer {bearer}"), format!("http://{}", self.addr));
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
            ("Origin", origin.as_str()),
            ("Authorization", bearer.as_str()),
        ];
        let reply = self.send_body("POST", path, &headers, &format!("id={run}"));
        let place = serde_json::from_slice(&reply.body).unwrap_or_default();
        (reply.status, place)
    }

    pub async fn watch(&self, bearer: &str, run: &str) -> Socket {
        let mut socket = self.socket(bearer).await;
        socket
            .say(json!({ "type": "subscribe", "run_id": run, "after_seq": 0 }))
            .await;
        socket
    }

    pub async fn socket(&self, bearer: &str) -> Socket {
        let headers = [("Authorization", format!("Bearer {bearer}"))];
        Socket::open(&self.addr, "", headers).await.unwrap()
    }

    /// What /ready says of the bus.
    pub fn bus(&self) -> String {
        let ready: Value = serde_json::from_slice(&self.get("/ready").body).unwrap();
        ready["checks"]["bus"].as_str().unwrap().to_owned()
    }
}

pub fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

pub fn is_over(event: &Value) -> bool {
    ["final_output", "cancelled", "error"].contains(&event["type"].as_str().unwrap_or_default())
}

/// From 1, without a gap.
pub fn assert_whole(events: &[Value]) {
    let numbers: Vec<u64> = events.iter().filter_map(|it| it["seq"].as_u64()).collect();
    let whole: Vec<u64> = (1..).take(events.len()).collect();
    assert_eq!(numbers, whole);
}

/// What happened, without what differs from run to run: agents work at the same time.
pub fn told(events: &[Value]) -> Vec<String> {
    let mut lines: Vec<String> = events
        .iter()
        .map(|event| {
            let agent = event["data"]["agent_id"].as_str().unwrap_or_default();
            let kind = event["type"].as_str().unwrap();
            format!("{} {kind} {agent}", event["iteration"])
        })
        .collect();
    lines.sort();
    lines
}

pub fn rule(schema: &str, answer: Answer) -> Rule {
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

/// The first call for that schema never gets an answer.
pub fn first_hangs(schema: &str) -> Script {
    let mut hangs = rule(schema, Answer::Never {});
    hangs.times = Some(1);
    Script {
        rules: vec![hangs],
        ..Script::default()
    }
}
