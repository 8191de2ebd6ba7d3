//! The program `overmind`: reads the command line and hands over to the command.

mod ask;
mod config;
mod models;
mod router;
mod serve;
mod site;
mod telemetry;

use clap::Parser;
use config::{Cli, Command};
use std::io::Write;
use std::process::ExitCode;

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
            let options = serve::ServeOptions {
                addr: args.addr,
                site_root: args.site_root,
                models: models::status(&settings),
                watch: args.watch.is_some(),
            };
            let served = serve::run(options, |addr| {
                let _ = writeln!(std::io::stdout(), "Overmind is at http://{addr}");
            });
            match served.await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    let _ = writeln!(std::io::stderr(), "overmind: {error}");
                    ExitCode::FAILURE
                }
            }
        }
    }
}
