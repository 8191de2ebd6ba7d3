//! How programs get in: access and refresh tokens after a log-in, API keys without one.

use super::known::By;
use super::organization::check_rate;
use super::{Accounts, SEEN_EVERY, SESSION_LIFETIME};
use crate::access::{Entry, Member};
use crate::accounts::{Client, SignUp};
use crate::error::{Error, Result};
use crate::idempotency::{Once, Placed, SHOWN_ONCE, place};
use crate::listing::{Part, moment};
use crate::secret::{self, Token};
use chrono::{DateTime, TimeDelta, Utc};
use domain::user::Invalid;
use domain::{ApiKey, ApiKeyId, ApiKeyName, KeyScope, Page, Session, SessionId, SessionKind, User};
use store::{Renewed, TicketOf};

const API_KEY: &str = "ovm_";
const REFRESH_TOKEN: &str = "ovr_";
/// Long enough to open a socket with it.
pub const TICKET_LIFETIME: TimeDelta = TimeDelta::seconds(30);
const MOST_API_KEYS: usize = 100;
const LONGEST_KEY_LIFE: u32 = 3650;

/// What a program gets when somebody logs in through it.
#[derive(Debug)]
pub struct Granted {
    pub access_token: Token,
    /// Of the access token.
    pub lifetime: TimeDelta,
    /// Gets the next pair, once.
    pub refresh_token: Token,
    pub user: User,
}

/// What a new API key is to be.
#[derive(Clone, Debug)]
pub struct ApiKeyForm {
    pub name: String,
    pub scope: KeyScope,
    pub expires_in_days: Option<u32>,
    pub requests_per_minute: Option<u32>,
}

impl Accounts {
    pub async fn register(&self, client: &Client, form: SignUp) -> Result<Granted> {
        let user = self.enroll(client, form).await?;
        self.grant(client, user).await
    }

    pub async fn log_in_program(
        &self,
        client: &Client,
        email: String,
        password: String,
    ) -> Result<Granted> {
        let user = self.authenticate(client, email, password).await?;
        self.grant(client, user).await
    }

    async fn grant(&self, client: &Client, user: User) -> Result<Granted> {
        let refresh_token = Token::with_prefix(REFRESH_TOKEN)?;
        let session = self
            .begin_session(client, &user, SessionKind::Program, &refresh_token)
            .await?;
        self.granted(user, session.id, refresh_token)
    }

    fn granted(&self, user: User, session: SessionId, refresh_token: Token) -> Result<Granted> {
        let access_token = self.access_tokens.issue(&user, session, self.clock.now())?;
        Ok(Granted {
            access_token: Token::from(access_token),
            lifetime: self.access_tokens.lifetime(),
            refresh_token,
            user,
        })
    }

    /// The next pair. A refresh token that was exchanged before ends its log-in: it was copied.
    pub async fn refresh(&self, client: &Client, refresh_token: &str) -> Result<Granted> {
        self.attempt(client).await?;
        if !refresh_token.starts_with(REFRESH_TOKEN) {
            return Err(Error::Unauthorized);
        }
        let now = self.clock.now();
        let next = Token::with_prefix(REFRESH_TOKEN)?;
        let renewed = self
            .changing()
            .renew_session(
                &secret::hash(refresh_token),
                &next.hash(),
                now,
                now + SESSION_LIFETIME,
            )
            .await?;
        match renewed {
            Renewed::Yes(session, user) => self.granted(user, session.id, next),
            Renewed::Reused => {
                tracing::warn!("a refresh token came twice: its log-in has been ended");
                Err(Error::Unauthorized)
            }
            Renewed::Unknown => Err(Error::Unauthorized),
        }
    }

    /// Who sends this after `Authorization: Bearer`: an access token or an API key.
    pub async fn by_bearer(&self, text: &str) -> Result<Member> {
        let now = self.clock.now();
        let by = if text.starts_with(API_KEY) {
            By::ApiKey(secret::hash(text))
        } else {
            By::Session(self.access_tokens.verify(text, now)?)
        };
        self.by(by, now).await
    }

    pub(super) async fn by(&self, by: By, now: DateTime<Utc>) -> Result<Member> {
        let asking = match self.known.look(by, now) {
            Ok(member) => return Ok(member),
            Err(asking) => asking,
        };
        let member = match by {
            By::Session(id) => {
                let found = self.store.session_by_id(id, now).await?;
                self.by_session(found, now).await?
            }
            By::Cookie(hash) => {
                let found = self.store.session(&hash, now).await?;
                self.by_session(found, now).await?
            }
            By::ApiKey(hash) => {
                self.by_key(self.store.api_key(&hash, now).await?, now)
                    .await?
            }
        };
        self.known.found(asking, &member);
        Ok(member)
    }

    /// The same member as they are now, whichever way they came: a changed role, a removed account
    /// or a log-in that ended counts.
    pub async fn again(&self, member: &Member) -> Result<Member> {
        let now = self.clock.now();
        match member.entry() {
            Entry::Session(session) => {
                let found = self.store.session_by_id(session.id, now).await?;
                self.by_session(found, now).await
            }
            Entry::ApiKey(key) => {
                let found = self.store.api_key_by_id(key.id, now).await?;
                self.by_key(found, now).await
            }
        }
    }

    /// The same for whoever stays: `Err` when they may not any more.
    pub async fn recheck(&self, member: &mut Member) -> Result<()> {
        match self.again(member).await {
            Ok(again) => *member = again,
            Err(Error::Unauthorized) => return Err(Error::Unauthorized),
            // The database does not answer: keep what is known, and try again in a moment.
            Err(_) => {}
        }
        Ok(())
    }

    pub(super) async fn by_session(
        &self,
        found: Option<(Session, User)>,
        now: DateTime<Utc>,
    ) -> Result<Member> {
        let (session, user) = found.ok_or(Error::Unauthorized)?;
        if now - session.last_seen_at > SEEN_EVERY {
            let expires_at = match session.kind {
                SessionKind::Browser => Some(now + SESSION_LIFETIME),
                SessionKind::Program => None,
            };
            self.store
                .touch_session(session.id, now, expires_at)
                .await?;
        }
        Ok(Member::new(user, Entry::Session(session)))
    }

    async fn by_key(&self, found: Option<(ApiKey, User)>, now: DateTime<Utc>) -> Result<Member> {
        let (key, user) = found.ok_or(Error::Unauthorized)?;
        if key.last_used_at.is_none_or(|used| now - used > SEEN_EVERY) {
            self.store.touch_api_key(key.id, now).await?;
        }
        Ok(Member::new(user, Entry::ApiKey(key)))
    }

    /// Opens one socket, once and within half a minute: browsers can send no header with one, and
    /// addresses end up in logs.
    pub async fn socket_ticket(&self, member: &Member) -> Result<Token> {
        let now = self.clock.now();
        let ticket = Token::random()?;
        let expires_at = now + TICKET_LIFETIME;
        let hash = ticket.hash();
        match member.entry() {
            Entry::Session(session) => {
                self.store
                    .create_session_ticket(&hash, session.id, now, expires_at)
                    .await?;
            }
            Entry::ApiKey(key) => {
                self.store
                    .create_key_ticket(&hash, key.id, now, expires_at)
                    .await?;
            }
        }
        Ok(ticket)
    }

    /// Uses the ticket up.
    pub async fn by_ticket(&self, ticket: &str) -> Result<Member> {
        let now = self.clock.now();
        let hash = secret::hash(ticket);
        match self.store.use_ticket(&hash, now).await? {
            Some(TicketOf::Session(id)) => {
                let found = self.store.session_by_id(id, now).await?;
                self.by_session(found, now).await
            }
            Some(TicketOf::ApiKey(id)) => {
                let found = self.store.api_key_by_id(id, now).await?;
                self.by_key(found, now).await
            }
            None => Err(Error::Unauthorized),
        }
    }

    /// The key cannot be shown again.
    pub async fn create_api_key(
        &self,
        member: &Member,
        form: ApiKeyForm,
        once: Option<Once>,
    ) -> Result<(ApiKey, Token)> {
        member.in_person()?;
        let name = ApiKeyName::try_from(form.name)?;
        let days = form.expires_in_days;
        if days.is_some_and(|days| !(1..=LONGEST_KEY_LIFE).contains(&days)) {
            return Err(Invalid::new("expires_in_days", "a key lives 1 to 3650 days").into());
        }
        check_rate(form.requests_per_minute)?;
        let user = member.user().id;
        let mut keys = self.store.api_keys(user).await?;
        let all = keys.len();
        let find = async |id| {
            let made = keys.iter().position(|key| key.id == ApiKeyId(id));
            Ok(made.map(|made| keys.swap_remove(made)))
        };
        let id = match place(once, &*self.clock, find, |made| made.created_at).await? {
            Placed::New(id) => ApiKeyId(id),
            Placed::Made(_) => return Err(SHOWN_ONCE),
        };
        if all >= MOST_API_KEYS {
            return Err(Error::Conflict("You have 100 API keys. Revoke one first."));
        }
        let now = self.clock.now();
        let token = Token::with_prefix(API_KEY)?;
        let key = ApiKey {
            id,
            name,
            last_four: token.last_four(),
            scope: form.scope,
            requests_per_minute: form.requests_per_minute,
            created_at: now,
            last_used_at: None,
            expires_at: days.map(|days| now + TimeDelta::days(days.into())),
        };
        self.store.create_api_key(user, &key, &token.hash()).await?;
        self.audit
            .record(member, "keys.create", key.id, &key.name)
            .await?;
        Ok((key, token))
    }

    /// The newest first.
    pub async fn api_keys(&self, member: &Member) -> Result<Vec<ApiKey>> {
        Ok(self.store.api_keys(member.user().id).await?)
    }

    /// The same, a page at a time.
    pub async fn api_keys_page(&self, member: &Member, part: &Part) -> Result<Page<ApiKey>> {
        part.of(self.api_keys(member).await?, true, |key| {
            (moment(key.created_at), key.id.to_string())
        })
    }

    pub async fn revoke_api_key(&self, member: &Member, id: ApiKeyId) -> Result<()> {
        member.in_person()?;
        if self.changing().revoke_api_key(member.user().id, id).await? {
            self.audit.record(member, "keys.revoke", id, "").await
        } else {
            Err(Error::NotFound("API key"))
        }
    }
}
