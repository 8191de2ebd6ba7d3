//! The whole program, from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where its world does not hold"
)]
#![expect(clippy::print_stdout, reason = "the matrix says how large it is")]

mod ask;
mod ask_server;
mod chat;
mod failpoints;
mod fleet;
mod matrix;
mod open_connections;
mod platform;
mod program;
mod replicas;
mod rest;
mod rest_access;
mod serve;
mod tidy;
mod world;
