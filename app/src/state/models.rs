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

#[cfg(feature = "ssr")]
impl ModelStatus {
    pub fn of(models: Option<&services::Models>) -> Self {
        match models {
            None => Self::None,
            Some(models) if models.demonstration => Self::Demonstration,
            Some(models) => {
                let choice = &models.choice;
                let working = choice.process.iter().chain(&choice.configured);
                let mut names: Vec<String> = working.map(ToString::to_string).collect();
                names.dedup();
                Self::Connected(names)
            }
        }
    }
}
