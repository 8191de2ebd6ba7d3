//! The deliberation: agents, ODAI synthesis and the N² loop.
//! Pure orchestration: no runtime, no clock, no network, no database.

mod agents;
pub mod brief;
pub mod budget;
mod call;
mod ending;
pub mod gate;
mod history;
pub mod journal;
mod judge;
pub mod llm;
pub mod n2;
mod odai;
pub mod parse;
pub mod progress;
pub mod prompt;
mod repair;
pub mod schema;
pub mod sentences;
pub mod sim;
mod trial;

pub use brief::{Brief, ModelChoice};
pub use journal::Journal;
pub use n2::{Stop, StopReason, Timer, run};
pub use progress::{Entry, Progress};
pub use trial::{try_agent, try_model};
