//! The deliberation against the scripted provider: every promise of the loop, by its event list.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where its world does not hold"
)]

mod conclude;
mod conversation;
mod form;
mod gate;
mod outcome;
mod repair;
mod resume;
mod schemas;
mod soft_deadline;
mod stop;
mod world;
