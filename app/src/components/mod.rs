//! The parts that pages are made of.

pub mod account_menu;
pub mod admin_frame;
pub mod agent_grid;
pub mod agent_ring;
pub mod chat;
pub mod choices;
pub mod command_line;
pub mod command_menu;
pub mod deliberation;
pub mod figures;
pub mod form;
pub mod icon;
pub mod known_models;
pub mod model_note;
pub mod moment;
pub mod once_shown;
pub mod outcomes;
pub mod resize_handle;
pub mod roles;
pub mod section;
mod shortcuts;
pub mod site_frame;
pub mod theme_toggle;
pub mod trial;
pub mod user_agent;
pub mod workflow_picker;
pub mod workspace;
