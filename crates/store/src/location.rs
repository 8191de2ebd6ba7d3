//! Where the database is: the address as it was configured, parsed.

use crate::StoreError;
use sqlx::postgres::PgConnectOptions;
use std::path::PathBuf;

// No `Debug`: the options hold the password.
pub(crate) enum Location {
    Sqlite(SqliteFile),
    Postgres(Box<PgConnectOptions>),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SqliteFile {
    pub(crate) path: PathBuf,
    /// Bounds the size of the file, in pages of 4 KiB.
    pub(crate) max_page_count: Option<u32>,
}

impl Location {
    /// `sqlite:PATH`, `sqlite://PATH`, either with `?max_page_count=N`, or `postgres://…`.
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            return SqliteFile::parse(rest.strip_prefix("//").unwrap_or(rest)).map(Self::Sqlite);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // Its own words may repeat a part of the address, so they are left out.
            let options: PgConnectOptions = url.parse().map_err(|_| {
                StoreError::Url("it is not a well-formed PostgreSQL address".to_owned())
            })?;
            return Ok(Self::Postgres(Box::new(
                options.application_name("overmind"),
            )));
        }
        Err(StoreError::Url(
            "it begins neither with sqlite: nor with postgres:".to_owned(),
        ))
    }
}

impl SqliteFile {
    fn parse(rest: &str) -> Result<Self, StoreError> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.is_empty() || path.starts_with(":memory:") {
            return Err(StoreError::Url("it names no file".to_owned()));
        }
        let mut max_page_count = None;
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let pages = parameter
                .strip_prefix("max_page_count=")
                .and_then(|pages| pages.parse().ok())
                .filter(|pages| *pages > 0)
                .ok_or_else(|| {
                    StoreError::Url(
                        "after the path only ?max_page_count=N is understood".to_owned(),
                    )
                })?;
            max_page_count = Some(pages);
        }
        Ok(Self {
            path: PathBuf::from(path),
            max_page_count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        for (url, path, max_page_count) in [
            ("sqlite:data/overmind.db", "data/overmind.db", None),
            (
                "sqlite:///var/lib/overmind.db",
                "/var/lib/overmind.db",
                None,
            ),
            (
                "sqlite:/a b/ü.db?max_page_count=100",
                "/a b/ü.db",
                Some(100),
            ),
        ] {
            let Ok(Location::Sqlite(file)) = Location::parse(url) else {
                panic!("{url} is a file");
            };
            assert_eq!(file.path, PathBuf::from(path));
            assert_eq!(file.max_page_count, max_page_count);
        }
    }

    #[test]
    fn refusals_say_what_to_write_and_keep_the_password() {
        for url in [
            "",
            "overmind.db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:a.db?mode=ro",
            "sqlite:a.db?max_page_count=0",
            "mysql://root:hunter2@localhost/x",
            "postgres://ada:hunter2@host:port/x",
        ] {
            let error = Location::parse(url).err().unwrap().to_string();
            assert!(error.contains("sqlite:PATH"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(matches!(
            Location::parse("postgresql://ada@localhost/overmind"),
            Ok(Location::Postgres(_))
        ));
    }
}
