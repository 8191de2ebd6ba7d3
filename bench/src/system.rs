//! The program under measurement: a process of its own on a fresh database, the provider mock
//! behind it, and the people who use it.

use crate::http::Connection;
use anyhow::{Context, Result, bail, ensure};
use provider_mock::{Mock, Script};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// People who have at most so many runs and sockets each: what the program allows.
pub const RUNS_OF_A_PERSON: usize = 20;
pub const SOCKETS_OF_A_PERSON: usize = 50;
const PATIENCE: Duration = Duration::from_secs(60);
/// At rest, memory has not shrunk for so many seconds.
const RESTED: u32 = 5;
/// The kernel's unit of processor time, a hundredth of a second on every Linux there is.
const TICKS_PER_SECOND: f64 = 100.0;

/// What is measured, and with what.
#[derive(Clone)]
pub struct Lab {
    /// The program.
    pub binary: PathBuf,
    /// The built pages.
    pub site: PathBuf,
    /// An empty PostgreSQL server, where there is one.
    pub postgres: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

pub struct System {
    lab: Lab,
    database_url: String,
    settings: Vec<(&'static str, String)>,
    pub mock: Mock,
    process: Process,
    _folder: TempDir,
}

/// A running `overmind serve` or `overmind worker`.
pub struct Process {
    child: Child,
    /// `127.0.0.1:4000`; empty for a worker.
    pub host: String,
}

#[derive(Clone)]
pub struct Person {
    pub bearer: String,
}

impl Lab {
    async fn fresh_database(&self, database: Database, folder: &Path) -> Result<String> {
        if database == Database::Sqlite {
            return Ok(format!("sqlite:{}", folder.join("overmind.db").display()));
        }
        let server = self.postgres.as_deref().context("no PostgreSQL")?;
        let name = format!("bench_{:08x}", fastrand::u32(..));
        let created = Command::new("psql")
            .args([server, "--quiet", "--command"])
            .arg(format!("create database {name}"))
            .status()
            .await?;
        ensure!(created.success(), "cannot create a database on PostgreSQL");
        let (server, _) = server.rsplit_once('/').context("no name of a database")?;
        Ok(format!("{server}/{name}"))
    }
}

impl System {
    pub async fn start(
        lab: &Lab,
        database: Database,
        script: Script,
        settings: &[(&'static str, &str)],
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database_url = lab.fresh_database(database, folder.path()).await?;
        let mock = Mock::start(script).await?;
        let mut all: Vec<(&'static str, String)> = vec![
            ("OVERMIND_ADDR", "127.0.0.1:0".to_owned()),
            ("OVERMIND_DATA_DIR", folder.path().display().to_string()),
            ("LEPTOS_SITE_ROOT", lab.site.display().to_string()),
            ("DATABASE_URL", database_url.clone()),
            ("JWT_SECRET", "0123456789abcdef0123456789abcdef".to_owned()),
            ("OVERMIND_RATE_LIMIT", "1000000".to_owned()),
            ("OVERMIND_OPENAI_COMPATIBLE_URL", mock.base_url()),
            ("OVERMIND_DEFAULT_MODEL", "compatible/bench".to_owned()),
            ("LOG_LEVEL", "error".to_owned()),
            ("HOME", folder.path().display().to_string()),
        ];
        all.extend(
            settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let process = Process::start(lab, "serve", &all).await?;
        Ok(Self {
            lab: lab.clone(),
            database_url,
            settings: all,
            mock,
            process,
            _folder: folder,
        })
    }

    pub fn host(&self) -> &str {
        &self.process.host
    }

    pub fn process(&self) -> &Process {
        &self.process
    }

    pub fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Another process on the same database.
    pub async fn another(&self, command: &str) -> Result<Process> {
        Process::start(&self.lab, command, &self.settings).await
    }

    /// With one more setting; what was set under that name before no longer counts.
    pub async fn restart(&mut self, settings: &[(&'static str, String)]) -> Result<()> {
        self.settings.extend_from_slice(settings);
        self.process = Process::start(&self.lab, "serve", &self.settings).await?;
        Ok(())
    }

    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    pub async fn connection(&self, person: &Person) -> Result<Connection> {
        Connection::open(self.host(), &person.bearer).await
    }

    /// So many accounts of one organization; the first one is its admin.
    pub async fn people(&self, count: usize) -> Result<Vec<Person>> {
        let mut anybody = Connection::open(self.host(), "").await?;
        let mut people = vec![join(&mut anybody, 0, None).await?];
        let mut admin = self.connection(&people[0]).await?;
        for number in 1..count {
            let role = json!({ "role": "user" });
            let invited = admin.post("/v1/organization/invitations", &role).await?;
            let link = invited["link"].as_str().unwrap_or_default();
            let secret = link.rsplit('/').next().map(str::to_owned);
            people.push(join(&mut anybody, number, secret).await?);
        }
        Ok(people)
    }
}

async fn join(anybody: &mut Connection, number: usize, invite: Option<String>) -> Result<Person> {
    let mut form = json!({
        "email": format!("person{number}@example.org"),
        "password": "correct+horse+battery",
        "name": format!("Person {number}"),
    });
    if let Some(invite) = invite {
        form["invite"] = invite.into();
    }
    let granted = anybody.post("/v1/auth/register", &form).await?;
    let bearer = granted["access_token"].as_str().context("no token")?;
    Ok(Person {
        bearer: bearer.to_owned(),
    })
}

impl Process {
    async fn start(lab: &Lab, command: &str, settings: &[(&'static str, String)]) -> Result<Self> {
        let mut child = Command::new(&lab.binary)
            .arg(command)
            .env_clear()
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", lab.binary.display()))?;
        let output = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(output).lines();
        let host = loop {
            let line = tokio::time::timeout(PATIENCE, lines.next_line()).await??;
            let Some(line) = line else {
                bail!("overmind {command} ended at once");
            };
            if command == "worker" {
                break String::new();
            }
            if let Some((_, host)) = line.split_once("http://") {
                let end = host.find(|c: char| c.is_whitespace() || c == '/');
                break host[..end.unwrap_or(host.len())].to_owned();
            }
        };
        Ok(Self { child, host })
    }

    fn proc(&self, file: &str) -> Result<String> {
        let id = self.child.id().context("it has ended")?;
        Ok(std::fs::read_to_string(format!("/proc/{id}/{file}"))?)
    }

    /// Memory in use, in MB.
    pub fn memory(&self) -> Result<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        let kilobytes: f64 = kilobytes.context("no VmRSS")?.parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    }

    /// What is left of it once nothing more is given back.
    pub async fn memory_at_rest(&self) -> Result<f64> {
        let mut least = self.memory()?;
        let mut unchanged = 0;
        while unchanged < RESTED {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let memory = self.memory()?;
            unchanged = if memory < least - 0.5 {
                0
            } else {
                unchanged + 1
            };
            least = least.min(memory);
        }
        Ok(least)
    }

    /// Processor time used so far, of all cores, in seconds.
    pub fn processor_time(&self) -> Result<f64> {
        let stat = self.proc("stat")?;
        // The name in brackets may hold anything.
        let (_, rest) = stat.rsplit_once(')').context("no stat")?;
        let fields: Vec<f64> = rest
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        Ok(fields.iter().sum::<f64>() / TICKS_PER_SECOND)
    }

    pub async fn signal(&self, name: &str) -> Result<()> {
        let id = self.child.id().context("it has ended")?.to_string();
        let mut kill = Command::new("kill");
        let sent = kill.args([&format!("-{name}"), &id]).status().await?;
        ensure!(sent.success(), "cannot signal {id}");
        Ok(())
    }

    /// In good order.
    pub async fn terminate(&mut self) -> Result<()> {
        self.signal("TERM").await?;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await??;
        ensure!(ended.success(), "it ended with {ended}");
        Ok(())
    }

    /// At once, as a crash would.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// Waits until it is so.
pub async fn until<F: Future<Output = Result<bool>>>(
    what: &str,
    patience: Duration,
    mut is: impl FnMut() -> F,
) -> Result<()> {
    let begun = Instant::now();
    while !is().await? {
        ensure!(begun.elapsed() < patience, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
