//! A small world: a database, a provider, a clock that stands still and people in it.

use crate::providers::MockProviders;
use chrono::{DateTime, TimeDelta};
use domain::event::EventData;
use domain::wire::Query;
use domain::{Event, Role, Run, RunId, RunStatus};
use futures::StreamExt;
use llm::retry::Retry;
use outbound::Timeouts;
use provider_mock::{Answer, Latency, Mock, Pace, Rule, Script, Then, When};
use serde_json::{Value, json};
use services::{
    Admin, Client, FixedClock, Listing, MasterKey, Member, Opened, Options, Part, RedisUrl, Seen,
    Services, SignUp, TokenSettings,
};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use store::testing::{Kind, TestDatabase};
use store::{PoolSizes, Store};

pub const PASSWORD: &str = "correct horse battery";

#[derive(Clone, Copy, Default)]
pub struct Setup<'a> {
    pub mock: Option<&'a Mock>,
    pub slots: usize,
    /// With providers that do not answer.
    pub impatient: bool,
    /// Heard of by others through Redis.
    pub redis: bool,
    /// Keys of providers can be kept.
    pub master_key: bool,
}

fn impatient() -> (Timeouts, Retry) {
    let timeouts = Timeouts {
        first_byte: Duration::from_secs(2),
        ..Timeouts::default()
    };
    let retry = Retry {
        base: Duration::from_millis(2),
        ..Retry::default()
    };
    (timeouts, retry)
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to read it from"
)]
fn redis() -> RedisUrl {
    let url = std::env::var("TEST_REDIS_URL").expect("scripts/services.sh run sets it");
    RedisUrl::parse(&url).unwrap()
}

pub fn master_key() -> MasterKey {
    MasterKey::read(&[7; 32]).unwrap()
}

pub struct World {
    pub database: TestDatabase,
    pub clock: FixedClock,
}

impl World {
    pub async fn on(kind: Kind) -> Self {
        let start = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
        Self {
            database: TestDatabase::fresh(kind).await,
            clock: FixedClock::at(start + TimeDelta::microseconds(7)),
        }
    }

    pub async fn store(&self) -> Store {
        Store::open(&self.database.url, PoolSizes::default(), false)
            .await
            .unwrap()
    }

    /// Without a model: nothing is executed.
    pub async fn idle(&self) -> Services {
        self.start(Setup::default()).await
    }

    pub async fn serving(&self, mock: &Mock) -> Services {
        self.serving_slots(mock, 8).await
    }

    /// With no slots, questions are accepted and wait.
    pub async fn serving_slots(&self, mock: &Mock, slots: usize) -> Services {
        self.start(Setup {
            mock: Some(mock),
            slots,
            ..Setup::default()
        })
        .await
    }

    pub async fn start(&self, setup: Setup<'_>) -> Services {
        let (timeouts, retry) = if setup.impatient {
            impatient()
        } else {
            (Timeouts::default(), Retry::default())
        };
        let providers = MockProviders {
            shared: setup.mock.map(Mock::base_url),
            timeouts,
            retry,
        };
        let options = Options {
            clock: Arc::new(self.clock.clone()),
            providers: Arc::new(providers),
            master_key: setup.master_key.then(master_key),
            public_url: "https://overmind.example.org".to_owned(),
            tokens: TokenSettings::ephemeral().unwrap(),
            requests_per_minute: 3,
            slots: setup.slots,
            redis: setup.redis.then(redis),
        };
        Services::start(self.store().await, options).unwrap()
    }
}

pub fn client() -> Client {
    Client {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: "Firefox".to_owned(),
    }
}

pub fn sign_up(name: &str, email: &str, invitation: Option<String>) -> SignUp {
    SignUp {
        name: name.to_owned(),
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        invitation,
        organization_name: None,
    }
}

/// The first account.
pub async fn ada(services: &Services) -> Member {
    let opened = services
        .accounts
        .sign_up(&client(), sign_up("Ada", "ada@example.org", None))
        .await
        .unwrap();
    member(services, &opened).await
}

pub async fn member(services: &Services, opened: &Opened) -> Member {
    services
        .accounts
        .by_cookie(opened.token.expose())
        .await
        .unwrap()
}

/// The first account, in a process that was started again.
pub async fn log_in(services: &Services) -> Member {
    let client = client();
    let opened = services
        .accounts
        .log_in(&client, "ada@example.org".into(), PASSWORD.into());
    member(services, &opened.await.unwrap()).await
}

/// Somebody whom an admin invites.
pub async fn invited(services: &Services, admin: &Member, name: &str, role: Role) -> Opened {
    let admin = Admin::try_from(admin.clone()).unwrap();
    let link = services.accounts.invite(&admin, role, None).await.unwrap();
    let token = link.rsplit('/').next().unwrap().to_owned();
    let email = format!("{}@example.org", name.to_lowercase());
    services
        .accounts
        .sign_up(&client(), sign_up(name, &email, Some(token)))
        .await
        .unwrap()
}

pub fn listing(cursor: Option<String>, limit: u32) -> Listing {
    Listing {
        part: Part {
            cursor,
            limit: Some(limit),
        },
        ..Listing::default()
    }
}

pub fn query(message: &str) -> Query {
    Query {
        message: message.to_owned(),
        ..Query::default()
    }
}

/// Watches a run to its end.
pub async fn watch(services: &Services, member: &Member, run: RunId) -> Vec<Event> {
    let mut events = Vec::new();
    let seen = services.feed.follow(member, run, 0).await.unwrap();
    let mut seen = pin!(seen);
    while let Some(seen) = within(seen.next()).await {
        if let Seen::Event(event) = seen.unwrap() {
            events.push((*event).clone());
        }
    }
    events
}

pub async fn finished(services: &Services, member: &Member, run: &Run) -> Run {
    watch(services, member, run.id).await;
    let run = services.runs.get(member, run.id).await.unwrap();
    assert_ne!(run.status, RunStatus::Running);
    run
}

/// Long enough for a busy machine; a test that hangs fails.
pub async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("this takes too long")
}

pub fn on(schema: &str, answer: Answer) -> Rule {
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

pub fn observation() -> Value {
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

/// One round that passes.
pub fn passing() -> Script {
    Script {
        rules: vec![
            on("observation", Answer::Json(observation())),
            on("judgement", judgement(5.0, json!([]))),
        ],
        ..Script::default()
    }
}

/// The first draft falls short, one agent mends it, the second one passes.
pub fn repaired() -> Script {
    let mend = json!([{ "agent_id": "practical", "item_id": "c2", "sentences": [1], "required_change": "Name a first step" }]);
    let mut script = passing();
    let mut first = on("judgement", judgement(4.0, mend));
    first.times = Some(1);
    script.rules.insert(1, first);
    script
}

/// The calls for that schema never get an answer.
pub fn stalling(schema: &str, mut script: Script) -> Script {
    script.rules.insert(0, on(schema, Answer::Never {}));
    script
}

pub fn slowly(script: Script, chunk_ms: u64) -> Script {
    Script {
        pace: Pace {
            first: Latency::None {},
            chunk_ms,
            ..Pace::default()
        },
        ..script
    }
}

/// The event list, a line each, without what differs from run to run.
pub fn lines(events: &[Event]) -> Vec<String> {
    events.iter().map(line).collect()
}

/// The same without the agents' order: they work at the same time, so it is theirs.
pub fn told(events: &[Event]) -> Vec<String> {
    let mut lines = lines(events);
    for line in &mut lines {
        if let Some((before, _)) = line.split_once("agent_completed") {
            *line = format!("{before}agent_completed …");
        }
    }
    lines
}

fn line(event: &Event) -> String {
    let json = serde_json::to_value(&event.data).unwrap();
    let kind = json["type"].as_str().unwrap_or_default().to_owned();
    let what = match &event.data {
        EventData::AgentCompleted(contribution) => contribution.agent_id.to_string(),
        EventData::AgentStarted { agent_id, .. } | EventData::AgentFailed { agent_id, .. } => {
            agent_id.to_string()
        }
        EventData::QualityScored { score, .. } => format!("{score:?}"),
        EventData::FinalOutput { metadata, .. } => format!("{:?}", metadata.outcome),
        EventData::Error { code, .. } => code.clone(),
        EventData::Cancelled { by, .. } => by.clone(),
        _ => String::new(),
    };
    format!("{} {} {kind} {what}", event.seq, event.iteration)
        .trim_end()
        .to_owned()
}
