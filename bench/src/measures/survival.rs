//! How long a run stands still when its process is killed or paused: until its next provider call.

use crate::figure::Figure;
use crate::runs::WHOLE;
use crate::sample::Sample;
use crate::socket::Socket;
use crate::system::{Database, Lab, System, until};
use anyhow::Result;
use provider_mock::{Latency, Pace, Script};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(40);
/// The observation and the six agents.
const FIRST_CALLS: usize = 7;
const KILLS: usize = 3;

pub async fn measure(lab: &Lab) -> Result<Vec<Figure>> {
    let mut restarted = Sample::default();
    for _ in 0..KILLS {
        restarted.add_time(killed_and_restarted(lab).await?);
    }
    let same = Figure::new(
        "killed_to_resumed_restart",
        restarted.percentile(100.0) / 1000.0,
        "s",
    );
    let mut figures = vec![same.at_most(5.0)];
    if lab.postgres.is_some() {
        let killed = taken_over(lab, Fault::Killed).await?.as_secs_f64();
        let paused = taken_over(lab, Fault::Paused).await?.as_secs_f64();
        figures.push(Figure::new("killed_to_resumed_other_process", killed, "s").at_most(5.0));
        figures.push(Figure::new("paused_to_resumed_other_process", paused, "s").at_most(15.0));
    }
    Ok(figures)
}

fn slow() -> Script {
    Script::new().pace(Pace {
        first: Latency::FixedMs(1500),
        chunk_chars: 100_000,
        ..Pace::default()
    })
}

/// Waits until all agents of a question are at work.
async fn begin(system: &System) -> Result<()> {
    let people = system.people(1).await?;
    let mut socket = Socket::open(system.host(), &people[0]).await?;
    socket.ask(WHOLE).await?;
    calls_exceed(system, FIRST_CALLS - 1).await
}

async fn calls_exceed(system: &System, count: usize) -> Result<()> {
    let more = async || Ok(system.mock.calls().len() > count);
    until("a provider call", PATIENCE, more).await
}

async fn killed_and_restarted(lab: &Lab) -> Result<Duration> {
    let mut system = System::start(lab, Database::Sqlite, slow(), &[]).await?;
    begin(&system).await?;
    let calls = system.mock.calls().len();
    let begun = Instant::now();
    system.process_mut().kill().await?;
    system.restart(&[]).await?;
    calls_exceed(&system, calls).await?;
    Ok(begun.elapsed())
}

#[derive(Clone, Copy)]
enum Fault {
    Killed,
    /// As good as cut off: nobody of this machine can say that it is dead.
    Paused,
}

/// The server does no more; a worker on the same database goes on.
async fn taken_over(lab: &Lab, fault: Fault) -> Result<Duration> {
    let mut system = System::start(lab, Database::Postgres, slow(), &[]).await?;
    begin(&system).await?;
    let _worker = system.another("worker").await?;
    let calls = system.mock.calls().len();
    let begun = Instant::now();
    match fault {
        Fault::Killed => system.process_mut().kill().await?,
        Fault::Paused => system.process().signal("STOP").await?,
    }
    calls_exceed(&system, calls).await?;
    Ok(begun.elapsed())
}
