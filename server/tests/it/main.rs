//! The whole program, from outside.

mod ask;
mod serve;
mod tidy;
