//! The migrations of both databases, built into the program. A new one is a file of the same name
//! in both folders and a line here; tests/it/schema.rs checks that none is missing.

use crate::db::{Db, db};
use crate::error::StoreError;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

macro_rules! migrations {
    ($folder:literal, $(($version:literal, $name:literal, $file:literal)),*) => {
        [$((
            $version,
            $name,
            include_str!(concat!("../../../migrations/", $folder, "/", $file)),
        )),*]
    };
    ($folder:literal) => {
        migrations!(
            $folder,
            (1, "foundation", "0001_foundation.sql"),
            (2, "programs", "0002_programs.sql"),
            (3, "platform", "0003_platform.sql"),
            (4, "queue", "0004_queue.sql"),
            (5, "waiting", "0005_waiting.sql"),
            (6, "search", "0006_search.sql"),
            (7, "shares", "0007_shares.sql"),
            (8, "connections", "0008_connections.sql"),
            (9, "administration", "0009_administration.sql"),
            (10, "ledger", "0010_ledger.sql"),
            (11, "keeping", "0011_keeping.sql")
        )
    };
}

pub(crate) fn versions() -> Vec<i64> {
    migrations!("sqlite").map(|(version, ..)| version).to_vec()
}

/// Brings the database up to date.
pub(crate) async fn run(db: &Db) -> Result<(), StoreError> {
    let migrations = match db {
        Db::Sqlite(_) => migrations!("sqlite"),
        Db::Postgres(_) => migrations!("postgres"),
    };
    let migrator = Migrator::with_migrations(
        migrations
            .into_iter()
            .map(|(version, name, sql)| {
                let kind = MigrationType::Simple;
                Migration::new(version, name.into(), kind, sql.into_sql_str(), false)
            })
            .collect(),
    );
    db!(db, |pool| migrator.run(pool).await).map_err(|error| match error {
        // Recorded in the database, unknown to this program.
        MigrateError::VersionMissing(_) => StoreError::Newer,
        MigrateError::Execute(error) => error.into(),
        MigrateError::ExecuteMigration(error, version) => match error.into() {
            StoreError::Database(error) => {
                StoreError::Migration(MigrateError::ExecuteMigration(error, version))
            }
            known => known,
        },
        error => StoreError::Migration(error),
    })
}
