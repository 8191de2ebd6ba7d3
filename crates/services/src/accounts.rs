//! Accounts: signing up, logging in, sessions, passwords, preferences.
//! Invitations are made and used here too; cookies and pages are not.

mod invitations;
mod known;
mod members;
mod organization;
mod preferences;
mod programs;
mod sign_up;

pub use organization::{KeepingTexts, OrganizationForm, OrganizationTexts, QuotaTexts};
pub use preferences::PreferencesForm;
pub use programs::{ApiKeyForm, Granted, TICKET_LIFETIME};
pub use sign_up::{SignUp, SignUpOffer};

use crate::access::Member;
use crate::access_tokens::{AccessTokens, TokenSettings};
use crate::audit::Audit;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::passwords::Passwords;
use crate::secret::{self, Token};
use crate::throttle::Throttle;
use chrono::TimeDelta;
use domain::user::Invalid;
use domain::{EmailAddress, NewPassword, Session, SessionId, SessionKind, User};
use known::{By, Known};
use std::net::IpAddr;
use std::sync::Arc;
use store::{Deleted, Store};

/// A session that is used at least this often does not end.
const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);
/// How stale "last seen" may be before it is written again.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(5);

const WRONG: Error = Error::WrongCredentials("The mail address or the password is not right.");

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: IpAddr,
    pub user_agent: String,
}

/// A log-in that was just made. The secret goes into the cookie and is not kept.
#[derive(Debug)]
pub struct Opened {
    pub token: Token,
    pub user: User,
    /// Until it ends if it is not used.
    pub lifetime: TimeDelta,
}

/// Attempts to log in are counted for so long.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
const ON_AN_ACCOUNT: usize = 10;
const FROM_AN_ADDRESS: usize = 300;

pub struct Accounts {
    store: Store,
    clock: Arc<dyn Clock>,
    passwords: Passwords,
    public_url: String,
    access_tokens: AccessTokens,
    audit: Audit,
    by_account: Throttle<EmailAddress>,
    by_address: Throttle<IpAddr>,
    known: Known,
}

impl Accounts {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        bus: Bus,
        public_url: String,
        tokens: &TokenSettings,
    ) -> Result<Self> {
        Ok(Self {
            passwords: Passwords::new()?,
            access_tokens: AccessTokens::new(tokens),
            audit: Audit::new(store.clone(), clock.clone()),
            public_url,
            by_account: Throttle::new("account", WINDOW, bus.clone(), clock.clone()),
            by_address: Throttle::new("address", WINDOW, bus, clock.clone()),
            known: Known::default(),
            store,
            clock,
        })
    }

    /// Nobody has signed up yet.
    pub async fn is_first(&self) -> Result<bool> {
        Ok(!self.store.has_users().await?)
    }

    /// The first account makes the organization and is its admin; after it an invitation's secret
    /// is needed.
    pub async fn sign_up(&self, client: &Client, form: SignUp) -> Result<Opened> {
        let user = self.enroll(client, form).await?;
        self.open(client, user).await
    }

    pub async fn log_in(&self, client: &Client, email: String, password: String) -> Result<Opened> {
        let user = self.authenticate(client, email, password).await?;
        self.open(client, user).await
    }

    /// An unknown address takes as long as a wrong password and is answered alike.
    async fn authenticate(&self, client: &Client, email: String, password: String) -> Result<User> {
        self.attempt(client).await?;
        let Ok(email) = EmailAddress::try_from(email) else {
            self.passwords.verify(&password, None).await?;
            return Err(WRONG);
        };
        self.attempt_on(&email).await?;
        let known = self.store.credentials(&email).await?;
        let hash = known.as_ref().map(|known| known.password_hash.as_str());
        let right = self.passwords.verify(&password, hash).await?;
        match known {
            Some(known) if right => {
                self.by_account.forget(&email).await;
                let user = known.user;
                self.audit
                    .record_of(&user, "account.log_in", user.id, "")
                    .await?;
                Ok(user)
            }
            Some(known) => {
                self.audit
                    .record_meanwhile(known.user, "account.log_in_failed");
                Err(WRONG)
            }
            None => Err(WRONG),
        }
    }

    async fn open(&self, client: &Client, user: User) -> Result<Opened> {
        let token = Token::random()?;
        self.begin_session(client, &user, SessionKind::Browser, &token)
            .await?;
        Ok(Opened {
            token,
            user,
            lifetime: SESSION_LIFETIME,
        })
    }

    async fn begin_session(
        &self,
        client: &Client,
        user: &User,
        kind: SessionKind,
        token: &Token,
    ) -> Result<Session> {
        let now = self.clock.now();
        let session = Session {
            id: SessionId(self.clock.new_id()),
            kind,
            user_agent: client.user_agent.chars().take(300).collect(),
            created_at: now,
            last_seen_at: now,
            expires_at: now + SESSION_LIFETIME,
        };
        // Nobody else takes them away.
        self.store.delete_expired_sessions(now).await?;
        self.store
            .create_session(user.id, &session, &token.hash())
            .await?;
        Ok(session)
    }

    /// Who holds the cookie with this secret.
    pub async fn by_cookie(&self, secret: &str) -> Result<Member> {
        self.by(By::Cookie(secret::hash(secret)), self.clock.now())
            .await
    }

    pub async fn log_out(&self, member: &Member) -> Result<()> {
        let session = member.in_person()?;
        self.changing()
            .end_session(member.user().id, session)
            .await?;
        self.record_own(member, "account.log_out").await
    }

    /// Ends every other session.
    pub async fn change_password(
        &self,
        member: &Member,
        current: String,
        new: String,
    ) -> Result<()> {
        let session = member.in_person()?;
        let new = NewPassword::try_from(new)?;
        self.prove(member, &current, "current").await?;
        let hash = self.passwords.hash(new.expose()).await?;
        self.changing()
            .set_password(member.user().id, &hash, session, self.clock.now())
            .await?;
        self.record_own(member, "account.change_password").await
    }

    async fn record_own(&self, member: &Member, action: &str) -> Result<()> {
        self.audit
            .record(member, action, member.user().id, "")
            .await
    }

    pub async fn delete(&self, member: &Member, password: String) -> Result<()> {
        member.in_person()?;
        self.prove(member, &password, "password").await?;
        match self.changing().delete_account(member.user().id).await? {
            Deleted::Yes => self.record_own(member, "account.delete").await,
            Deleted::LastAdmin => Err(Error::Conflict(
                "You are the only admin. Make somebody else an admin first.",
            )),
        }
    }

    /// The person at the keyboard knows the password, not only the cookie.
    async fn prove(&self, member: &Member, password: &str, field: &'static str) -> Result<()> {
        self.attempt_on(&member.user().email).await?;
        let known = self.store.credentials_of(member.user().id).await?;
        let hash = known.as_ref().map(|known| known.password_hash.as_str());
        if !self.passwords.verify(password, hash).await? {
            return Err(Invalid::new(field, "This is not your password.").into());
        }
        self.by_account.forget(&member.user().email).await;
        Ok(())
    }

    pub async fn sessions(&self, member: &Member) -> Result<Vec<Session>> {
        let now = self.clock.now();
        let mut sessions = self.store.sessions(member.user().id).await?;
        sessions.retain(|session| session.expires_at > now);
        Ok(sessions)
    }

    pub async fn end_session(&self, member: &Member, id: SessionId) -> Result<()> {
        member.in_person()?;
        if self.changing().end_session(member.user().id, id).await? {
            self.audit
                .record(member, "account.end_session", id, "")
                .await
        } else {
            Err(Error::NotFound("session"))
        }
    }

    async fn attempt(&self, client: &Client) -> Result<()> {
        let counted = self.by_address.attempt(FROM_AN_ADDRESS, &client.address);
        counted.await.map(drop)
    }

    async fn attempt_on(&self, email: &EmailAddress) -> Result<()> {
        let counted = self.by_account.attempt(ON_AN_ACCOUNT, email);
        counted.await.map(drop)
    }
}
