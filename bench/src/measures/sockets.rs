//! Sockets: how old an event is when a thousand of them hear it, and what ten thousand that only
//! wait cost.

use super::{databases, provider};
use crate::figure::Figure;
use crate::runs::WHOLE;
use crate::sample::Sample;
use crate::socket::Socket;
use crate::system::{Database, Lab, SOCKETS_OF_A_PERSON, System};
use anyhow::{Context, Result};
use provider_mock::{Latency, Pace, Then, When};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const WATCHING: usize = 1_000;
const IDLE: usize = 10_000;
const REST: Duration = Duration::from_secs(5);

pub async fn measure(lab: &Lab) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (database, name) in databases(lab) {
        let ages = watching(lab, database).await?;
        let figure = |what, value| Figure::new(format!("event_age_{name}_{what}"), value, "ms");
        let p99 = figure("p99", ages.percentile(99.0));
        figures.push(figure("p50", ages.median()));
        figures.push(match database {
            Database::Sqlite => p99.at_most(10.0),
            Database::Postgres => p99,
        });
    }
    figures.extend(idle(lab).await?);
    Ok(figures)
}

/// Every run has fifty watchers, one asks and all of them hear.
async fn watching(lab: &Lab, database: Database) -> Result<Sample> {
    // Slow enough that events come one by one, and that everybody watches before they do.
    let mut begins = Then::generated();
    begins.pace = Some(Pace {
        first: Latency::FixedMs(5_000),
        ..Pace::default()
    });
    let goes_on = Latency::LogNormal {
        median_ms: 800.0,
        sigma: 0.6,
        stall_every: 0,
        stall_ms: 0,
    };
    let script = provider(goes_on).on(When::any().schema("observation"), begins);
    let system = System::start(lab, database, script, &[]).await?;
    let people = system.people(WATCHING / SOCKETS_OF_A_PERSON).await?;
    let mut tasks = JoinSet::new();
    for person in &people {
        let mut asking = Socket::open(system.host(), person).await?;
        asking.ask(WHOLE).await?;
        let run = asking.hear_kind("accepted").await?.run_id;
        let run = run.context("an accepted question has a run")?;
        let mut sockets = vec![asking];
        for _ in 1..SOCKETS_OF_A_PERSON {
            let mut socket = Socket::open(system.host(), person).await?;
            socket.subscribe(&run).await?;
            sockets.push(socket);
        }
        for mut socket in sockets {
            tasks.spawn(async move {
                let mut ages = Vec::new();
                // What was said before is read from the database, and old by then.
                let mut caught_up = false;
                loop {
                    let heard = socket.hear().await?;
                    caught_up |= heard.kind == "subscribed";
                    if heard.ts.is_some() && caught_up {
                        ages.push(heard.age_ms()?);
                    }
                    if heard.kind == "final_output" {
                        return Ok::<_, anyhow::Error>(ages);
                    }
                }
            });
        }
    }
    let mut sample = Sample::default();
    while let Some(done) = tasks.join_next().await {
        sample.extend(done??);
    }
    Ok(sample)
}

async fn idle(lab: &Lab) -> Result<Vec<Figure>> {
    let system = System::start(lab, Database::Sqlite, provider(Latency::None {}), &[]).await?;
    let people = system.people(IDLE / SOCKETS_OF_A_PERSON).await?;
    let before = system.process().memory()?;
    let mut sockets = JoinSet::new();
    for person in &people {
        for _ in 0..SOCKETS_OF_A_PERSON {
            let mut socket = Socket::open(system.host(), person).await?;
            sockets.spawn(async move { socket.idle(Duration::MAX).await });
        }
    }
    let (begun, processor) = (Instant::now(), system.process().processor_time()?);
    tokio::time::sleep(REST).await;
    let used = system.process().processor_time()? - processor;
    let added = system.process().memory()? - before;
    anyhow::ensure!(
        sockets.try_join_next().is_none(),
        "an idle socket was closed"
    );
    Ok(vec![
        Figure::new("memory_of_10000_idle_sockets", added, "MB").at_most(150.0),
        Figure::new(
            "processor_of_10000_idle_sockets",
            100.0 * used / begun.elapsed().as_secs_f64(),
            "%",
        ),
    ])
}
