//! The watchers of this process, by run; and what is being written, for those who come later.

use super::Link;
use domain::event::{Delta, join};
use domain::{Event, RunId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// A watcher that is further behind reads the events from the store and loses the deltas.
const BACKLOG: usize = 512;

#[derive(Clone, Debug)]
pub(crate) enum News {
    Event(Arc<Event>),
    Delta(Arc<Delta>),
    /// Something may have happened that was not heard of here.
    Look,
}

#[derive(Clone, Default)]
pub(crate) struct Topics(Arc<Mutex<HashMap<RunId, Topic>>>);

struct Topic {
    news: broadcast::Sender<News>,
    /// What is being written right now, whole, for those who come later.
    partial: Vec<Delta>,
    /// The lease under which this process executes it: the topic stays although nobody watches.
    running: Option<i64>,
    /// The latest lease that was heard of: what a worker writes that has lost its own is not
    /// mixed with what its successor writes.
    epoch: i64,
}

impl Topics {
    pub fn event(&self, event: Event) {
        if let Some(topic) = self.lock().get(&event.run_id) {
            topic.tell(News::Event(Arc::new(event)));
        }
    }

    /// This process executes it.
    pub fn begin(&self, run: RunId, epoch: i64) {
        let mut topics = self.lock();
        let topic = topics.entry(run).or_insert_with(Topic::new);
        topic.is_current(epoch);
        topic.running = Some(epoch);
    }

    /// Another process does.
    pub fn began(&self, run: RunId, epoch: i64) {
        self.current(run, epoch, |_| {});
    }

    pub fn delta(&self, run: RunId, epoch: i64, delta: Delta) {
        self.current(run, epoch, |topic| {
            remember(&mut topic.partial, &delta);
            topic.tell(News::Delta(Arc::new(delta)));
        });
    }

    /// Whether nothing is being written any more.
    pub fn forget_step(&self, run: RunId, epoch: i64, step: &str) -> bool {
        let mut topics = self.lock();
        let Some(topic) = topics.get_mut(&run) else {
            return true;
        };
        // Otherwise it is the successor that writes.
        topic.is_current(epoch) && {
            topic.partial.retain(|delta| step_of(delta) != step);
            topic.partial.is_empty()
        }
    }

    pub fn forget_all(&self, run: RunId, epoch: i64) {
        self.current(run, epoch, |topic| topic.partial.clear());
    }

    /// Changes a topic that is there, unless the lease is an earlier one.
    fn current<T>(
        &self,
        run: RunId,
        epoch: i64,
        change: impl FnOnce(&mut Topic) -> T,
    ) -> Option<T> {
        let mut topics = self.lock();
        let topic = topics.get_mut(&run)?;
        topic.is_current(epoch).then(|| change(topic))
    }

    /// False when this process has a later lease of the run by now.
    pub fn end(&self, run: RunId, epoch: i64) -> bool {
        let mut topics = self.lock();
        if let Entry::Occupied(mut topic) = topics.entry(run) {
            if topic.get().running != Some(epoch) {
                return false;
            }
            if topic.get().epoch == epoch {
                topic.get_mut().partial.clear();
            }
            topic.get_mut().running = None;
            if topic.get().news.receiver_count() == 0 {
                topic.remove();
            }
        }
        true
    }

    /// What was being written elsewhere before this process listened; what it has heard since then
    /// goes on from it.
    pub fn begin_with(&self, run: RunId, epoch: i64, mut written: Vec<Delta>) {
        self.current(run, epoch, |topic| {
            if topic.running.is_none() {
                for heard in topic.partial.drain(..) {
                    remember(&mut written, &heard);
                }
                topic.partial = written;
            }
        });
    }

    /// The watchers of other processes' runs look into the store.
    pub fn look(&self) {
        for topic in self.lock().values().filter(|it| it.running.is_none()) {
            topic.tell(News::Look);
        }
    }

    pub fn is_watched(&self, run: RunId) -> bool {
        let topics = self.lock();
        let topic = topics.get(&run);
        topic.is_some_and(|topic| topic.news.receiver_count() > 0)
    }

    /// Those that somebody watches here.
    pub fn watched(&self) -> Vec<RunId> {
        let topics = self.lock();
        let watched = topics
            .iter()
            .filter(|(_, topic)| topic.news.receiver_count() > 0);
        watched.map(|(run, _)| *run).collect()
    }

    /// Also says whether nobody has watched it here before. `link`: told when the last one leaves.
    pub fn watch(&self, run: RunId, link: Option<Link>) -> (Watch, bool) {
        let mut topics = self.lock();
        let topic = topics.entry(run).or_insert_with(Topic::new);
        let is_first = topic.news.receiver_count() == 0;
        let news = Some(topic.news.subscribe());
        let watch = Watch {
            topics: self.clone(),
            link,
            run,
            news,
        };
        (watch, is_first)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Topic>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topic {
    fn new() -> Self {
        Self {
            news: broadcast::Sender::new(BACKLOG),
            partial: Vec::new(),
            running: None,
            epoch: 0,
        }
    }

    /// False for an earlier lease than the latest. With a new one everything is written anew, and
    /// whoever watches is told.
    fn is_current(&mut self, epoch: i64) -> bool {
        if epoch > self.epoch {
            self.epoch = epoch;
            for unfinished in std::mem::take(&mut self.partial) {
                self.tell(News::Delta(Arc::new(unfinished.reset())));
            }
        }
        epoch == self.epoch
    }

    fn tell(&self, news: News) {
        // Nobody may be watching.
        let _ = self.news.send(news);
    }
}

/// Adds a piece to what is known of its step. Pieces may overlap; one that leaves a gap is lost.
pub(super) fn remember(partial: &mut Vec<Delta>, new: &Delta) {
    let known = partial
        .iter_mut()
        .find(|known| step_of(known) == step_of(new));
    match (known, new) {
        (_, Delta::DeltaReset { step, .. }) => partial.retain(|known| step_of(known) != step),
        (
            Some(
                Delta::AgentDelta {
                    offset: start,
                    text: whole,
                    ..
                }
                | Delta::AnswerDelta {
                    offset: start,
                    text: whole,
                    ..
                },
            ),
            Delta::AgentDelta { offset, text, .. } | Delta::AnswerDelta { offset, text, .. },
        ) => {
            if let Some(place) = offset.checked_sub(*start) {
                join(whole, place, text);
            }
        }
        (Some(Delta::DeltaReset { .. }), _) => {}
        (None, _) => partial.push(new.clone()),
    }
}

pub(super) fn step_of(delta: &Delta) -> &str {
    match delta {
        Delta::AgentDelta { step, .. }
        | Delta::AnswerDelta { step, .. }
        | Delta::DeltaReset { step, .. } => step,
    }
}

/// A place on the bus; leaving it gives the topic up when nobody else needs it.
pub(crate) struct Watch {
    topics: Topics,
    link: Option<Link>,
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
        let topics = self.topics.lock();
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
        let mut topics = self.topics.lock();
        let Some(topic) = topics.get(&self.run) else {
            return;
        };
        if topic.news.receiver_count() > 0 {
            return;
        }
        if topic.running.is_none() {
            topics.remove(&self.run);
        }
        if let Some(link) = &self.link {
            link.unfollow(self.run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(step: &str, offset: usize, text: &str) -> Delta {
        Delta::AnswerDelta {
            step: step.to_owned(),
            offset,
            text: text.to_owned(),
        }
    }

    #[test]
    fn pieces_that_overlap_are_one_text() {
        for (pieces, expected) in [
            (
                vec![piece("a", 0, "on"), piece("a", 2, "e")],
                vec![piece("a", 0, "one")],
            ),
            (
                vec![piece("a", 0, "one"), piece("a", 1, "ne two")],
                vec![piece("a", 0, "one two")],
            ),
            (
                vec![piece("a", 0, "one"), piece("a", 0, "o")],
                vec![piece("a", 0, "one")],
            ),
            (
                vec![piece("a", 0, "one"), piece("a", 5, "lost")],
                vec![piece("a", 0, "one")],
            ),
            (
                vec![piece("a", 0, "é"), piece("a", 1, "x")],
                vec![piece("a", 0, "é")],
            ),
            (
                vec![piece("a", 0, "one"), piece("b", 0, "x")],
                vec![piece("a", 0, "one"), piece("b", 0, "x")],
            ),
        ] {
            let mut partial = Vec::new();
            for piece in &pieces {
                remember(&mut partial, piece);
            }
            assert_eq!(partial, expected);
        }
    }

    #[test]
    fn a_process_that_joins_late_knows_the_whole_text() {
        let topics = Topics::default();
        let run = RunId(uuid::Uuid::nil());
        let (watch, is_first) = topics.watch(run, None);
        assert!(is_first && !topics.watch(run, None).1);
        // Heard before the list was read, of which it repeats a part.
        topics.delta(run, 1, piece("a", 2, "e two"));
        topics.begin_with(run, 1, vec![piece("a", 0, "one ")]);
        assert_eq!(watch.partial(), [piece("a", 0, "one two")]);
        assert!(topics.forget_step(run, 1, "a"));
        assert!(watch.partial().is_empty());
        drop(watch);
        assert!(topics.lock().is_empty());
    }

    #[tokio::test]
    async fn what_a_late_worker_writes_is_not_mixed_in() {
        let topics = Topics::default();
        let run = RunId(uuid::Uuid::nil());
        let (mut watch, _) = topics.watch(run, None);
        topics.delta(run, 1, piece("a", 0, "one"));
        topics.began(run, 2);
        topics.delta(run, 1, piece("a", 3, " late"));
        topics.delta(run, 2, piece("a", 0, "two"));
        topics.forget_all(run, 1);
        assert!(!topics.forget_step(run, 1, "a"));
        assert_eq!(watch.partial(), [piece("a", 0, "two")]);
        let mut seen = Vec::new();
        while let Ok(Ok(News::Delta(delta))) =
            tokio::time::timeout(std::time::Duration::ZERO, watch.next()).await
        {
            seen.push((*delta).clone());
        }
        let (old, new) = (piece("a", 0, "one"), piece("a", 0, "two"));
        assert_eq!(seen, [old.clone(), old.reset(), new.clone()]);

        // Executed here, and lost to another process that has begun to write.
        topics.begin(run, 3);
        topics.began(run, 4);
        topics.delta(run, 4, new.clone());
        assert!(topics.end(run, 3));
        assert_eq!(watch.partial(), [new]);
    }
}
