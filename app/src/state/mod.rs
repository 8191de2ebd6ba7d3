//! What pages remember or are told: the reader's theme, which models the server can use.

mod models;
mod theme;

pub use models::ModelStatus;
pub use theme::Theme;
