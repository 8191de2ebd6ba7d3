//! What happens in runs, passed on to whoever watches them: within this process through its topics,
//! between processes through Redis (link.rs). A hint, never the truth: who missed something reads
//! it from the store.

mod link;
mod topics;
mod wire;

pub(crate) use link::Link;
pub use link::{InvalidRedisUrl, RedisUrl};
pub(crate) use topics::{News, Watch};

use crate::worker::Wake;
use domain::event::Delta;
use domain::{Event, RunId};
use std::time::Duration;
use store::CancelRequest;
use tokio::time::{MissedTickBehavior, interval};
use topics::Topics;
use wire::What;

/// How often watchers look into the store for what other processes do.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Clone, Default)]
pub(crate) struct Bus {
    topics: Topics,
    /// The worker of this process.
    pub wake: Wake,
    link: Option<Link>,
}

impl Bus {
    /// With other processes behind the link.
    pub fn linked(self, link: Link) -> Self {
        Self {
            link: Some(link),
            ..self
        }
    }

    pub fn topics(&self) -> Topics {
        self.topics.clone()
    }

    pub fn link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    pub fn publish_event(&self, event: Event) {
        // Stored, so that it needs no lease to be true.
        self.tell(event.run_id, 0, &What::Event(&event));
        self.topics.event(event);
    }

    /// The run writes: from now on its text is remembered for those who come later.
    pub fn begin(&self, run: RunId, epoch: i64) {
        self.topics.begin(run, epoch);
        self.tell(run, epoch, &What::Began {});
    }

    pub fn publish_delta(&self, run: RunId, epoch: i64, delta: Delta) {
        self.tell(run, epoch, &What::Delta(&delta));
        self.topics.delta(run, epoch, delta);
    }

    /// That step is finished: its text comes with an event.
    pub fn forget_step(&self, run: RunId, epoch: i64, step: &str) {
        let quiet = self.topics.forget_step(run, epoch, step);
        self.tell(run, epoch, &What::StepDone { step, quiet });
    }

    /// The run has ended, or was given back.
    pub fn end(&self, run: RunId, epoch: i64) {
        if self.topics.end(run, epoch) {
            self.tell(run, epoch, &What::Ended {});
        }
    }

    /// Another process has the run by now, and its text is not to be forgotten.
    pub fn leave(&self, run: RunId, epoch: i64) {
        self.topics.end(run, epoch);
    }

    fn tell(&self, run: RunId, epoch: i64, what: &What<'_>) {
        if let Some(link) = &self.link {
            link.tell(run, epoch, what);
        }
    }

    /// Whatever is stored before this returns may have to be read; what happens afterwards comes.
    pub async fn watch(&self, run: RunId) -> Watch {
        let (watch, is_first) = self.topics.watch(run, self.link.clone());
        if let (true, Some(link)) = (is_first, &self.link) {
            link.follow(run, &self.topics).await;
        }
        watch
    }

    /// Where several processes share a database without Redis between them.
    pub async fn look_now_and_then(&self) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            self.topics.look();
        }
    }

    /// There is something to do, for whichever worker is free.
    pub fn announce_work(&self) {
        self.wake.work();
        if let Some(link) = &self.link {
            link.announce_work();
        }
    }

    /// Whichever worker has that run ends it.
    pub fn cancel(&self, run: RunId, request: CancelRequest) {
        if let Some(link) = &self.link {
            link.cancel(run, &request);
        }
        self.wake.cancel(run, request);
    }
}
