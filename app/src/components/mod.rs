//! The parts that pages are made of.

pub mod agent_grid;
pub mod agent_ring;
pub mod command_line;
pub mod deliberation;
pub mod icon;
pub mod model_note;
pub mod outcomes;
pub mod site_frame;
pub mod theme_toggle;
pub mod workflow_picker;
