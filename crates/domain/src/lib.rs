//! The nouns of Overmind, their validation, the events of a run and the fold that redraws them.
//! Shared by server and browser: compiles to wasm, no async, no IO, no clock.

pub mod agent;
pub mod contribution;
pub mod error;
pub mod event;
pub mod id;
pub mod model;
pub mod run;
pub mod score;
pub mod shipped;
pub mod synthesis;
pub mod transcript;
pub mod usage;
pub mod workflow;

pub use agent::{AgentConfig, OutputFormat};
pub use contribution::Contribution;
pub use error::{ApiError, ErrorCode};
pub use event::{Delta, Event, EventData};
pub use id::{AgentId, ConversationId, ItemId, RunId, WorkflowId};
pub use model::{LlmConfig, ModelName};
pub use run::{Outcome, Question, RunStatus};
pub use score::{ChecklistItem, JudgedItem, Judgement};
pub use synthesis::{Claim, Directive, Distillation, Observation, RepairDirective};
pub use transcript::Transcript;
pub use usage::{Cost, Tokens};
pub use workflow::{ExecutionMode, SynthesisMode, Workflow};
