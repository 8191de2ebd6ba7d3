//! The engine's only output: what is kept (events and the calls behind them) and what is only shown.

use crate::journal::Step;
use domain::event::{Delta, EventData};
use futures::SinkExt;
use futures::channel::mpsc;

#[derive(Clone, Debug)]
pub enum Progress {
    /// To be numbered and stored in one transaction.
    Kept(Box<Entry>),
    /// Shown, not kept.
    Delta(Delta),
}

/// A finished provider call and the events it caused. A resumed run produces the same entries
/// again, without their steps: whoever stores them skips as many events as are stored.
#[derive(Clone, Debug)]
pub struct Entry {
    pub iteration: u32,
    pub step: Option<Step>,
    pub events: Vec<EventData>,
}

/// Where a run writes its progress. Without room on the other side it waits,
/// so the engine is never more than a few entries ahead of what is stored.
#[derive(Clone, Debug)]
pub(crate) struct Output(mpsc::Sender<Progress>);

impl Output {
    pub fn new(sender: mpsc::Sender<Progress>) -> Self {
        Self(sender)
    }

    pub async fn keep(&self, iteration: u32, mut step: Option<Step>, events: Vec<EventData>) {
        if let Some(step) = &mut step {
            step.concluded = !events.is_empty();
        }
        if step.is_some() || !events.is_empty() {
            self.send(Progress::Kept(Box::new(Entry {
                iteration,
                step,
                events,
            })))
            .await;
        }
    }

    pub async fn event(&self, iteration: u32, event: EventData) {
        self.keep(iteration, None, vec![event]).await;
    }

    pub async fn show(&self, delta: Delta) {
        self.send(Progress::Delta(delta)).await;
    }

    async fn send(&self, progress: Progress) {
        // Nobody listens any more only when the whole run is being dropped.
        let _ = self.0.clone().send(progress).await;
    }
}
