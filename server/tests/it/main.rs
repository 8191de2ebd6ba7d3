//! The whole program, from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where its world does not hold"
)]

mod ask;
mod chat;
mod program;
mod rest;
mod rest_access;
mod serve;
mod tidy;
mod world;
