//! Asking and following: the list of conversations, a conversation's turns, the runs in them and
//! the inspector beside them.

pub mod agent_card;
mod answer;
mod ask_again;
mod branches;
mod cancel;
pub mod claim;
pub mod composer;
mod conclude;
mod copy;
mod delete;
pub mod deliberated;
mod edit;
mod elapsed;
mod feedback;
mod filing;
mod folded;
pub mod inspector;
pub mod outcome;
pub mod phase_line;
mod queue_place;
pub mod reconnecting;
mod rename;
mod repair;
pub mod run_card;
#[cfg(test)]
pub mod sample;
pub mod score;
pub mod sidebar;
pub mod status;
mod this_question;
pub mod title;
pub mod turn;
mod workflow_select;

/// A control that does not ask for attention.
const QUIET: &str = "inline-flex min-h-8 cursor-pointer items-center gap-1.5 rounded-sm px-2 text-sm text-muted transition-colors hover:text-text";
