//! The master key, with which the keys of providers are encrypted: the operator's, from the
//! environment or a file, or one made at the first start; and `overmind rotate-master-key`.

use crate::config::Settings;
use crate::kept;
use crate::process::{StartError, open_store};
use services::{
    InvalidMasterKey, MasterKey, MasterKeyError, Zeroizing, check_master_key, rotate_master_key,
};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use store::Store;

const FILE: &str = "master-key";
const LENGTH: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyFault {
    #[error("{variable} is no master key: {source}")]
    Invalid {
        variable: &'static str,
        source: InvalidMasterKey,
    },
    #[error("the master key cannot be read from {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{0} and {0}_FILE are both set: keep one of them")]
    Both(&'static str),
    #[error(
        "set the new key in OVERMIND_NEW_MASTER_KEY, or the path of a file with it in \
         OVERMIND_NEW_MASTER_KEY_FILE"
    )]
    NoNew,
    #[error(transparent)]
    Check(#[from] MasterKeyError),
    #[error(transparent)]
    Start(#[from] StartError),
}

/// A key as it stands in the environment: itself, or where it is.
pub struct Given {
    pub variable: &'static str,
    pub key: Option<String>,
    pub file: Option<PathBuf>,
}

/// A key, and how it was written.
type Written = (MasterKey, Zeroizing<Vec<u8>>);

impl Given {
    fn read(self) -> Result<Option<Written>, MasterKeyFault> {
        let variable = self.variable;
        let written = match (self.key, self.file) {
            (Some(_), Some(_)) => return Err(MasterKeyFault::Both(variable)),
            (Some(key), None) => key.into_bytes(),
            (None, Some(path)) => match fs::read(&path) {
                Ok(key) => key,
                Err(source) => return Err(MasterKeyFault::File { path, source }),
            },
            (None, None) => return Ok(None),
        };
        let written = Zeroizing::new(written);
        match MasterKey::read(&written) {
            Ok(key) => Ok(Some((key, written))),
            Err(source) => Err(MasterKeyFault::Invalid { variable, source }),
        }
    }

    fn is_there(&self) -> bool {
        self.key.is_some() || self.file.is_some()
    }
}

fn path(settings: &Settings) -> PathBuf {
    settings.data_dir().join(FILE)
}

/// On SQLite one is made when nobody gives one. On PostgreSQL, which several servers share, there is
/// none then, and nothing can be kept encrypted until somebody sets it.
pub async fn master_key(
    settings: &Settings,
    store: &Store,
) -> Result<Option<MasterKey>, MasterKeyFault> {
    let key = match settings.master_key().read()? {
        Some((key, _)) => Some(key),
        None if store.is_sqlite() => Some(made(&path(settings))?),
        None => None,
    };
    check_master_key(store, key.as_ref()).await?;
    Ok(key)
}

fn made(path: &Path) -> Result<MasterKey, MasterKeyFault> {
    let bytes = kept::secret(path, LENGTH);
    let bytes = bytes.map_err(|source| MasterKeyFault::File {
        path: path.to_owned(),
        source,
    })?;
    MasterKey::read(&bytes).map_err(|source| MasterKeyFault::Invalid {
        variable: "the file master-key in the data folder",
        source,
    })
}

/// Encrypts the data keys with the new master key, all of them or none. Servers stand still
/// meanwhile: on SQLite the file is theirs alone, on PostgreSQL it is the operator's care.
pub async fn rotate(settings: &Settings) -> Result<(), MasterKeyFault> {
    let new = settings.new_master_key().read()?;
    let (new, written) = new.ok_or(MasterKeyFault::NoNew)?;
    let store = open_store(settings, true).await?;
    let old = master_key(settings, &store).await?;
    let old = old.ok_or(MasterKeyError::Missing)?;
    let count = rotate_master_key(&store, &old, &new).await?;
    let and_now = if settings.master_key().is_there() || !store.is_sqlite() {
        "start Overmind with it as OVERMIND_MASTER_KEY"
    } else {
        let path = path(settings);
        kept::write(&path, &written).map_err(|source| MasterKeyFault::File { path, source })?;
        "it stands in the data folder now, start Overmind as before"
    };
    store.close().await;
    let _ = writeln!(
        io::stdout(),
        "{count} data keys are encrypted with the new master key: {and_now}, and keep the old one \
         for old backups"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(key: Option<&str>, file: Option<&Path>) -> Given {
        Given {
            variable: "OVERMIND_MASTER_KEY",
            key: key.map(str::to_owned),
            file: file.map(Path::to_owned),
        }
    }

    #[test]
    fn a_key_comes_from_the_environment_or_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let hex = "ab".repeat(32);
        fs::write(&file, format!("{hex}\n")).unwrap();
        assert!(given(Some(&hex), None).read().unwrap().is_some());
        assert!(given(None, Some(&file)).read().unwrap().is_some());
        assert!(given(None, None).read().unwrap().is_none());
        for (wrong, says) in [
            (
                given(Some("secret"), None),
                "OVERMIND_MASTER_KEY is no master key",
            ),
            (given(None, Some(folder.path())), "cannot be read"),
            (given(Some(&hex), Some(&file)), "both set"),
        ] {
            let told = wrong.read().err().unwrap().to_string();
            assert!(told.contains(says) && !told.contains("secret`"), "{told}");
        }
    }

    #[test]
    fn one_is_made_where_nobody_gives_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        made(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap().len(), LENGTH);
        fs::write(&path, "short").unwrap();
        assert!(made(&path).is_err());
    }
}
