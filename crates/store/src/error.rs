//! What can go wrong with the database, in words that say what to do. No message carries the
//! database's address, which may contain a password.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the database's address cannot be used: {0}. \
         Write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    Url(String),
    #[error("{} cannot be used as the database: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "{} is in use by another overmind: stop it first, or set OVERMIND_DATA_DIR to another folder",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error(
        "the database is newer than this program: \
         install the newer overmind again, or restore a backup"
    )]
    Newer,
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[source] sqlx::migrate::MigrateError),
    #[error("the database does not answer: {0}. Check that it runs and that it can be reached")]
    Unavailable(#[source] sqlx::Error),
    #[error("there is no room left for the database: {0}. Free some space on its disk")]
    Full(#[source] sqlx::Error),
    #[error("{table} {id} is inconsistent: {what}")]
    Inconsistent {
        table: &'static str,
        id: String,
        what: String,
    },
    #[error("the database could not do it: {0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// The caller has waited for long enough.
    pub(crate) fn late() -> Self {
        Self::Unavailable(sqlx::Error::PoolTimedOut)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error;
        match &error {
            Error::Io(cause) if cause.kind() == std::io::ErrorKind::StorageFull => {
                Self::Full(error)
            }
            Error::PoolTimedOut
            | Error::PoolClosed
            | Error::WorkerCrashed
            | Error::BeginFailed
            | Error::Io(_)
            | Error::Tls(_) => Self::Unavailable(error),
            Error::Database(database) => match database.code().as_deref() {
                Some(code) if is_full(code) => Self::Full(error),
                Some(code) if is_unavailable(code) => Self::Unavailable(error),
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

/// SQLITE_FULL; disk_full.
fn is_full(code: &str) -> bool {
    code == "53100" || sqlite_code(code) == Some(13)
}

/// What may be different a moment later: SQLITE_BUSY, and IOERR and CANTOPEN of a process that has
/// no file descriptors left; refused log-ins, an unknown database, a lost connection, a transaction
/// that another one was in the way of, too little of something, a server that is shutting down or
/// was the primary.
fn is_unavailable(code: &str) -> bool {
    if let Some(code) = sqlite_code(code) {
        return matches!(code, 5 | 10 | 14);
    }
    let classes = ["08", "53", "57P"];
    let codes = [
        "28000", "28P01", "3D000", "40001", "40P01", "55P03", "57014", "58030", "25006",
    ];
    !is_full(code) && (codes.contains(&code) || classes.iter().any(|class| code.starts_with(class)))
}

/// SQLite's primary result code. PostgreSQL's codes have five characters; SQLite's extended
/// ones have at most four.
pub(crate) fn sqlite_code(code: &str) -> Option<u32> {
    let code: u32 = code.parse().ok().filter(|_| code.len() < 5)?;
    Some(code & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        for (code, full, unavailable) in [
            ("13", true, false),
            ("53100", true, false),
            ("5", false, true),
            ("517", false, true),
            ("14", false, true),
            ("778", false, true),
            ("40P01", false, true),
            ("08006", false, true),
            ("53400", false, true),
            ("57P01", false, true),
            ("53300", false, true),
            ("2067", false, false),
            ("23505", false, false),
            ("00013", false, false),
        ] {
            assert_eq!(
                (is_full(code), is_unavailable(code)),
                (full, unavailable),
                "{code}"
            );
        }
    }
}
