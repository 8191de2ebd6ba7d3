//! Logging: readable lines on standard error, JSON in production. Never prompts, keys or tokens.

use crate::config::Settings;
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// LOG_LEVEL is a level (`info`) or a filter (`overmind=debug,llm=trace`); `quiet` is used without it.
pub fn start(settings: &Settings, quiet: &str) {
    let level = settings
        .log_level
        .as_deref()
        .map(str::trim)
        .filter(|level| !level.is_empty());
    let filter =
        EnvFilter::try_new(level.unwrap_or(quiet)).unwrap_or_else(|_| EnvFilter::new(quiet));
    // genai logs the bodies of failed replies, rmcp requests; our own errors tell what may be told.
    // PostgreSQL remarks at every start that the table of migrations is there already.
    let filter = ["genai=off", "rmcp=error", "sqlx::postgres::notice=warn"]
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    // Logging is already set up only in tests that share a process.
    let _ = if settings.is_production() {
        logging.json().try_init()
    } else {
        logging.try_init()
    };
}
