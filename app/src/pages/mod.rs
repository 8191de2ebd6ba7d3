//! One module per page.

mod chat;
mod conversation;
mod home;
mod invitation;
mod log_in;
mod not_found;
mod providers;
mod settings;
mod sign_up;

pub use chat::NewConversation;
pub use conversation::ConversationPage;
pub use home::Home;
pub use invitation::InvitationPage;
pub use log_in::LogInPage;
pub use not_found::NotFound;
pub use providers::ProvidersPage;
pub use settings::SettingsPage;
pub use sign_up::SignUpPage;
