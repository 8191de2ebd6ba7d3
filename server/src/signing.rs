//! The secret that access tokens are signed with: the operator's, or one made at the first start.

use crate::config::Settings;
use crate::kept;
use chrono::TimeDelta;
use services::{SecretTooShort, TokenSettings};
use std::io;
use std::path::PathBuf;

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
            kept::secret(&path, LENGTH).map_err(|source| SigningError::File { path, source })?
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
