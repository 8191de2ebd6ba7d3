//! What is kept and for how long: conversations that nobody touched for as long as their organization
//! keeps them are deleted, once a day, a few at a time, so that nobody who writes has to wait. The
//! log of prompts of whoever wants none is cleared in the same way.

use crate::access::Admin;
use crate::clock::Clock;
use crate::error::Result;
use chrono::{DateTime, Days, NaiveTime, Utc};
use domain::{AuditEntry, AuditEntryId, OrganizationId};
use std::sync::Arc;
use std::time::Duration;
use store::{Store, Sweep};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// How often to look whether there is something to do.
const LOOK: Duration = Duration::from_secs(600);
/// Deleted or cleared in one transaction.
const CONVERSATIONS_AT_ONCE: u32 = 20;
const CALLS_AT_ONCE: u32 = 200;
/// Others get most of the time: after each transaction this many times as long as it took.
const PAUSE: u32 = 4;
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Retention {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Retention {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// How many conversations would go in the coming night, by the rule as it is.
    pub async fn expiring(&self, admin: &Admin) -> Result<u64> {
        let id = admin.member().user().organization_id;
        let organization = self.store.organization(id).await?;
        let Some(days) = organization.and_then(|it| it.retention_days) else {
            return Ok(0);
        };
        let tonight = midnight(self.clock.now()) + Days::new(1);
        Ok(self
            .store
            .count_expired(id, kept_since(tonight, days))
            .await?)
    }

    /// Looks now and then, for as long as it is polled. Of several processes one does each sweep;
    /// what one leaves undone the next day's does.
    pub(crate) async fn look_now_and_then(self) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "cannot sweep; trying again later");
            }
        }
    }

    /// Everything that is due.
    pub async fn sweep(&self) -> Result<()> {
        let today = midnight(self.clock.now());
        for organization in self.store.unswept(today).await? {
            let now = self.clock.now();
            let begun = self.store.begin_sweep(organization, today, now).await?;
            if let Some(sweep) = begun {
                self.sweep_one(organization, today, sweep).await?;
            }
        }
        for organization in self.store.unwanted_logs().await? {
            let forget = || self.store.forget_log(organization, CALLS_AT_ONCE);
            in_turns(CALLS_AT_ONCE, forget).await?;
        }
        Ok(())
    }

    async fn sweep_one(
        &self,
        organization: OrganizationId,
        today: DateTime<Utc>,
        sweep: Sweep,
    ) -> Result<()> {
        let mut gone = sweep.untold;
        if let Some(days) = sweep.days {
            let since = kept_since(today, days);
            let delete = || self.store.sweep(organization, since, CONVERSATIONS_AT_ONCE);
            gone += in_turns(CONVERSATIONS_AT_ONCE, delete).await?;
        }
        if gone == 0 {
            return Ok(());
        }
        tracing::info!(%organization, gone, "conversations went by the rule of retention");
        let conversations = match gone {
            1 => "1 conversation".to_owned(),
            more => format!("{more} conversations"),
        };
        let entry = AuditEntry {
            id: AuditEntryId(self.clock.new_id()),
            organization_id: organization,
            user_id: None,
            actor_name: "The server".to_owned(),
            action: "organization.sweep".to_owned(),
            subject: organization.to_string(),
            detail: match sweep.days {
                Some(days) => format!("{conversations}, untouched for {days} days"),
                None => conversations,
            },
            created_at: self.clock.now(),
        };
        Ok(self.store.tell_of_sweep(&entry, gone).await?)
    }
}

/// Again and again until less is done than could be, with pauses; how much was done.
async fn in_turns<F>(at_once: u32, turn: impl Fn() -> F) -> Result<u64>
where
    F: Future<Output = std::result::Result<u64, store::StoreError>>,
{
    let mut done = 0;
    loop {
        let begun = Instant::now();
        let now = turn().await?;
        done += now;
        if now < u64::from(at_once) {
            return Ok(done);
        }
        let pause = begun.elapsed() * PAUSE;
        sleep(pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
    }
}

/// The beginning of that day.
fn midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// On that day's sweep.
fn kept_since(day: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    day - Days::new(days.into())
}
