//! What happens in runs, passed on to whoever watches them in this process.
//! A hint, never the truth: a watcher that missed something reads it from the store.

use domain::event::Delta;
use domain::{Event, RunId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// A watcher that is further behind reads the events from the store and loses the deltas.
const BACKLOG: usize = 512;

#[derive(Clone, Debug)]
pub(crate) enum News {
    Event(Arc<Event>),
    Delta(Arc<Delta>),
}

#[derive(Clone, Default)]
pub(crate) struct Bus(Arc<Mutex<HashMap<RunId, Topic>>>);

struct Topic {
    news: broadcast::Sender<News>,
    /// What is being written right now, whole, for those who come later.
    partial: Vec<Delta>,
    /// Somebody writes: the topic stays although nobody watches.
    running: bool,
}

impl Bus {
    pub fn publish_event(&self, event: Event) {
        if let Some(topic) = self.topics().get_mut(&event.run_id) {
            let _ = topic.news.send(News::Event(Arc::new(event)));
        }
    }

    /// The run writes: from now on its text is remembered for those who come later.
    pub fn begin(&self, run: RunId) {
        let mut topics = self.topics();
        let topic = topics.entry(run).or_insert_with(Topic::new);
        topic.partial.clear();
        topic.running = true;
    }

    pub fn publish_delta(&self, run: RunId, delta: Delta) {
        let mut topics = self.topics();
        if let Some(topic) = topics.get_mut(&run) {
            topic.remember(&delta);
            let _ = topic.news.send(News::Delta(Arc::new(delta)));
        }
    }

    /// That step is finished: its text comes with an event.
    pub fn forget_step(&self, run: RunId, step: &str) {
        if let Some(topic) = self.topics().get_mut(&run) {
            topic.partial.retain(|delta| step_of(delta) != step);
        }
    }

    /// The run has ended, or left this process.
    pub fn end(&self, run: RunId) {
        let mut topics = self.topics();
        if let Some(topic) = topics.get_mut(&run) {
            topic.partial.clear();
            topic.running = false;
            if topic.news.receiver_count() == 0 {
                topics.remove(&run);
            }
        }
    }

    pub fn watch(&self, run: RunId) -> Watch {
        let news = self
            .topics()
            .entry(run)
            .or_insert_with(Topic::new)
            .news
            .subscribe();
        Watch {
            bus: self.clone(),
            run,
            news: Some(news),
        }
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<RunId, Topic>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topic {
    fn new() -> Self {
        Self {
            news: broadcast::Sender::new(BACKLOG),
            partial: Vec::new(),
            running: false,
        }
    }

    fn remember(&mut self, new: &Delta) {
        let known = self
            .partial
            .iter_mut()
            .find(|known| step_of(known) == step_of(new));
        match (known, new) {
            (_, Delta::DeltaReset { step, .. }) => {
                self.partial.retain(|known| step_of(known) != step);
            }
            (
                Some(known),
                Delta::AgentDelta { offset, text, .. } | Delta::AnswerDelta { offset, text, .. },
            ) => {
                if let Delta::AgentDelta { text: whole, .. }
                | Delta::AnswerDelta { text: whole, .. } = known
                    && whole.len() == *offset
                {
                    whole.push_str(text);
                }
            }
            (None, _) => self.partial.push(new.clone()),
        }
    }
}

fn step_of(delta: &Delta) -> &str {
    match delta {
        Delta::AgentDelta { step, .. }
        | Delta::AnswerDelta { step, .. }
        | Delta::DeltaReset { step, .. } => step,
    }
}

/// A place on the bus; leaving it gives the topic up when nobody else needs it.
pub(crate) struct Watch {
    bus: Bus,
    run: RunId,
    news: Option<broadcast::Receiver<News>>,
}

impl Watch {
    /// `Err` has passed over what this watcher was too slow for.
    pub async fn next(&mut self) -> Result<News, Missed> {
        match &mut self.news {
            Some(news) => news.recv().await.map_err(|_| Missed),
            None => Err(Missed),
        }
    }

    /// What is being written right now. News that are still waiting here may repeat parts of it.
    pub fn partial(&self) -> Vec<Delta> {
        let topics = self.bus.topics();
        topics
            .get(&self.run)
            .map(|topic| topic.partial.clone())
            .unwrap_or_default()
    }
}

#[derive(Debug)]
pub(crate) struct Missed;

impl Drop for Watch {
    fn drop(&mut self) {
        self.news = None;
        let mut topics = self.bus.topics();
        let idle = topics
            .get(&self.run)
            .is_some_and(|topic| topic.news.receiver_count() == 0 && !topic.running);
        if idle {
            topics.remove(&self.run);
        }
    }
}
