//! Opening: the file or the server behind an address, its connections, its migrations.

use crate::Store;
use crate::db::Db;
use crate::durability::Durability;
use crate::error::{StoreError, sqlite_code};
use crate::location::{Location, SqliteFile};
use crate::migrations;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How many connections are kept. On SQLite they read; one more writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSizes {
    pub max_connections: u32,
    pub min_connections: u32,
    /// How long a query waits for a connection.
    pub acquire_timeout: Duration,
}

impl Default for PoolSizes {
    fn default() -> Self {
        Self {
            max_connections: 20,
            min_connections: 0,
            acquire_timeout: Duration::from_secs(5),
        }
    }
}

impl Store {
    /// `sqlite:PATH`, `sqlite://PATH` or `postgres://…`. Creates the SQLite file and its folder,
    /// readable by their owner only, and brings the database up to date.
    /// `?max_page_count=N` after a path bounds the size of the file, in pages of 4 KiB.
    ///
    /// `exclusive` keeps other processes that ask for the same away from an SQLite file for as
    /// long as the store lives; a short command on the side opens it without.
    pub async fn open(url: &str, sizes: PoolSizes, exclusive: bool) -> Result<Self, StoreError> {
        let store = match Location::parse(url)? {
            Location::Sqlite(file) => open_sqlite(file, sizes, exclusive).await?,
            Location::Postgres(options) => open_postgres(*options, sizes).await?,
        };
        tracing::debug!(sqlite = store.is_sqlite(), "database open");
        Ok(store)
    }
}

async fn open_postgres(options: PgConnectOptions, sizes: PoolSizes) -> Result<Store, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(sizes.max_connections)
        .min_connections(sizes.min_connections)
        .acquire_timeout(sizes.acquire_timeout)
        .connect_with(options.clone())
        .await;
    let pool = match pool {
        Ok(pool) => pool,
        // A pool tries until its time is up and forgets why it failed; one connection says it.
        Err(sqlx::Error::PoolTimedOut) => {
            let once = PgConnection::connect_with(&options);
            let refused = timeout(sizes.acquire_timeout, once).await;
            let refused = refused.ok().and_then(Result::err);
            return Err(refused.unwrap_or(sqlx::Error::PoolTimedOut).into());
        }
        Err(error) => return Err(error.into()),
    };
    let db = Db::Postgres(pool.clone());
    if let Err(error) = migrations::run(&db).await {
        // The connection still holds the migrations' lock.
        pool.close().await;
        return Err(error);
    }
    Ok(Store {
        read: db.clone(),
        write: db,
        durability: None,
        answers: Arc::default(),
        _lock: None,
    })
}

async fn open_sqlite(
    file: SqliteFile,
    sizes: PoolSizes,
    exclusive: bool,
) -> Result<Store, StoreError> {
    let lock = prepare_file(&file.path, exclusive)?;
    connect_sqlite(&file, sizes, lock)
        .await
        .map_err(|error| unreadable(&file.path, error))
}

async fn connect_sqlite(
    file: &SqliteFile,
    sizes: PoolSizes,
    lock: Option<File>,
) -> Result<Store, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(&file.path)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(sizes.acquire_timeout)
        // A connection to a file does not go stale.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);

    // `normal` alone would lose the last commits when the power fails: whoever commits waits for
    // the disk in durability.rs, with all the others.
    let mut writing = options
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    if let Some(pages) = file.max_page_count {
        writing = writing.pragma("max_page_count", pages.to_string());
    }
    let write = pool
        .clone()
        .max_connections(1)
        .after_release(|connection, _| Box::pin(is_usable(connection)))
        .connect_with(writing)
        .await?;
    let db = Db::Sqlite(write.clone());
    if let Err(error) = migrations::run(&db).await {
        write.close().await;
        return Err(error);
    }
    let read = pool
        .max_connections(sizes.max_connections.max(1))
        .min_connections(sizes.min_connections)
        .connect_with(options.pragma("query_only", "on"))
        .await?;
    Ok(Store {
        read: Db::Sqlite(read),
        write: db,
        durability: Some(Arc::new(Durability::of(&file.path))),
        answers: Arc::default(),
        _lock: lock.map(Arc::new),
    })
}

/// When the disk is full, SQLite ends a transaction by itself. The driver does not notice, fails
/// to roll back and would never begin another one on that connection, so it is replaced.
async fn is_usable(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // A transaction that was dropped is rolled back before this is answered.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Makes the folder and the file where they are missing, and takes the lock beside it.
fn prepare_file(path: &Path, exclusive: bool) -> Result<Option<File>, StoreError> {
    let failed = |path: &Path, error: io::Error| StoreError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        owners_folder()
            .create(folder)
            .map_err(|error| failed(folder, error))?;
    }
    let lock = if exclusive {
        let beside = lock_path(path);
        let file = owners_file()
            .open(&beside)
            .map_err(|error| failed(&beside, error))?;
        match file.try_lock() {
            Ok(()) => Some(file),
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&beside, error)),
        }
    } else {
        None
    };
    // SQLite gives the files beside it the permissions of this one.
    owners_file()
        .open(path)
        .map_err(|error| failed(path, error))?;
    Ok(lock)
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn owners_folder() -> DirBuilder {
    let mut folder = DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder
}

fn owners_file() -> OpenOptions {
    let mut file = OpenOptions::new();
    file.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file
}

/// What SQLite says of a file that it cannot work with, in other words.
fn unreadable(path: &Path, error: StoreError) -> StoreError {
    let (StoreError::Database(sqlx::Error::Database(database))
    | StoreError::Unavailable(sqlx::Error::Database(database))) = &error
    else {
        return error;
    };
    let reason = match database.code().as_deref().and_then(sqlite_code) {
        Some(26) => "it is not an SQLite database. Move it away, or restore a backup",
        Some(11) => "it is damaged. Restore a backup",
        Some(8) => "it cannot be written to. Check its permissions",
        Some(14) => "it cannot be opened. Check its permissions and those of its folder",
        Some(10) => "reading or writing it failed. Check the disk",
        _ => return error,
    };
    StoreError::Unreadable {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
