//! What pages remember or are told: the reader's theme, which models the server can use.

pub mod conversations;
pub mod cookie;
pub mod drafts;
pub mod live;
mod models;
pub mod panel;
mod post;
pub mod preferences;
pub mod sidebar;
mod submission;
mod theme;
pub mod toasts;
mod visitor;

pub use models::ModelStatus;
pub use post::Post;
pub use preferences::SavedPreferences;
pub use submission::{Submission, page_answers, page_is_an_answer};
pub use theme::Theme;
pub use visitor::Visitor;
