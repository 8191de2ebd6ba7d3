//! Both databases have the same tables and columns, and every migration is built in.

use crate::places::open;
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::collections::BTreeSet;
use std::path::Path;
use store::testing::{Kind, TestDatabase};

/// Table, column, whether it may be null.
type Columns = BTreeSet<(String, String, bool)>;

async fn sqlite_columns() -> Columns {
    let database = TestDatabase::fresh(Kind::Sqlite).await;
    open(&database).await.close().await;
    let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
    let rows: Vec<(String, String, bool)> = sqlx::query_as(
        "select t.name, c.name, c.\"notnull\" = 0 from sqlite_schema t \
         join pragma_table_info(t.name) c where t.type = 'table'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    ours(rows)
}

async fn postgres_columns() -> Columns {
    let database = TestDatabase::fresh(Kind::Postgres).await;
    open(&database).await.close().await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let rows: Vec<(String, String, bool)> = sqlx::query_as(
        "select table_name::text, column_name::text, is_nullable = 'YES' \
         from information_schema.columns where table_schema = 'public'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    ours(rows)
}

/// Without sqlx's record of the migrations, and without the index of words, which each database
/// has in its own way.
fn ours(rows: Vec<(String, String, bool)>) -> Columns {
    rows.into_iter()
        .filter(|(table, _, _)| {
            let others = ["_", "sqlite_", "search_"];
            !others.iter().any(|name| table.starts_with(name))
        })
        .collect()
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let (sqlite, postgres) = (sqlite_columns().await, postgres_columns().await);
    let only_one: Vec<_> = sqlite.symmetric_difference(&postgres).collect();
    assert!(only_one.is_empty(), "only in one of them: {only_one:#?}");
    let tables: BTreeSet<_> = sqlite.iter().map(|(table, _, _)| table.as_str()).collect();
    let named = [
        "agents",
        "api_keys",
        "audit_entries",
        "connections",
        "conversations",
        "data_keys",
        "idempotent_requests",
        "invitations",
        "ledger",
        "messages",
        "organizations",
        "request_tallies",
        "run_events",
        "run_steps",
        "runs",
        "sessions",
        "shares",
        "socket_tickets",
        "spent_tokens",
        "tallies",
        "used_months",
        "users",
        "versions",
        "workflows",
    ];
    assert_eq!(tables, BTreeSet::from(named));
    for table in tables {
        let has = sqlite
            .iter()
            .any(|(of, column, _)| of == table && column == "organization_id");
        assert!(
            has || table == "organizations",
            "{table} lacks organization_id"
        );
    }
}

fn files(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(folder);
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_migration_is_paired_and_built_in() {
    let sqlite = files("sqlite");
    assert_eq!(sqlite, files("postgres"));

    let database = TestDatabase::fresh(Kind::Sqlite).await;
    open(&database).await.close().await;
    let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
    let applied: Vec<(i64, String)> =
        sqlx::query_as("select version, description from _sqlx_migrations order by version")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let applied: Vec<String> = applied
        .into_iter()
        .map(|(version, name)| format!("{version:04}_{name}.sql"))
        .collect();
    assert_eq!(applied, sqlite);
}

/// Older ones can damage a file in WAL mode.
#[tokio::test]
async fn sqlite_is_new_enough() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let version: String = sqlx::query_scalar("select sqlite_version()")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let parts: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(parts >= vec![3, 51, 3], "{version}");
}
