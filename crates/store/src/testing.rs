//! Fresh databases for tests, gone when dropped: a file in a temporary folder, or a database of
//! its own on the server that TEST_POSTGRES_URL names (scripts/services.sh starts one).
#![expect(
    clippy::expect_used,
    reason = "a test that cannot have its database fails"
)]

use crate::Store;
use crate::db::db;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// An empty database for [`Store::open`](crate::Store::open).
#[derive(Debug)]
pub struct TestDatabase {
    pub kind: Kind,
    pub url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(TempDir),
    Server { url: String, name: String },
}

impl TestDatabase {
    pub async fn fresh(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let file = folder.path().join("overmind.db");
                Self {
                    kind,
                    url: format!("sqlite:{}", file.display()),
                    place: Place::Folder(folder),
                }
            }
            Kind::Postgres => {
                static NEXT: AtomicU32 = AtomicU32::new(0);
                let server = server_url();
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let name = format!("test_{}_{number}", std::process::id());
                let (host, _) = server.rsplit_once('/').expect("an address with a database");
                execute(
                    &server,
                    format!("create database {name} template template0"),
                )
                .await;
                Self {
                    kind,
                    url: format!("{host}/{name}"),
                    place: Place::Server { url: server, name },
                }
            }
        }
    }

    /// As a newer program leaves it behind: with a migration that this one does not know.
    /// It has been opened before.
    pub async fn outgrow(&self) {
        let newer = "insert into _sqlx_migrations \
             (version, description, success, checksum, execution_time) \
             values (9999, 'later', true, '00', 0)";
        match self.kind {
            Kind::Sqlite => {
                let opened = SqliteConnection::connect(&self.url).await;
                let mut connection = opened.expect("the file is there");
                connection.execute(newer).await.expect("it was opened");
                connection.close().await.expect("nothing is under way");
            }
            Kind::Postgres => execute(&self.url, newer.to_owned()).await,
        }
    }
}

impl Drop for TestDatabase {
    /// Also after a failed test, whose connections are still open.
    fn drop(&mut self) {
        match &self.place {
            Place::Folder(folder) => tracing::debug!(folder = %folder.path().display(), "removed"),
            Place::Server { url, name } => {
                let remove = format!("drop database if exists {name} with (force)");
                let url = url.clone();
                // The test's own runtime cannot be waited for from inside it.
                let removing = std::thread::spawn(move || {
                    tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .expect("a runtime")
                        .block_on(execute(&url, remove));
                });
                // A panic of its own here would hide the test's.
                if removing.join().is_err() {
                    tracing::error!(name, "the test's database stays behind");
                }
            }
        }
    }
}

impl Store {
    /// How many prepared statements a connection that writes has kept.
    pub async fn kept_statements(&self) -> usize {
        db!(&self.write, |pool| {
            let connection = pool.acquire().await.expect("one is free");
            connection.cached_statements_size()
        })
    }
}

async fn execute(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .expect("TEST_POSTGRES_URL names a PostgreSQL server that runs");
    connection
        .execute(AssertSqlSafe(sql))
        .await
        .expect("making and removing databases");
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to read it from"
)]
fn server_url() -> String {
    std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL is not set: run scripts/services.sh start first, or make test")
}
