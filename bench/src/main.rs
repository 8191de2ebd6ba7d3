//! `make bench`: measures the built program from outside and prints what was measured beside its
//! targets. `make soak`: wears it, and looks whether it holds.

mod figure;
mod http;
mod measures;
mod runs;
mod sample;
mod soak;
mod socket;
mod system;

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};
use figure::{Figure, table};
use measures::Measure;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;
use system::Lab;

/// Measures `overmind` from outside.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Speed, memory and size, beside the targets
    Measure(MeasureArgs),
    /// Thousands of runs with faults, a full disk, and memory that must not grow
    Soak(SoakArgs),
}

#[derive(Args)]
struct Tested {
    #[arg(long, default_value = "target/release/overmind")]
    binary: PathBuf,
    #[arg(long, default_value = "target/site")]
    site: PathBuf,
    /// A database on a PostgreSQL server where others may be created
    #[arg(long, env = "TEST_POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
}

#[derive(Args)]
struct MeasureArgs {
    #[command(flatten)]
    tested: Tested,
    /// All that was measured, as JSON
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// Only these; all without it
    #[arg(value_enum)]
    only: Vec<Measure>,
}

#[derive(Args)]
struct SoakArgs {
    #[command(flatten)]
    tested: Tested,
    #[arg(long, default_value_t = 2_000)]
    runs: usize,
}

impl Tested {
    fn lab(self) -> Result<Lab> {
        let absolute = |path: &PathBuf| {
            let found = path.canonicalize();
            found.with_context(|| format!("{} is not there: run make build", path.display()))
        };
        Ok(Lab {
            binary: absolute(&self.binary)?,
            site: absolute(&self.site)?,
            postgres: self.postgres,
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Measure(args) => measure(args).await,
        Command::Soak(args) => {
            let figures = soak::soak(&args.tested.lab()?, args.runs).await?;
            write!(std::io::stdout(), "\n{}", table(&figures))?;
            let held = figures.iter().all(|figure| figure.met != Some(false));
            ensure!(held, "it does not hold: see what was missed");
            Ok(())
        }
    }
}

async fn measure(args: MeasureArgs) -> Result<()> {
    let lab = args.tested.lab()?;
    let mut figures: Vec<Figure> = Vec::new();
    for measure in Measure::all() {
        if !(args.only.is_empty() || args.only.contains(&measure)) {
            continue;
        }
        let begun = Instant::now();
        let measured = measure.run(&lab).await;
        figures.extend(measured.with_context(|| format!("measuring {measure:?}"))?);
        let took = begun.elapsed().as_secs_f64();
        writeln!(std::io::stderr(), "  {measure:?}: {took:.0} s")?;
    }
    let json = serde_json::to_string_pretty(&figures)?;
    std::fs::write(&args.json, json)
        .with_context(|| format!("cannot write {}", args.json.display()))?;
    Ok(write!(std::io::stdout(), "\n{}", table(&figures))?)
}
