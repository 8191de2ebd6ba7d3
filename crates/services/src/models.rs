//! The models that runs work with, put together by whoever starts the process.

use engine::ModelChoice;
use engine::llm::Llm;
use std::sync::Arc;

#[derive(Clone)]
pub struct Models {
    pub llm: Arc<dyn Llm>,
    /// What the process is configured for; requests and preferences come before it.
    pub choice: ModelChoice,
}
