//! The nouns of Overmind, their validation, the events of a run and the fold that redraws them.
//! Shared by server and browser: compiles to wasm, no async, no IO, no clock.

pub mod agent;
pub mod analytics;
pub mod api_key;
pub mod audit;
pub mod connection;
pub mod contribution;
pub mod conversation;
pub mod deliberation;
pub mod error;
pub mod estimate;
pub mod event;
pub mod export;
pub mod id;
pub mod ledger;
mod line;
pub mod message;
pub mod model;
pub mod organization;
pub mod page;
pub mod prompt_log;
pub mod quota;
pub mod redaction;
pub mod run;
pub mod score;
pub mod search;
pub mod share;
pub mod shipped;
pub mod synthesis;
pub mod terms;
pub mod transcript;
pub mod typed;
pub mod usage;
pub mod user;
pub mod version;
pub mod wire;
pub mod workflow;

pub use agent::{AgentConfig, AgentConfiguration, AgentForm, OutputFormat};
pub use api_key::{ApiKey, ApiKeyName, KeyScope};
pub use audit::AuditEntry;
pub use connection::{
    Connection, ConnectionForm, ConnectionName, EnvironmentConnection, ProviderKind, Tested,
};
pub use contribution::{Contribution, Trial};
pub use conversation::{
    Conversation, ConversationMetadata, ConversationTitle, FolderName, Source, Tag,
};
pub use deliberation::Deliberation;
pub use error::{ApiError, ErrorCode};
pub use estimate::{Estimate, OfferedWorkflow, Spent};
pub use event::{Delta, Event, EventData};
pub use export::{ConversationExport, RunExport};
pub use id::{
    AgentId, ApiKeyId, AuditEntryId, ConnectionId, ConversationId, InvitationId, ItemId, MessageId,
    OrganizationId, RunId, SessionId, ShareId, UserId, WorkflowId,
};
pub use message::{Feedback, Message, MessageMetadata, MessageRole, Rating};
pub use model::{LlmConfig, ModelName};
pub use organization::{Invitation, MailDomain, Organization, OrganizationName, SignUpPolicy};
pub use page::{
    Alternatives, ConversationView, Folder, Found, Page, Sidebar, Sort, SortKey, StepView, Turn,
};
pub use prompt_log::LoggedCall;
pub use quota::{QuotaUse, Quotas};
pub use run::{Outcome, Question, Run, RunStatus};
pub use score::{ChecklistItem, JudgedItem, Judgement};
pub use search::{Fragment, SearchWords};
pub use share::{Share, ShareMode, SharedAnswer, SharedTurn, SharedView};
pub use synthesis::{Claim, Directive, Distillation, Observation, RepairDirective};
pub use terms::{ModelPrice, Terms};
pub use transcript::Transcript;
pub use typed::Fields;
pub use usage::{Cost, Tokens};
pub use user::{
    EmailAddress, NewPassword, PersonName, Preferences, Role, Session, SessionKind, User,
};
pub use version::{Change, Version, changes};
pub use workflow::{ExecutionMode, SynthesisMode, Workflow, WorkflowForm, WorkflowTemplate};
