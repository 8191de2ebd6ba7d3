//! The deliberation: agents, ODAI synthesis and the N² loop.
//! Pure orchestration: no runtime, no clock, no network, no database.

pub mod budget;
pub mod llm;
