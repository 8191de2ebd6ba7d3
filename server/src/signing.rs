//! The secret that access tokens are signed with: the operator's, or one made at the first start.

use crate::config::Settings;
use chrono::TimeDelta;
use services::{SecretTooShort, TokenSettings};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const FILE: &str = "jwt-secret";
const LENGTH: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    #[error(transparent)]
    TooShort(#[from] SecretTooShort),
    #[error(
        "JWT_SECRET is not set: servers that share a PostgreSQL database need the same secret. \
         Write at least 32 random characters, for example from `openssl rand -base64 48`"
    )]
    Missing,
    #[error("the secret for access tokens cannot be kept in {path}: {source}")]
    File { path: PathBuf, source: io::Error },
}

/// `generate`: this server is alone with its database, so a secret of its own will do.
pub fn token_settings(settings: &Settings, generate: bool) -> Result<TokenSettings, SigningError> {
    let secret = match settings.jwt_secret() {
        Some(secret) => secret.into_bytes(),
        None if generate => {
            let path = settings.data_dir().join(FILE);
            kept(&path).map_err(|source| SigningError::File { path, source })?
        }
        None => return Err(SigningError::Missing),
    };
    let lifetime = TimeDelta::seconds(settings.jwt_expiration.into());
    Ok(TokenSettings::new(
        secret,
        settings.jwt_algorithm,
        lifetime,
    )?)
}

/// The secret in that file, which only its owner may read; made when it is not there.
fn kept(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(secret) => return Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut secret = vec![0; LENGTH];
    getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
    // Under another name first: a crash must not leave half a secret.
    let unfinished = path.with_extension(std::process::id().to_string());
    let _ = fs::remove_file(&unfinished);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_secret_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join(FILE);
        let made = kept(&path).unwrap();
        assert_eq!(made.len(), LENGTH);
        assert_eq!(kept(&path).unwrap(), made);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let another = kept(&folder.path().join("another")).unwrap();
        assert_ne!(another, made);
    }
}
