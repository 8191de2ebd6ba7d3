//! Two databases behind one SQL text: the pools, the macros that expand a query once per driver,
//! and rows that both drivers fill.

use sqlx::{PgPool, SqlitePool};

#[derive(Clone, Debug)]
pub(crate) enum Db {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Db {
    /// Where the dialects differ: the text for this database.
    pub(crate) fn sql(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }
}

/// `db!(&self.read, |pool| query.fetch_optional(pool).await?)`: the same body for either pool,
/// so that the compiler checks it against both drivers.
macro_rules! db {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite($pool) => $body,
            $crate::db::Db::Postgres($pool) => $body,
        }
    };
}

/// The same for a single statement that changes something, which is on the disk afterwards.
macro_rules! change {
    ($store:expr, |$pool:ident| $body:expr) => {{
        let changed = $crate::db::db!(&$store.write, |$pool| $body);
        $store.on_disk().await?;
        changed
    }};
}

/// `transaction!(self, |tx| { … commit!(self, tx); … })`. An error that leaves the body rolls back
/// soon afterwards; a body that ends well without a commit says `tx.rollback()`, so that no lock
/// outlives the call. SQLite takes the write lock at once: a lock that is taken at the first write
/// cannot be waited for once something has been read.
macro_rules! transaction {
    ($store:expr, |$tx:ident| $body:expr) => {
        $crate::db::db!(&$store.write, |pool| {
            let mut $tx = pool
                .begin_with($store.write.sql("begin immediate", "begin"))
                .await?;
            $body
        })
    };
}

/// What the transaction changed is on the disk afterwards.
macro_rules! commit {
    ($store:expr, $tx:expr) => {{
        $tx.commit().await?;
        $store.on_disk().await?;
    }};
}

/// A row that either driver fills by column name; `with` embeds other rows of the same query.
macro_rules! row {
    (
        $(#[$meta:meta])*
        $name:ident { $($field:ident: $type:ty),* $(,)? } $(with $($inner:ident: $inner_type:ty),+)?
    ) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $(pub(crate) $field: $type,)*
            $($(pub(crate) $inner: $inner_type,)+)?
        }

        impl<'r, R> sqlx::FromRow<'r, R> for $name
        where
            R: sqlx::Row,
            &'static str: sqlx::ColumnIndex<R>,
            $($type: sqlx::decode::Decode<'r, R::Database> + sqlx::types::Type<R::Database>,)*
            $($($inner_type: sqlx::FromRow<'r, R>,)+)?
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self {
                    $($field: row.try_get(stringify!($field))?,)*
                    $($($inner: <$inner_type as sqlx::FromRow<'r, R>>::from_row(row)?,)+)?
                })
            }
        }
    };
}

pub(crate) use {change, commit, db, row, transaction};
