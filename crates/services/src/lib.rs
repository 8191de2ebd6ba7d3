//! Use cases: accounts, conversations, runs and the worker that executes them.
//! Every method takes who is asking; pages, routes and SQL live elsewhere.

pub mod access;
mod access_tokens;
pub mod accounts;
mod agents;
mod analytics;
mod audit;
mod bus;
pub mod clock;
mod connections;
pub mod conversations;
mod data_keys;
pub mod error;
pub mod feed;
pub mod idempotency;
mod limits;
mod listing;
pub mod markdown;
mod models;
mod passwords;
pub mod presence;
mod prompt_log;
mod quotas;
mod retention;
pub mod rewording;
pub mod runs;
mod secret;
mod shares;
mod sockets;
mod throttle;
mod vault;
mod versions;
mod worker;
mod workflows;

pub use access::{Admin, Entry, Member};
pub use access_tokens::{SecretTooShort, TokenAlgorithm, TokenSettings};
pub use accounts::{
    Accounts, ApiKeyForm, Client, Granted, KeepingTexts, Opened, OrganizationForm,
    OrganizationTexts, QuotaTexts, SignUp, SignUpOffer,
};
pub use agents::Agents;
pub use analytics::{Analytics, AnalyticsForm, Requests};
pub use audit::{Audit, AuditForm};
pub use bus::{InvalidRedisUrl, RedisUrl};
pub use clock::{Clock, FixedClock, SystemClock, timer};
pub use connections::{ConnectionChange, ConnectionTexts, Connections};
pub use conversations::{ConversationForm, Conversations, Listing};
pub use data_keys::{MasterKeyError, check_master_key, rotate_master_key};
pub use error::{Error, Result, no_database};
pub use feed::{Feed, Seen};
pub use idempotency::{Idempotency, Once};
pub use limits::Limits;
pub use listing::Part;
pub use models::{Models, NoProviders, ProviderAccess, Providers};
pub use prompt_log::PromptLog;
pub use retention::Retention;
pub use runs::Runs;
pub use shares::{ShareForm, Shares};
pub use sockets::{Seat, Sockets};
pub use vault::{InvalidMasterKey, MasterKey};
pub use workflows::Workflows;

pub use throttle::Allowance;
pub use zeroize::Zeroizing;

use bus::{Bus, Link};
use data_keys::DataKeys;
use models::OrganizationModels;
use presence::Presence;
use runs::Prompts;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use worker::{Outage, Owner, Shared, Worker};

const CLOSING: Duration = Duration::from_secs(2);

/// Everything that a process offers, over one store.
pub struct Services {
    pub accounts: Accounts,
    pub agents: Agents,
    pub workflows: Workflows,
    pub connections: Connections,
    pub conversations: Conversations,
    pub runs: Runs,
    pub shares: Shares,
    pub feed: Feed,
    pub limits: Limits,
    pub audit: Audit,
    pub prompt_log: PromptLog,
    pub retention: Retention,
    pub analytics: Analytics,
    pub requests: Requests,
    pub sockets: Sockets,
    pub idempotency: Idempotency,
    presence: Presence,
    store: Store,
    worker: Option<Worker>,
    bus: Bus,
    /// What keeps the bus going, and who looks who is here.
    tasks: TaskTracker,
    stopping: CancellationToken,
}

pub struct Options {
    pub clock: Arc<dyn Clock>,
    /// Where models come from; without any, questions are refused.
    pub providers: Arc<dyn Providers>,
    /// Encrypts what organizations keep secret; without it they can keep nothing so.
    pub master_key: Option<MasterKey>,
    /// Links to this server begin with it.
    pub public_url: String,
    pub tokens: TokenSettings,
    /// Of one person over REST.
    pub requests_per_minute: usize,
    /// Runs executed at a time; 0 executes none.
    pub slots: usize,
    /// Through which processes on one database hear of each other at once.
    pub redis: Option<RedisUrl>,
}

impl Services {
    /// Begins to execute the runs that wait in the store.
    pub fn start(store: Store, options: Options) -> Result<Self> {
        let Options {
            clock,
            providers,
            master_key,
            public_url,
            tokens,
            requests_per_minute,
            slots,
            redis,
        } = options;
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let mut bus = Bus::default();
        if let Some(redis) = redis {
            let (topics, wake) = (bus.topics(), bus.wake.clone());
            let (link, keeper) = Link::new(redis, topics, wake, stopping.clone(), clock.new_id());
            tasks.spawn(keeper);
            bus = bus.linked(link);
        } else if !store.is_sqlite() {
            let (bus, stopping) = (bus.clone(), stopping.clone());
            tasks.spawn(async move {
                tokio::select! {
                    () = bus.look_now_and_then() => {}
                    () = stopping.cancelled() => {}
                }
            });
        }
        let presence = Presence::default();
        let looking = (presence.clone(), store.clone(), clock.clone());
        tasks.spawn(stopping.clone().run_until_cancelled_owned(async move {
            let (presence, store, clock) = looking;
            presence.look(&store, clock.as_ref()).await;
        }));
        let accounting = (store.clone(), clock.clone());
        tasks.spawn(stopping.clone().run_until_cancelled_owned(async move {
            let (store, clock) = accounting;
            analytics::keep_accounts(store, clock.as_ref()).await;
        }));
        let requests = Requests::new(store.clone(), clock.clone());
        let counting = requests.clone();
        tasks.spawn(
            stopping
                .clone()
                .run_until_cancelled_owned(async move { counting.keep_now_and_then().await }),
        );
        if !store.is_sqlite() {
            let watched = store.clone();
            tasks.spawn(
                stopping
                    .clone()
                    .run_until_cancelled_owned(async move { watched.watch().await }),
            );
        }
        let retention = Retention::new(store.clone(), clock.clone());
        let sweeping = retention.clone().look_now_and_then();
        tasks.spawn(stopping.clone().run_until_cancelled_owned(sweeping));
        tasks.close();
        let keys = DataKeys::new(store.clone(), clock.clone(), master_key);
        let models = OrganizationModels::new(store.clone(), keys.clone(), providers.clone());
        let worker = (slots > 0).then(|| {
            let shared = Shared {
                store: store.clone(),
                clock: clock.clone(),
                bus: bus.clone(),
                models: models.clone(),
                owner: Owner::new(clock.new_id()),
                park: CancellationToken::new(),
                outage: Outage::at_start(store.is_sqlite()),
            };
            Worker::start(shared, slots)
        });
        Ok(Self {
            accounts: Accounts::new(
                store.clone(),
                clock.clone(),
                bus.clone(),
                public_url.clone(),
                &tokens,
            )?,
            conversations: Conversations::new(
                store.clone(),
                clock.clone(),
                Prompts::new(store.clone(), models.clone()),
            ),
            prompt_log: PromptLog::new(store.clone(), Audit::new(store.clone(), clock.clone())),
            retention,
            audit: Audit::new(store.clone(), clock.clone()),
            analytics: Analytics::new(store.clone(), clock.clone()),
            requests,
            idempotency: Idempotency::new(store.clone(), clock.clone()),
            agents: Agents::new(store.clone(), clock.clone(), models.clone()),
            workflows: Workflows::new(store.clone(), clock.clone()),
            connections: Connections::new(
                store.clone(),
                clock.clone(),
                keys,
                models.clone(),
                providers,
            ),
            limits: Limits::new(
                store.clone(),
                clock.clone(),
                bus.clone(),
                requests_per_minute,
            ),
            sockets: Sockets::default(),
            shares: Shares::new(store.clone(), clock.clone(), bus.clone(), public_url),
            runs: Runs::new(store.clone(), clock, models, bus.clone()),
            feed: Feed::new(store.clone(), bus.clone()),
            presence,
            store,
            worker,
            bus,
            tasks,
            stopping,
        })
    }

    /// Whether it is worth asking anything that needs the database.
    pub fn database_answers(&self) -> bool {
        self.store.answers()
    }

    /// The database answers and is as this program wants it.
    pub async fn ready(&self) -> Result<bool> {
        Ok(self.store.is_current().await?)
    }

    /// Whether events travel between processes at once; `None` when they stay in this one.
    pub fn redis_answers(&self) -> Option<bool> {
        self.bus.link().map(Link::is_up)
    }

    /// Takes no new runs, lets those under way finish for `grace`, parks the others.
    pub async fn stop(&self, grace: Duration) {
        if let Some(worker) = &self.worker {
            worker.stop(grace).await;
        }
        self.stopping.cancel();
        self.tasks.wait().await;
        if timeout(CLOSING, self.requests.keep()).await.is_err() {
            tracing::warn!("the last requests are not counted");
        }
        // A connection that hangs does not keep the process.
        if timeout(CLOSING, self.store.close()).await.is_err() {
            tracing::warn!("the database does not answer: leaving without a word to it");
        }
    }
}
