//! Wear: runs with random faults of the provider, a server that is killed again and again, a disk
//! that is full. Everything accepted must end, and memory must not grow.

use crate::figure::Figure;
use crate::http::Connection;
use crate::runs::WHOLE;
use crate::system::{Database, Lab, Person, System, until};
use anyhow::{Context, Result, ensure};
use provider_mock::{Pace, Script, Then, When};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

const PEOPLE: usize = 10;
/// Runs that are under way at the same time.
const AT_ONCE: usize = 100;
/// Every so many calls one goes wrong.
const FAULT_EVERY: u32 = 40;
const KILLS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(300);
/// What a database may still grow, in pages of 4 KiB, before its disk is full.
const PAGES_LEFT: u64 = 100;

pub async fn soak(lab: &Lab, runs: usize) -> Result<Vec<Figure>> {
    ensure!(runs >= 40, "so few runs say nothing");
    let mut system = System::start(lab, Database::Sqlite, faults(runs), &[]).await?;
    let mut soak = Soak {
        people: system.people(PEOPLE).await?,
        accepted: Vec::new(),
        ended: 0,
    };

    // What is allocated once is there after the first quarter.
    soak.wear(&system, runs / 4).await?;
    let early = system.process().memory_at_rest().await?;
    soak.wear(&system, runs / 2).await?;
    let late = system.process().memory_at_rest().await?;
    say(&format!("{} runs, {late:.0} MB", soak.accepted.len()))?;

    let crashing = runs - soak.accepted.len();
    for _ in 0..KILLS {
        soak.ask(&system, (crashing / KILLS).min(AT_ONCE)).await?;
        system.process_mut().kill().await?;
        system.restart(&[]).await?;
        soak.all_end(&system).await?;
    }
    say(&format!(
        "{} runs, killed {KILLS} times",
        soak.accepted.len()
    ))?;

    soak.fill_the_disk(&mut system).await?;
    say("the disk was full, and is not any more")?;

    let endings = soak.endings(&system).await?;
    let faults = system.mock.scripted_answers();
    ensure!(faults > 0, "no fault happened");
    let mut figures = vec![
        Figure::new("runs_accepted", soak.accepted.len() as f64, "runs"),
        Figure::new("provider_faults", f64::from(faults), "calls"),
        Figure::new("memory_early", early, "MB"),
        Figure::new("memory_late", late, "MB"),
        Figure::new("memory_growth", late / early, "").at_most(1.15),
    ];
    for (status, count) in endings {
        figures.push(Figure::new(format!("runs_{status}"), count, "runs"));
    }
    Ok(figures)
}

fn say(what: &str) -> Result<()> {
    Ok(writeln!(std::io::stderr(), "  {what}")?)
}

/// Every fault there is, spread over the calls by chance.
fn faults(runs: usize) -> Script {
    let kinds = [
        Then::status(429, "slow down").header("retry-after", "0"),
        Then::status(500, "it broke"),
        Then::status(529, "overloaded"),
        Then::generated().break_after(2),
        Then::invalid_json(),
        Then::text("not what was asked for"),
        Then::generated().cut(),
        Then::huge(2_000_000),
    ];
    let mut script = Script::new().forgetful().pace(Pace {
        chunk_chars: 200,
        ..Pace::default()
    });
    let calls = u32::try_from(runs).unwrap_or(u32::MAX).saturating_mul(12);
    let mut nth = 0;
    for kind in kinds.iter().cycle() {
        nth += fastrand::u32(1..=2 * FAULT_EVERY);
        if nth > calls {
            break;
        }
        script = script.on(When::any().nth(nth), kind.clone());
    }
    script
}

struct Soak {
    people: Vec<Person>,
    /// The runs, each with the person who asked.
    accepted: Vec<(usize, String)>,
    /// So many of them, the oldest, have been seen to end.
    ended: usize,
}

impl Soak {
    /// Asks so many questions and waits until all are answered.
    async fn wear(&mut self, system: &System, count: usize) -> Result<()> {
        let mut left = count;
        while left > 0 {
            let now = left.min(AT_ONCE);
            self.ask(system, now).await?;
            self.all_end(system).await?;
            left -= now;
        }
        Ok(())
    }

    async fn ask(&mut self, system: &System, count: usize) -> Result<()> {
        for number in 0..count {
            let person = number % self.people.len();
            let run = ask(&mut system.connection(&self.people[person]).await?).await?;
            self.accepted.push((person, run));
        }
        Ok(())
    }

    async fn all_end(&mut self, system: &System) -> Result<()> {
        for (person, run) in &self.accepted[self.ended..] {
            let status = async || Ok(is_final(&self.read(system, *person, run).await?));
            until("a run ends", PATIENCE, status).await?;
        }
        self.ended = self.accepted.len();
        Ok(())
    }

    async fn read(&self, system: &System, person: usize, run: &str) -> Result<Value> {
        let mut connection = system.connection(&self.people[person]).await?;
        let (status, body) = connection.get(&format!("/v1/runs/{run}")).await?;
        ensure!(status.is_success(), "run {run}: {status}");
        Ok(serde_json::from_slice(&body)?)
    }

    /// On a database that may not grow any more questions are refused with a reason, what is
    /// there can be read, and with room again everything accepted ends.
    async fn fill_the_disk(&mut self, system: &mut System) -> Result<()> {
        let url = system.database_url().to_owned();
        let file = url.trim_start_matches("sqlite:").to_owned();
        // An orderly end leaves everything in the one file.
        system.process_mut().terminate().await?;
        let pages = std::fs::metadata(&file)?.len() / 4096 + PAGES_LEFT;
        let full = format!("{url}?max_page_count={pages}");
        system.restart(&[("DATABASE_URL", full)]).await?;

        let mut refused = None;
        for number in 0..AT_ONCE * 4 {
            let person = number % self.people.len();
            let mut connection = system.connection(&self.people[person]).await?;
            match ask(&mut connection).await {
                Ok(run) => self.accepted.push((person, run)),
                Err(error) => {
                    refused = Some(error.to_string());
                    break;
                }
            }
        }
        let refused = refused.context("the disk was never full")?;
        say(&format!("refused: {refused}"))?;
        let mut connection = system.connection(&self.people[0]).await?;
        for path in ["/health", "/v1/conversations"] {
            let (status, _) = connection.get(path).await?;
            ensure!(status.is_success(), "with a full disk, {path}: {status}");
        }
        system.process_mut().kill().await?;
        system.restart(&[("DATABASE_URL", url)]).await?;
        self.all_end(system).await
    }

    /// How many runs ended how. Every one of them tells its story without a gap.
    async fn endings(&self, system: &System) -> Result<BTreeMap<String, f64>> {
        let mut endings = BTreeMap::new();
        for (person, run) in &self.accepted {
            let read = self.read(system, *person, run).await?;
            ensure!(is_final(&read), "run {run} has not ended: {read}");
            let mut connection = system.connection(&self.people[*person]).await?;
            let (_, body) = connection.get(&format!("/v1/runs/{run}/events")).await?;
            let events: Value = serde_json::from_slice(&body)?;
            let events = events["items"].as_array().context("no events")?;
            for (event, seq) in events.iter().zip(1_u64..) {
                ensure!(
                    event["seq"] == seq,
                    "run {run}: {} is not {seq}",
                    event["seq"]
                );
            }
            let status = read["status"].as_str().unwrap_or_default();
            *endings.entry(status.to_owned()).or_insert(0.0) += 1.0;
        }
        Ok(endings)
    }
}

fn is_final(run: &Value) -> bool {
    !["queued", "running"].contains(&run["status"].as_str().unwrap_or_default())
}

async fn ask(connection: &mut Connection) -> Result<String> {
    let conversation = connection.post("/v1/conversations", &json!({})).await?;
    let conversation = conversation["id"].as_str().context("no conversation")?;
    let path = format!("/v1/conversations/{conversation}/messages");
    let question = json!({ "content": "What wears out first?", "workflow_id": WHOLE });
    let asked = connection.post(&path, &question).await?;
    let run = asked["run"]["id"].as_str().context("no run")?;
    Ok(run.to_owned())
}
