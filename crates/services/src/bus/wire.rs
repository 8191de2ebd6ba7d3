//! What processes tell each other through Redis.

use domain::event::Delta;
use domain::{Event, RunId};
use serde::{Deserialize, Serialize};

/// Something happened in a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What<'a> {
    Began {},
    Event(&'a Event),
    Delta(&'a Delta),
    /// `quiet`: nothing else is being written.
    StepDone {
        step: &'a str,
        quiet: bool,
    },
    Ended {},
}

/// The same, as it arrives.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Heard {
    Began {},
    Event(Box<Event>),
    Delta(Delta),
    StepDone { step: String },
    Ended {},
}

/// With its sender, who has heard it already, and the lease under which it happened.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    pub from: &'a str,
    pub epoch: i64,
    pub what: &'a What<'a>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub from: String,
    pub epoch: i64,
    pub what: Heard,
}

/// Somebody wants a run to end.
#[derive(Serialize, Deserialize)]
pub(super) struct Cancel {
    pub run: RunId,
    pub by: String,
    pub reason: String,
}
