//! One run under way: what the engine yields is numbered, stored, then published.
//! Every write carries the lease's epoch, so an execution that lost its lease writes nothing.

use super::deltas::Deltas;
use super::failpoint::{self, Point};
use super::ready::with_what_is_ready;
use super::{HEARTBEAT, LEASE, Shared, ending, steps};
use crate::clock::timer;
use crate::error::Error;
use crate::markdown;
use chrono::{DateTime, TimeDelta, Utc};
use domain::event::{Delta, EventData};
use domain::{ApiError, ConversationTitle, Event, Run, RunId};
use engine::journal::Step;
use engine::llm::Llm;
use engine::{Brief, Entry, Journal, Progress, Stop, StopReason};
use futures::{FutureExt, StreamExt};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use store::{CancelRequest, Kept, Leased, Renewal, StoreError};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Pieces of text are shown this often.
const SHOW_EVERY: Duration = Duration::from_millis(30);
/// A run whose worker ended this often without an orderly stop is not tried again.
const MOST_ATTEMPTS: u32 = 3;
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long a run waits for a process that can reach its models.
const ELSEWHERE: TimeDelta = TimeDelta::minutes(10);

pub(super) struct Execution<'a> {
    shared: &'a Shared,
    run: Run,
    epoch: i64,
    leased_at: DateTime<Utc>,
    /// By earlier workers.
    worked_before: Duration,
    /// Events counted so far, the stored ones that a resumed run repeats included.
    seq: u64,
    /// The last event in the store.
    stored: u64,
    deltas: Deltas,
    log_prompts: bool,
    /// When the first piece of the answer came, where no earlier worker may have seen it.
    first_token_ms: Option<u64>,
    /// No earlier worker has had it.
    is_first: bool,
    /// What its question called the conversation, if it is the first one.
    first_title: Option<ConversationTitle>,
}

/// What others may know of an execution while it lasts, however it ends.
struct UnderWay<'a> {
    shared: &'a Shared,
    run: RunId,
    epoch: i64,
    lost: bool,
}

impl<'a> UnderWay<'a> {
    fn begin(shared: &'a Shared, leased: &Leased) -> Self {
        let (run, epoch) = (leased.run.id, leased.epoch);
        shared.bus.begin(run, epoch);
        Self {
            shared,
            run,
            epoch,
            lost: false,
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let (bus, run, epoch) = (&self.shared.bus, self.run, self.epoch);
        if std::thread::panicking() {
            // Its lease runs out, and it is tried again.
            tracing::error!(%run, "the execution of a run has panicked");
        }
        bus.wake.forget(run, epoch);
        if self.lost {
            bus.leave(run, epoch);
        } else {
            bus.end(run, epoch);
        }
    }
}

/// Why an execution stops before the run has ended.
enum Left {
    /// Another worker has it, or it is gone.
    Lost,
    /// The process stops; the run waits for the next one.
    Parked,
}

impl<'a> Execution<'a> {
    pub async fn of(shared: &'a Shared, leased: Leased) {
        let run = leased.run.id;
        let mut under_way = UnderWay::begin(shared, &leased);
        let cancel = shared
            .bus
            .wake
            .listen(run, leased.epoch, leased.cancel.clone());
        let mut execution = Execution {
            shared,
            epoch: leased.epoch,
            leased_at: shared.clock.now(),
            worked_before: leased.worked,
            seq: 0,
            stored: leased.run.last_seq,
            deltas: Deltas::default(),
            log_prompts: false,
            first_token_ms: None,
            is_first: leased.run.last_seq == 0,
            first_title: None,
            run: leased.run.clone(),
        };
        match execution.execute(leased, cancel).await {
            Ok(()) => {}
            Err(Left::Lost) => under_way.lost = true,
            Err(Left::Parked) => {
                let worked = execution.worked();
                let releasing = shared.store.release_run(run, execution.epoch, worked);
                match shared.store.in_time(releasing).await {
                    Ok(true) => shared.bus.announce_work(),
                    Ok(false) => under_way.lost = true,
                    // Its lease runs out by itself.
                    Err(error) => tracing::warn!(%error, %run, "cannot give a run back"),
                }
            }
        }
    }

    async fn execute(
        &mut self,
        leased: Leased,
        cancel: watch::Receiver<Option<CancelRequest>>,
    ) -> Result<(), Left> {
        if leased.attempts > MOST_ATTEMPTS {
            let message = format!(
                "Its worker ended {MOST_ATTEMPTS} times while it was working on this run, so it is not tried again."
            );
            return self.fail("poisoned", message).await;
        }
        let brief: Brief = match serde_json::from_value(leased.brief) {
            Ok(brief) => brief,
            Err(error) => return self.unreadable(&error).await,
        };
        let journal = match self.journal().await? {
            Ok(journal) => journal,
            Err(error) => return self.unreadable(&error).await,
        };
        self.log_prompts = self.wants_prompts().await?;
        let first = brief.history.turns.is_empty();
        self.first_title = first.then(|| ConversationTitle::from_question(brief.question.as_str()));
        let llm = match self.llm().await? {
            Ok(llm) => llm,
            // Another process may have what this one lacks: give the run back for a while.
            Err(_)
                if !self.shared.store.is_sqlite()
                    && self.shared.clock.now() - self.run.created_at < ELSEWHERE =>
            {
                tokio::select! {
                    () = sleep(AFTER_FAILURE) => {}
                    () = self.shared.park.cancelled() => {}
                }
                return Err(Left::Parked);
            }
            Err(error) => return self.without_models(error).await,
        };
        let stop = self.stop(&brief, cancel);
        let mut progress = pin!(engine::run(
            brief,
            journal,
            failpoint::watched(llm),
            stop,
            timer(),
        ));
        let mut heartbeat = interval(HEARTBEAT);
        let mut show = interval(SHOW_EVERY);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        show.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.shared.park.cancelled() => return Err(Left::Parked),
                _ = heartbeat.tick() => self.renew().await?,
                _ = show.tick(), if !self.deltas.is_empty() => self.show(),
                next = progress.next() => match next {
                    Some(Progress::Delta(delta)) => self.written(delta),
                    Some(Progress::Kept(entry)) => {
                        let (entries, delta) = with_what_is_ready(*entry, &mut progress);
                        if let Err(error) = self.keep(entries).await? {
                            return self.cannot_keep(&error).await;
                        }
                        if let Some(delta) = delta {
                            self.written(delta);
                        }
                    }
                    None => return Ok(()),
                },
            }
        }
    }

    /// Of the run's organization, as it is connected now.
    async fn llm(&self) -> Result<Result<Arc<dyn Llm>, Error>, Left> {
        loop {
            match self.shared.models.of(self.run.organization_id).await {
                Ok(models) => return Ok(Ok(models.llm)),
                Err(Error::Store(error @ StoreError::Unavailable(_))) => self.pause(&error).await?,
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    async fn without_models(&mut self, error: Error) -> Result<(), Left> {
        let code = match error {
            Error::NoModel => "no_model",
            _ => "connections_unusable",
        };
        self.fail(code, ApiError::from(error).error.message).await
    }

    async fn journal(&self) -> Result<Result<Journal, serde_json::Error>, Left> {
        let steps = loop {
            let read = self.shared.store.journal(self.run.id);
            match self.shared.store.in_time(read).await {
                Ok(steps) => break steps,
                Err(error) => self.pause(&error).await?,
            }
        };
        let steps: Result<Vec<Step>, _> = steps.into_iter().map(serde_json::from_value).collect();
        Ok(steps.map(Journal::new))
    }

    /// Whether the run's organization keeps a log of them.
    async fn wants_prompts(&self) -> Result<bool, Left> {
        loop {
            let reading = self.shared.store.organization(self.run.organization_id);
            match self.shared.store.in_time(reading).await {
                Ok(found) => return Ok(found.is_some_and(|it| it.log_prompts)),
                Err(error) => self.pause(&error).await?,
            }
        }
    }

    /// Cancelled by somebody, or the workflow's deadline, which counts the time worked: while no
    /// worker had the run, it stands still.
    fn stop(&self, brief: &Brief, mut cancel: watch::Receiver<Option<CancelRequest>>) -> Stop {
        let left = brief.workflow.deadline_s.map(|seconds| {
            let total = Duration::from_secs(u64::from(seconds));
            total.saturating_sub(self.worked())
        });
        async move {
            let deadline = async {
                match left {
                    Some(left) => sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            let cancelled = async {
                let request = cancel.wait_for(Option::is_some).await;
                match request.ok().and_then(|request| request.clone()) {
                    Some(request) => request,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                CancelRequest { by, reason } = cancelled => StopReason::Cancelled { by, reason },
                () = deadline => StopReason::Deadline,
            }
        }
        .boxed()
    }

    fn worked(&self) -> Duration {
        let here = self.shared.clock.now() - self.leased_at;
        self.worked_before + here.to_std().unwrap_or_default()
    }

    fn since_start(&self) -> Duration {
        let now = self.shared.clock.now();
        let started = self.run.started_at.unwrap_or(now);
        (now - started).to_std().unwrap_or_default()
    }

    async fn renew(&self) -> Result<(), Left> {
        let until = self.shared.clock.now() + LEASE;
        let renewed = self
            .shared
            .store
            .renew_lease(self.run.id, self.epoch, until, self.worked());
        match self.shared.store.in_time(renewed).await {
            Ok(Renewal::Held { cancel }) => {
                if let Some(cancel) = cancel {
                    self.shared.bus.wake.cancel(self.run.id, cancel);
                }
                Ok(())
            }
            Ok(Renewal::Lost) => {
                tracing::info!(run = %self.run.id, "another worker has this run now");
                Err(Left::Lost)
            }
            // The next heartbeat tries again; a write without the lease is refused by the store.
            Err(error) => {
                self.shared.outage.seen();
                tracing::warn!(%error, run = %self.run.id, "cannot renew a lease");
                Ok(())
            }
        }
    }

    fn written(&mut self, delta: Delta) {
        let is_answer = matches!(delta, Delta::AnswerDelta { .. });
        if is_answer && self.first_token_ms.is_none() && self.is_first {
            self.first_token_ms = u64::try_from(self.since_start().as_millis()).ok();
        }
        self.deltas.push(delta);
    }

    fn show(&mut self) {
        for delta in self.deltas.take() {
            self.shared
                .bus
                .publish_delta(self.run.id, self.epoch, delta);
        }
    }

    /// Stores entries and publishes their events; what a resumed run repeats is left out.
    async fn keep(&mut self, entries: Vec<Entry>) -> Result<Result<(), StoreError>, Left> {
        self.show();
        let mut steps = Vec::new();
        let mut events = Vec::new();
        for entry in entries {
            steps.extend(entry.step);
            for data in entry.events {
                self.seq += 1;
                if self.seq > self.stored {
                    let data = self.completed(data).await;
                    events.push(self.event(self.seq, entry.iteration, data));
                }
            }
        }
        if steps.is_empty() && events.is_empty() {
            return Ok(Ok(()));
        }
        let kept = Kept {
            steps: steps
                .iter()
                .map(|step| steps::stored(step, self.log_prompts, self.shared.clock.now()))
                .collect(),
            end: events.last().and_then(|event| {
                ending::of(
                    &self.run,
                    event,
                    self.first_title.as_ref(),
                    self.first_token_ms,
                )
            }),
            events,
        };
        let result = self.store(&kept).await?;
        if result.is_ok() {
            failpoint::hit(Point::Commit);
            for step in steps {
                self.shared
                    .bus
                    .forget_step(self.run.id, self.epoch, &step.key.to_string());
            }
            for event in kept.events {
                self.stored = event.seq;
                self.shared.bus.publish_event(event);
                failpoint::hit(Point::Publish);
            }
        }
        Ok(result)
    }

    /// Waits for a database that does not answer: nothing is lost, and no call is repeated.
    async fn store(&self, kept: &Kept) -> Result<Result<(), StoreError>, Left> {
        loop {
            let keeping = self.shared.store.keep(self.run.id, self.epoch, kept);
            match self.shared.store.in_time(keeping).await {
                Ok(true) => return Ok(Ok(())),
                Ok(false) => return Err(Left::Lost),
                Err(error @ StoreError::Unavailable(_)) => self.pause(&error).await?,
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    async fn pause(&self, error: &StoreError) -> Result<(), Left> {
        self.shared.outage.seen();
        tracing::warn!(%error, run = %self.run.id, "the store does not answer; waiting");
        tokio::select! {
            () = sleep(AFTER_FAILURE) => Ok(()),
            () = self.shared.park.cancelled() => Err(Left::Parked),
        }
    }

    async fn unreadable(&mut self, error: &serde_json::Error) -> Result<(), Left> {
        tracing::error!(%error, run = %self.run.id, "a stored run cannot be read");
        let message = "What was stored of this run cannot be read by this version of Overmind.";
        self.fail("unreadable", message.to_owned()).await
    }

    async fn cannot_keep(&mut self, error: &StoreError) -> Result<(), Left> {
        tracing::error!(%error, run = %self.run.id, "a run's progress cannot be stored");
        if error.is_full() {
            let message = "The server's disk is full, so this run could not go on.";
            self.fail("disk_full", message.to_owned()).await
        } else {
            let message =
                "The database refused to store this run's progress; the server's log says why.";
            self.fail("store_failed", message.to_owned()).await
        }
    }

    /// Ends the run with an error, as soon as that can be stored.
    async fn fail(&mut self, code: &str, message: String) -> Result<(), Left> {
        let data = EventData::Error {
            code: code.to_owned(),
            message,
        };
        let event = self.event(self.stored + 1, 0, data);
        let kept = Kept {
            steps: Vec::new(),
            end: ending::of(&self.run, &event, None, self.first_token_ms),
            events: vec![event],
        };
        loop {
            match self.store(&kept).await? {
                Ok(()) => break,
                Err(error) => self.pause(&error).await?,
            }
        }
        for event in kept.events {
            self.shared.bus.publish_event(event);
        }
        Ok(())
    }

    fn event(&self, seq: u64, iteration: u32, data: EventData) -> Event {
        Event {
            run_id: self.run.id,
            conversation_id: self.run.conversation_id,
            seq,
            ts: self.shared.clock.now(),
            iteration,
            data,
        }
    }

    /// The engine has neither a clock nor a renderer: both are added to the final output here.
    async fn completed(&self, data: EventData) -> EventData {
        let EventData::FinalOutput {
            content,
            mut metadata,
            ..
        } = data
        else {
            return data;
        };
        let wall_ms = u64::try_from(self.since_start().as_millis()).unwrap_or(u64::MAX);
        metadata.wall_ms = Some(wall_ms);
        metadata.overhead_ms = Some(wall_ms.saturating_sub(metadata.critical_ms));
        let source = content.clone();
        let html = tokio::task::spawn_blocking(move || markdown::render(&source)).await;
        EventData::FinalOutput {
            content,
            html: html.ok(),
            metadata,
        }
    }
}
