//! Which models the server would answer with. Finding out is the server's job.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelStatus {
    /// Only the small built-in model is there.
    Demonstration,
    /// The names of the connected models or providers, the preferred one first.
    Connected(Vec<String>),
    /// Neither a provider nor the built-in model.
    #[default]
    None,
}
