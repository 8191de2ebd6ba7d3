//! Access tokens: short-lived JWTs that programs send. They say which log-in they belong to; what
//! its person may do is read from the store each time.

use crate::error::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{EmailAddress, OrganizationId, Role, SessionId, User, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Servers that share a secret and a database are one issuer, whatever their addresses.
const ISSUER: &str = "overmind";
const AUDIENCE: &str = "overmind-api";
/// 256 bits, as long as the shortest digest.
const SHORTEST_SECRET: usize = 32;

/// How access tokens are signed.
pub struct TokenSettings {
    secret: Vec<u8>,
    algorithm: TokenAlgorithm,
    lifetime: TimeDelta,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenAlgorithm {
    #[default]
    Hs256,
    Hs384,
    Hs512,
}

impl FromStr for TokenAlgorithm {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "HS256" => Ok(Self::Hs256),
            "HS384" => Ok(Self::Hs384),
            "HS512" => Ok(Self::Hs512),
            _ => Err("write HS256, HS384 or HS512"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "JWT_SECRET is too short: write at least {} random characters",
    SHORTEST_SECRET
)]
pub struct SecretTooShort;

impl TokenSettings {
    pub fn new(
        secret: Vec<u8>,
        algorithm: TokenAlgorithm,
        lifetime: TimeDelta,
    ) -> Result<Self, SecretTooShort> {
        if secret.len() < SHORTEST_SECRET {
            return Err(SecretTooShort);
        }
        Ok(Self {
            secret,
            algorithm,
            lifetime,
        })
    }
}

impl TokenSettings {
    /// For a process that ends before its tokens would.
    pub fn ephemeral() -> Result<Self> {
        let mut secret = vec![0; SHORTEST_SECRET];
        getrandom::fill(&mut secret)
            .map_err(|error| Error::Internal(format!("no random numbers: {error}")))?;
        Ok(Self {
            secret,
            algorithm: TokenAlgorithm::default(),
            lifetime: TimeDelta::hours(1),
        })
    }
}

impl fmt::Debug for TokenSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSettings")
            .field("algorithm", &self.algorithm)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// The specification's claims (section 8.1), with who issued them, for what, and which log-in.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    email: EmailAddress,
    org: OrganizationId,
    role: Role,
    iat: i64,
    exp: i64,
}

pub(crate) struct AccessTokens {
    lifetime: TimeDelta,
    header: Header,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl AccessTokens {
    pub fn new(settings: &TokenSettings) -> Self {
        let algorithm = match settings.algorithm {
            TokenAlgorithm::Hs256 => Algorithm::HS256,
            TokenAlgorithm::Hs384 => Algorithm::HS384,
            TokenAlgorithm::Hs512 => Algorithm::HS512,
        };
        let mut validation = Validation::new(algorithm);
        validation.set_required_spec_claims(&["exp", "sub", "iss", "aud"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // Below, by our own clock.
        validation.validate_exp = false;
        Self {
            lifetime: settings.lifetime,
            header: Header::new(algorithm),
            encoding: EncodingKey::from_secret(&settings.secret),
            decoding: DecodingKey::from_secret(&settings.secret),
            validation,
        }
    }

    pub fn lifetime(&self) -> TimeDelta {
        self.lifetime
    }

    pub fn issue(&self, user: &User, session: SessionId, now: DateTime<Utc>) -> Result<String> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.id,
            sid: session,
            email: user.email.clone(),
            org: user.organization_id,
            role: user.role,
            iat: now.timestamp(),
            exp: (now + self.lifetime).timestamp(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.encoding)
            .map_err(|error| Error::Internal(format!("an access token cannot be signed: {error}")))
    }

    /// The log-in that the token belongs to.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<SessionId> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| Error::Unauthorized)?;
        if decoded.claims.exp <= now.timestamp() {
            return Err(Error::Unauthorized);
        }
        Ok(decoded.claims.sid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{PersonName, Preferences};
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn settings(secret: u8, algorithm: TokenAlgorithm) -> TokenSettings {
        TokenSettings::new(vec![secret; 32], algorithm, TimeDelta::hours(1)).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_780_000_000, 0).unwrap()
    }

    fn user() -> User {
        User {
            id: UserId(Uuid::from_u128(1)),
            organization_id: OrganizationId(Uuid::from_u128(2)),
            email: EmailAddress::try_from("ada@example.org".to_owned()).unwrap(),
            name: PersonName::try_from("Ada".to_owned()).unwrap(),
            role: Role::Admin,
            preferences: Preferences::default(),
            created_at: now(),
            updated_at: now(),
        }
    }

    #[test]
    fn a_token_says_which_log_in_until_it_expires() {
        let tokens = AccessTokens::new(&settings(7, TokenAlgorithm::Hs256));
        let session = SessionId(Uuid::from_u128(3));
        let token = tokens.issue(&user(), session, now()).unwrap();
        assert_eq!(tokens.verify(&token, now()).unwrap(), session);
        let last = now() + TimeDelta::seconds(3599);
        assert!(tokens.verify(&token, last).is_ok());
        assert!(tokens.verify(&token, now() + TimeDelta::hours(1)).is_err());
    }

    #[test]
    fn what_was_signed_otherwise_or_claims_otherwise_is_refused() {
        let tokens = AccessTokens::new(&settings(7, TokenAlgorithm::Hs256));
        let session = SessionId(Uuid::from_u128(3));
        let stranger = AccessTokens::new(&settings(8, TokenAlgorithm::Hs256));
        let longer = AccessTokens::new(&settings(7, TokenAlgorithm::Hs512));
        for other in [stranger, longer] {
            let token = other.issue(&user(), session, now()).unwrap();
            assert!(tokens.verify(&token, now()).is_err());
        }

        let claims = |change: &str, value: Value| {
            let mut claims = json!({
                "iss": ISSUER, "aud": AUDIENCE, "sub": Uuid::from_u128(1),
                "sid": Uuid::from_u128(3), "email": "ada@example.org", "org": Uuid::from_u128(2),
                "role": "admin", "iat": now().timestamp(), "exp": now().timestamp() + 60,
            });
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(change);
            } else {
                claims[change] = value;
            }
            jsonwebtoken::encode(&tokens.header, &claims, &tokens.encoding).unwrap()
        };
        assert!(tokens.verify(&claims("iat", json!(1)), now()).is_ok());
        for (claim, value) in [
            ("exp", Value::Null),
            ("exp", json!((now().timestamp() + 60).to_string())),
            ("exp", json!(now().timestamp() as f64 + 60.5)),
            ("sub", Value::Null),
            ("sub", json!("somebody")),
            ("iss", Value::Null),
            ("iss", json!("http://evil.org")),
            ("aud", json!("another")),
            ("aud", Value::Null),
            ("sid", Value::Null),
            ("role", json!("king")),
        ] {
            let token = claims(claim, value.clone());
            assert!(tokens.verify(&token, now()).is_err(), "{claim}: {value}");
        }
        for text in ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
            assert!(tokens.verify(text, now()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_short_secret_is_refused_and_none_shows() {
        let new = |secret: Vec<u8>| {
            TokenSettings::new(secret, TokenAlgorithm::default(), TimeDelta::hours(1))
        };
        assert!(new(vec![1; 31]).is_err());
        assert!(!format!("{:?}", new(vec![b'x'; 32]).unwrap()).contains("xx"));
    }
}
