//! A simple request over connections that stay open: listing one's conversations.

use super::{databases, provider};
use crate::figure::Figure;
use crate::sample::Sample;
use crate::system::{Database, Lab, Person, System};
use anyhow::{Result, ensure};
use provider_mock::Latency;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const PATH: &str = "/v1/conversations";
const TIME: Duration = Duration::from_secs(3);
const CONNECTIONS: [usize; 6] = [1, 4, 8, 16, 64, 256];
/// How many requests per second there are while so many ms are not exceeded at p99.
const FRONTIER: [f64; 3] = [10.0, 50.0, 100.0];

struct Level {
    per_second: f64,
    p99: f64,
}

pub async fn measure(lab: &Lab) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (database, name) in databases(lab) {
        let system = System::start(lab, database, provider(Latency::None {}), &[]).await?;
        let people = system.people(1).await?;
        let mut owner = system.connection(&people[0]).await?;
        for number in 0..50 {
            let titled = json!({ "title": format!("Conversation {number}") });
            owner.post(PATH, &titled).await?;
        }
        let mut levels = Vec::new();
        for connections in CONNECTIONS {
            levels.push(requests(&system, &people[0], connections, TIME).await?);
        }
        for limit in FRONTIER {
            let within = levels.iter().filter(|level| level.p99 < limit);
            let best = within.map(|level| level.per_second).fold(0.0, f64::max);
            let figure = Figure::new(format!("requests_{name}_p99_below_{limit}_ms"), best, "1/s");
            figures.push(match database {
                Database::Sqlite if limit == 10.0 => figure.at_least(2000.0),
                _ => figure,
            });
        }
        let alone = Figure::new(format!("request_{name}_p99_alone"), levels[0].p99, "ms");
        figures.push(match database {
            Database::Sqlite => alone.at_most(10.0),
            Database::Postgres => alone,
        });
    }
    Ok(figures)
}

async fn requests(
    system: &System,
    person: &Person,
    connections: usize,
    time: Duration,
) -> Result<Level> {
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..connections {
        let mut connection = system.connection(person).await?;
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begun.elapsed() < time {
                let asked = Instant::now();
                let (status, _) = connection.get(PATH).await?;
                ensure!(status.is_success(), "GET {PATH}: {status}");
                times.push(asked.elapsed().as_secs_f64() * 1000.0);
            }
            Ok(times)
        });
    }
    let mut sample = Sample::default();
    while let Some(done) = tasks.join_next().await {
        sample.extend(done??);
    }
    Ok(Level {
        per_second: sample.len() as f64 / begun.elapsed().as_secs_f64(),
        p99: sample.percentile(99.0),
    })
}
