//! Secrets that travel in cookies and links: random, shown once, kept only as a hash.

use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use store::TokenHash;

/// A secret in URL-safe letters, as a rule 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(crate) fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::Internal(format!("no random numbers: {error}")))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// So that whoever finds one knows what it is.
    pub(crate) fn with_prefix(prefix: &str) -> Result<Self> {
        Ok(Self(format!("{prefix}{}", Self::random()?.0)))
    }

    /// To tell secrets apart without knowing them.
    pub(crate) fn last_four(&self) -> String {
        self.0[self.0.len().saturating_sub(4)..].to_owned()
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> TokenHash {
        hash(&self.0)
    }
}

impl From<String> for Token {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A fast hash is enough: there is nothing to guess in 256 random bits.
pub(crate) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}
