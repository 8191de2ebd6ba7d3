//! The server is killed at every place of a run, one after the other, and started again: the run
//! tells the same as if nothing had happened, and no call that was stored is made again.

use crate::fleet::{assert_whole, id, told};
use crate::program::Server;
use domain::{ConversationId, RunId};
use provider_mock::{Mock, Script};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use store::testing::{Kind, TestDatabase};
use store::{PoolSizes, Scope, Store};

const KILLED: i32 = 9;

macro_rules! killed_after_every {
    ($($point:ident),*) => {$(
        mod $point {
            use store::testing::Kind;

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::killed_after_every(stringify!($point), Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::killed_after_every(stringify!($point), Kind::Postgres).await;
            }
        }
    )*};
}

killed_after_every!(request, response, commit, publish);

async fn killed_after_every(point: &str, kind: Kind) {
    let expected = {
        let stage = Stage::set(kind).await;
        let server = stage.serve(None);
        let ada = server.register();
        let run = server.ask(&ada, "balanced");
        told(&server.ending(&ada, &run))
    };
    let mut kills = 0;
    loop {
        let stage = Stage::set(kind).await;
        let failpoint = format!("{point}:{}", kills + 1);
        let Some((run, ada, stored)) = stage.killed_at(&failpoint).await else {
            break;
        };
        kills += 1;
        let server = stage.serve(None);
        let events = server.ending(&ada, &run);
        assert_whole(&events);
        assert_eq!(told(&events), expected, "{failpoint}");
        let steps = format!("GET /v1/runs/{run}/steps?limit=100");
        let (_, steps) = server.call(&ada, &steps, Value::Null);
        let steps = steps["items"].as_array().unwrap();
        let calls = stage.mock.calls();
        for step in stored {
            // Its prompt is not stored, but is written again.
            let step = steps.iter().find(|it| place(it) == step).unwrap();
            let text = |field: &str| step[field].as_str().unwrap();
            let finished = calls.iter().filter(|call| {
                call.finished
                    && (call.system.as_str(), call.prompt.as_str())
                        == (text("system"), text("prompt"))
            });
            assert_eq!(finished.count(), 1, "{failpoint}: {step}");
        }
    }
    println!("killed {kills} times after a {point}, {kind:?}");
    assert!(kills >= 5, "a run has at least five calls");
}

/// What a step is known by within its run.
fn place(step: &Value) -> [Value; 4] {
    ["iteration", "kind", "agent", "attempt"].map(|field| step[field].clone())
}

struct Stage {
    mock: Mock,
    database: TestDatabase,
}

impl Stage {
    async fn set(kind: Kind) -> Self {
        Self {
            mock: Mock::start(Script::default()).await.unwrap(),
            database: TestDatabase::fresh(kind).await,
        }
    }

    fn serve(&self, failpoint: Option<&str>) -> Server {
        let set: BTreeMap<&str, &str> = failpoint
            .map(|point| ("OVERMIND_FAILPOINT", point))
            .into_iter()
            .collect();
        Server::start_with(|command| {
            command
                .env("DATABASE_URL", &self.database.url)
                .env("JWT_SECRET", "0123456789abcdef0123456789abcdef")
                .env("OVERMIND_OPENAI_COMPATIBLE_URL", self.mock.base_url())
                .env("OVERMIND_DEFAULT_MODEL", "compatible/test-model")
                .envs(set);
        })
    }

    /// The run in which the server was killed, a token to read it with, and the places of the steps
    /// that were stored by then. `None` when the run ended before it came so far.
    async fn killed_at(&self, failpoint: &str) -> Option<(String, String, Vec<[Value; 4]>)> {
        let mut server = self.serve(Some(failpoint));
        let ada = server.register();
        let (_, me) = server.call(&ada, "GET /v1/me", Value::Null);
        let (_, conversation) = server.call(&ada, "POST /v1/conversations", json!({}));
        let path = format!("/v1/conversations/{}/messages", id(&conversation));
        let bearer = format!("Bearer {ada}");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
        ];
        let question = json!({ "content": "How?", "workflow_id": "balanced" });
        // Its answer may never come.
        let _asking = server.lines("POST", &path, &headers, &question.to_string());
        let store = self.store().await;
        let scope = Scope {
            organization_id: me["organization_id"].as_str().unwrap().parse().unwrap(),
            user_id: Some(id(&me).parse().unwrap()),
        };
        let conversation: ConversationId = id(&conversation).parse().unwrap();
        let run = loop {
            let ended = server.has_ended();
            let runs = store.runs_of(scope, conversation).await.unwrap();
            match runs.first() {
                Some(run) if ended || run.status.is_final() => break run.id,
                _ => assert!(!ended, "it ended before there was a run"),
            }
            tokio::task::yield_now().await;
        };
        // The last places come after the run's end is stored.
        if !server.has_ended() {
            let status = server.terminate();
            if status.code() == Some(0) {
                return None;
            }
            assert_eq!(status.signal(), Some(KILLED));
        } else {
            assert_eq!(server.ended().signal(), Some(KILLED));
        }
        let stored = stored(&store, run).await;
        store.close().await;
        Some((run.to_string(), ada, stored))
    }

    async fn store(&self) -> Store {
        Store::open(&self.database.url, PoolSizes::default(), false)
            .await
            .unwrap()
    }
}

async fn stored(store: &Store, run: RunId) -> Vec<[Value; 4]> {
    let steps = store.journal(run).await.unwrap();
    steps.iter().map(|step| place(&step["key"])).collect()
}
