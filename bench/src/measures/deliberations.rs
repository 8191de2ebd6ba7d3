//! Whole deliberations with all six agents: what they cost beside their provider calls, alone and
//! many at a time.

use super::{databases, provider};
use crate::figure::Figure;
use crate::runs::{Load, load, people_for};
use crate::sample::Sample;
use crate::system::{Database, Lab, System};
use anyhow::Result;
use provider_mock::Latency;

pub async fn overhead(lab: &Lab) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (database, name) in databases(lab) {
        let system = System::start(lab, database, provider(Latency::None {}), &[]).await?;
        let people = system.people(1).await?;
        // The first ones fill caches and prepare statements.
        load(&system, &people, 1, 20).await?;
        let alone = load(&system, &people, 1, 200).await?;
        let overhead = alone.of(|ended| ended.overhead_ms);
        let figure = |what, value| Figure::new(format!("overhead_{name}_{what}"), value, "ms");
        let (p50, p99) = (overhead.median(), overhead.percentile(99.0));
        figures.push(match database {
            Database::Sqlite => figure("p50", p50).at_most(10.0),
            Database::Postgres => figure("p50", p50),
        });
        figures.push(match database {
            Database::Sqlite => figure("p99", p99).at_most(40.0),
            Database::Postgres => figure("p99", p99),
        });
        let seen = alone.seen.median();
        figures.push(Figure::new(
            format!("question_to_answer_{name}"),
            seen,
            "ms",
        ));
    }
    Ok(figures)
}

/// So many at a time, so many in all.
const LEVELS: [(usize, usize); 4] = [(1, 3), (10, 30), (100, 200), (500, 1000)];

pub async fn ratio(lab: &Lab) -> Result<Vec<Figure>> {
    let second = provider(Latency::FixedMs(1000));
    let system = System::start(lab, Database::Sqlite, second, &[("OVERMIND_RUNS", "600")]).await?;
    let people = system.people(people_for(500)).await?;
    let mut figures = Vec::new();
    for (at_once, count) in LEVELS {
        let load = load(&system, &people, at_once, count).await?;
        let p95 = ratios(&load).percentile(95.0);
        let name = format!("wall_over_critical_p95_{at_once}");
        figures.push(Figure::new(name, p95, "").at_most(1.02));
        let name = format!("processor_at_{at_once}_runs");
        figures.push(Figure::new(name, load.processor_percent(), "%"));
    }
    drop(system);

    let like_real_ones = provider(Latency::LogNormal {
        median_ms: 400.0,
        sigma: 0.6,
        stall_every: 100,
        stall_ms: 3000,
    });
    let system = System::start(
        lab,
        Database::Sqlite,
        like_real_ones,
        &[("OVERMIND_RUNS", "600")],
    );
    let system = system.await?;
    let people = system.people(people_for(100)).await?;
    let load = load(&system, &people, 100, 300).await?;
    let p95 = ratios(&load).percentile(95.0);
    figures.push(Figure::new("wall_over_critical_p95_100_long_tail", p95, ""));
    Ok(figures)
}

fn ratios(load: &Load) -> Sample {
    load.of(|ended| ended.wall_ms / ended.critical_ms)
}

pub async fn throughput(lab: &Lab) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (database, name) in databases(lab) {
        let fast = provider(Latency::None {});
        let system = System::start(lab, database, fast, &[]).await?;
        let people = system.people(people_for(60)).await?;
        load(&system, &people, 60, 120).await?;
        let full = load(&system, &people, 60, 1200).await?;
        let rate = Figure::new(format!("deliberations_{name}"), full.per_second(), "1/s");
        figures.push(match database {
            Database::Sqlite => rate.at_least(100.0),
            Database::Postgres => rate,
        });
        let more = [
            ("provider_calls", full.calls_per_second(), "1/s"),
            ("processor_of_full_load", full.processor_percent(), "%"),
            (
                "memory_after_full_load",
                system.process().memory_at_rest().await?,
                "MB",
            ),
        ];
        for (what, value, unit) in more {
            figures.push(Figure::new(format!("{what}_{name}"), value, unit));
        }
    }
    Ok(figures)
}
