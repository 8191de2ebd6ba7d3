//! The program `overmind`: reads the command line and hands over to the command.
// As in `app`, whose pages are compiled here.
#![recursion_limit = "512"]

mod ask;
mod audit_csv;
mod config;
mod docs_page;
mod kept;
mod master_key;
mod mcp;
mod models;
mod origin;
mod outage;
mod pace;
mod plain_page;
mod process;
mod providers;
mod request_id;
mod rest;
mod router;
mod serve;
mod signing;
mod site;
mod socketio;
mod status;
mod telemetry;
mod typed;
mod user;
mod visit;
mod whole_body;
mod worker;
mod ws;

use clap::Parser;
use config::{Cli, Command, UserCommand};
use std::io::Write;
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

/// Gives memory back where the system's own keeps it (docs/adr/0034).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { command, settings } = Cli::parse();
    match command {
        Command::Ask(args) => {
            telemetry::start(&settings, "error");
            ask::run(args, &settings).await
        }
        Command::Models => {
            // A closed pipe is no failure of the listing.
            let _ = writeln!(std::io::stdout(), "{}", models::listing(&settings));
            ExitCode::SUCCESS
        }
        Command::Serve(args) => {
            telemetry::start(&settings, "info");
            let served = serve::run(&settings, args, |addr| {
                let _ = writeln!(std::io::stdout(), "Overmind is at http://{addr}");
            });
            finish(served.await)
        }
        Command::Worker(args) => {
            telemetry::start(&settings, "info");
            let worked = worker::run(&settings, args, |runs| {
                let _ = writeln!(
                    std::io::stdout(),
                    "Overmind works on at most {runs} runs at a time"
                );
            });
            finish(worked.await)
        }
        Command::Openapi => match rest::DOCUMENT.to_pretty_json() {
            Ok(json) => {
                let _ = writeln!(std::io::stdout(), "{json}");
                ExitCode::SUCCESS
            }
            Err(error) => finish(Err(error)),
        },
        Command::RotateMasterKey => {
            telemetry::start(&settings, "error");
            finish(master_key::rotate(&settings).await)
        }
        Command::User(UserCommand::Add(args)) => {
            telemetry::start(&settings, "error");
            finish(user::add(&settings, args).await)
        }
    }
}

fn finish<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "overmind: {error}");
            ExitCode::FAILURE
        }
    }
}
