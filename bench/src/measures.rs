//! What is measured, in the order of the table. Each measure starts systems of its own.

mod api;
mod deliberations;
mod sockets;
mod start;
mod streams;
mod survival;

use crate::figure::Figure;
use crate::system::{Database, Lab};
use anyhow::Result;
use clap::ValueEnum;
use provider_mock::{Latency, Pace, Script};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// Size of the first page, time to the first answer, memory at rest
    Start,
    /// What a deliberation costs beside its provider calls
    Overhead,
    /// Wall time over critical path, by the number of runs at a time
    Ratio,
    /// Deliberations per second
    Throughput,
    /// Requests per second
    Api,
    /// A text as it is written
    Streams,
    /// Events at a thousand sockets, memory of ten thousand
    Sockets,
    /// Killed and paused processes
    Survival,
}

impl Measure {
    pub fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    pub async fn run(self, lab: &Lab) -> Result<Vec<Figure>> {
        match self {
            Self::Start => start::measure(lab).await,
            Self::Overhead => deliberations::overhead(lab).await,
            Self::Ratio => deliberations::ratio(lab).await,
            Self::Throughput => deliberations::throughput(lab).await,
            Self::Api => api::measure(lab).await,
            Self::Streams => streams::measure(lab).await,
            Self::Sockets => sockets::measure(lab).await,
            Self::Survival => survival::measure(lab).await,
        }
    }
}

/// SQLite, and PostgreSQL where there is one, with how figures name them.
fn databases(lab: &Lab) -> Vec<(Database, &'static str)> {
    let mut databases = vec![(Database::Sqlite, "sqlite")];
    if lab.postgres.is_some() {
        databases.push((Database::Postgres, "postgres"));
    }
    databases
}

/// A provider that answers so fast and forgets what it was asked.
fn provider(first: Latency) -> Script {
    Script::new().forgetful().pace(Pace {
        first,
        // A whole reply in one piece.
        chunk_chars: 100_000,
        ..Pace::default()
    })
}
