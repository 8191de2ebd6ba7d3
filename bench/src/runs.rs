//! A load of deliberations: so many in all, so many at a time, asked and watched over sockets.

use crate::sample::Sample;
use crate::socket::{Ended, Socket};
use crate::system::{Person, RUNS_OF_A_PERSON, System};
use anyhow::{Result, bail};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Six agents, every phase on its own.
pub const WHOLE: &str = "overmind";

#[derive(Default)]
pub struct Load {
    pub ended: Vec<Ended>,
    /// From the question to the last event at the client, in ms.
    pub seen: Sample,
    pub took: Duration,
    /// Processor time of the server, of all cores together, in seconds.
    pub processor_s: f64,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.ended.len() as f64 / self.took.as_secs_f64()
    }

    pub fn calls_per_second(&self) -> f64 {
        let calls: f64 = self.ended.iter().map(|ended| ended.calls).sum();
        calls / self.took.as_secs_f64()
    }

    pub fn of(&self, what: impl Fn(&Ended) -> f64) -> Sample {
        let mut sample = Sample::default();
        sample.extend(self.ended.iter().map(what));
        sample
    }

    /// Of one core.
    pub fn processor_percent(&self) -> f64 {
        100.0 * self.processor_s / self.took.as_secs_f64()
    }
}

/// How many people it takes to have so many runs at a time.
pub fn people_for(at_once: usize) -> usize {
    at_once.div_ceil(RUNS_OF_A_PERSON)
}

pub async fn load(
    system: &System,
    people: &[Person],
    at_once: usize,
    count: usize,
) -> Result<Load> {
    let people = &people[..people_for(at_once)];
    let left = Arc::new(AtomicUsize::new(count));
    let mut tasks = JoinSet::new();
    let processor = system.process().processor_time()?;
    let begun = Instant::now();
    for (number, person) in people.iter().enumerate() {
        // As even as it goes.
        let slots = at_once / people.len() + usize::from(number < at_once % people.len());
        let socket = Socket::open(system.host(), person).await?;
        tasks.spawn(ask_on(socket, slots, Arc::clone(&left)));
    }
    let mut all = Load::default();
    while let Some(done) = tasks.join_next().await {
        for (ended, seen) in done?? {
            all.ended.push(ended);
            all.seen.add_time(seen);
        }
    }
    all.took = begun.elapsed();
    all.processor_s = system.process().processor_time()? - processor;
    Ok(all)
}

/// Asks again whenever a run has ended, until none is left to ask.
async fn ask_on(
    mut socket: Socket,
    slots: usize,
    left: Arc<AtomicUsize>,
) -> Result<Vec<(Ended, Duration)>> {
    let mut requests = HashMap::new();
    let mut runs = HashMap::new();
    let mut done = Vec::new();
    let one_less = |left: usize| left.checked_sub(1);
    let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
    for _ in 0..slots {
        if take().is_ok() {
            requests.insert(socket.ask(WHOLE).await?, Instant::now());
        }
    }
    while !(requests.is_empty() && runs.is_empty()) {
        let heard = socket.hear().await?;
        match heard.kind.as_str() {
            "accepted" => {
                if let (Some(request), Some(run)) = (&heard.request_id, &heard.run_id)
                    && let Some(asked) = requests.remove(request)
                {
                    runs.insert(run.clone(), asked);
                }
            }
            "final_output" => {
                let asked = heard.run_id.as_ref().and_then(|run| runs.remove(run));
                let Some(asked) = asked else { continue };
                done.push((heard.ended()?, asked.elapsed()));
                if take().is_ok() {
                    requests.insert(socket.ask(WHOLE).await?, Instant::now());
                }
            }
            "error" | "cancelled" => bail!("a run did not succeed: {}", heard.text),
            _ => {}
        }
    }
    Ok(done)
}
