//! Model providers behind the engine's port. No orchestration, no prompts.

pub mod catalog;
pub mod connections;
mod health;
#[cfg(feature = "local")]
pub mod local;
pub mod price;
pub mod remote;
pub mod retry;
pub mod router;
#[cfg(feature = "scripted")]
pub mod scripted;
pub mod terms;
pub mod tokens;
