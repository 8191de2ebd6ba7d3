//! One module per page.

mod admin;
mod analytics;
mod chat;
mod conversation;
mod deliberation;
mod home;
mod invitation;
pub mod lazy;
mod library;
mod log_in;
mod not_found;
mod providers;
mod settings;
mod share;
mod shared;
mod sign_up;

pub use chat::NewConversation;
pub use conversation::ConversationPage;
pub use home::Home;
pub use not_found::NotFound;
