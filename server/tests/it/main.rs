//! The whole program, from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where its world does not hold"
)]
#![expect(clippy::print_stdout, reason = "some say what they measured")]

mod administration;
mod analytics;
mod ask;
mod ask_server;
mod chat;
mod connections;
mod failpoints;
mod fleet;
mod fuzz;
mod library;
mod matrix;
mod open_connections;
mod platform;
mod program;
mod replicas;
mod rest;
mod rest_access;
mod serve;
mod sharing;
mod socket_io;
mod starting;
mod texts;
mod tidy;
mod typed;
mod world;
