//! Accounts: signing up, logging in, sessions, passwords, preferences.
//! Invitations are made and used here too; cookies and pages are not.

mod invitations;
mod known;
mod members;
mod preferences;
mod programs;

pub use members::OrganizationForm;
pub use preferences::PreferencesForm;
pub use programs::{ApiKeyForm, Granted, TICKET_LIFETIME};

use crate::access::Member;
use crate::access_tokens::{AccessTokens, TokenSettings};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::passwords::Passwords;
use crate::secret::{self, Token};
use crate::throttle::Throttle;
use chrono::TimeDelta;
use domain::user::Invalid;
use domain::{
    AgentConfiguration, EmailAddress, NewPassword, Organization, OrganizationId, OrganizationName,
    PersonName, Preferences, Role, Session, SessionId, SessionKind, User, UserId, WorkflowTemplate,
    shipped,
};
use known::{By, Known};
use std::net::IpAddr;
use std::sync::Arc;
use store::{Accepted, Created, Deleted, Founded, Founding, NewMember, Store};

/// A session that is used at least this often does not end.
const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);
/// How stale "last seen" may be before it is written again.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(5);

const WRONG: Error = Error::WrongCredentials("The mail address or the password is not right.");

const CLOSED: Error = Error::Forbidden("Signing up needs an invitation: ask an admin for a link.");

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

/// Somebody new.
#[derive(Clone, Default)]
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: String,
    /// The secret of an invitation's link; without one, the first account is made.
    pub invitation: Option<String>,
    /// What the first account's organization is called.
    pub organization_name: Option<String>,
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

    async fn enroll(&self, client: &Client, form: SignUp) -> Result<User> {
        let name = PersonName::try_from(form.name)?;
        let email = EmailAddress::try_from(form.email)?;
        let password = NewPassword::try_from(form.password)?;
        let organization = form
            .organization_name
            .map(OrganizationName::try_from)
            .transpose()?;
        self.attempt(client).await?;
        match form.invitation.filter(|token| !token.is_empty()) {
            Some(token) => self.join(&token, name, email, &password).await,
            None => self.found_first(organization, name, email, &password).await,
        }
    }

    /// The organization that the first account makes.
    async fn found_first(
        &self,
        organization: Option<OrganizationName>,
        name: PersonName,
        email: EmailAddress,
        password: &NewPassword,
    ) -> Result<User> {
        // Before the hash is computed, which costs more than the question.
        if self.store.has_users().await? {
            return Err(CLOSED);
        }
        let organization = match organization {
            Some(name) => name,
            None => OrganizationName::try_from(format!("{name}’s organization"))?,
        };
        self.found(organization, name, email, password, true).await
    }

    /// For the operator at the terminal: one more organization, and its admin.
    pub async fn add_organization(
        &self,
        organization: String,
        name: String,
        email: String,
        password: String,
    ) -> Result<User> {
        let organization = OrganizationName::try_from(organization)?;
        let name = PersonName::try_from(name)?;
        let email = EmailAddress::try_from(email)?;
        let password = NewPassword::try_from(password)?;
        self.found(organization, name, email, &password, false)
            .await
    }

    async fn found(
        &self,
        organization: OrganizationName,
        name: PersonName,
        email: EmailAddress,
        password: &NewPassword,
        only_as_first: bool,
    ) -> Result<User> {
        let organization = Organization {
            id: OrganizationId(self.clock.new_id()),
            name: organization,
            requests_per_minute: None,
            created_at: self.clock.now(),
        };
        let admin = self.new_user(organization.id, name, email, Role::Admin);
        let hash = self.passwords.hash(password.expose()).await?;
        let (agents, workflows) = shipped_for(&organization);
        let founding = Founding {
            organization: &organization,
            admin: &admin,
            password_hash: &hash,
            agents: &agents,
            workflows: &workflows,
            only_as_first,
        };
        match self.store.found(founding).await? {
            Founded::Yes => Ok(admin),
            Founded::NotFirst => Err(CLOSED),
            Founded::EmailTaken => Err(taken()),
        }
    }

    async fn join(
        &self,
        token: &str,
        name: PersonName,
        email: EmailAddress,
        password: &NewPassword,
    ) -> Result<User> {
        let now = self.clock.now();
        let token = secret::hash(token);
        if self.store.invitation(&token, now).await?.is_none() {
            return Err(used_up());
        }
        let hash = self.passwords.hash(password.expose()).await?;
        let member = NewMember {
            id: UserId(self.clock.new_id()),
            email,
            name,
            created_at: now,
        };
        match self
            .store
            .accept_invitation(&token, member, &hash, now)
            .await?
        {
            Accepted::User(user) => Ok(user),
            Accepted::NoInvitation => Err(used_up()),
            Accepted::EmailTaken => Err(taken()),
        }
    }

    /// For the operator at the terminal: into the oldest organization, or the first one.
    pub async fn add(
        &self,
        name: String,
        email: String,
        password: String,
        role: Role,
    ) -> Result<User> {
        let name = PersonName::try_from(name)?;
        let email = EmailAddress::try_from(email)?;
        let password = NewPassword::try_from(password)?;
        let Some(organization) = self.store.oldest_organization().await? else {
            if role != Role::Admin {
                return Err(Error::Invalid {
                    field: "role",
                    message: "The first account is the admin's: add it with --role admin."
                        .to_owned(),
                });
            }
            return self.found_first(None, name, email, &password).await;
        };
        let user = self.new_user(organization.id, name, email, role);
        let hash = self.passwords.hash(password.expose()).await?;
        match self.store.create_account(&user, &hash).await? {
            Created::Yes => Ok(user),
            Created::EmailTaken => Err(taken()),
        }
    }

    fn new_user(
        &self,
        organization_id: OrganizationId,
        name: PersonName,
        email: EmailAddress,
        role: Role,
    ) -> User {
        let now = self.clock.now();
        User {
            id: UserId(self.clock.new_id()),
            organization_id,
            email,
            name,
            role,
            preferences: Preferences::default(),
            created_at: now,
            updated_at: now,
        }
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
                Ok(known.user)
            }
            _ => Err(WRONG),
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
        Ok(())
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
        Ok(self
            .changing()
            .set_password(member.user().id, &hash, session, self.clock.now())
            .await?)
    }

    pub async fn delete(&self, member: &Member, password: String) -> Result<()> {
        member.in_person()?;
        self.prove(member, &password, "password").await?;
        match self.changing().delete_account(member.user().id).await? {
            Deleted::Yes => Ok(()),
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
            Ok(())
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

fn used_up() -> Error {
    Error::Invalid {
        field: "invitation",
        message: "This invitation has been used or has expired: ask for a new one.".to_owned(),
    }
}

fn taken() -> Error {
    Error::Invalid {
        field: "email",
        message: "There is an account with this mail address already.".to_owned(),
    }
}

/// What every organization begins with.
fn shipped_for(organization: &Organization) -> (Vec<AgentConfiguration>, Vec<WorkflowTemplate>) {
    let (organization_id, now) = (organization.id, organization.created_at);
    let agents = shipped::agents()
        .into_iter()
        .map(|config| AgentConfiguration {
            config,
            organization_id,
            is_active: true,
            created_at: now,
            updated_at: now,
        });
    let workflows = shipped::workflows()
        .into_iter()
        .map(|workflow| WorkflowTemplate {
            workflow,
            organization_id,
            is_public: true,
            created_by: None,
            created_at: now,
            updated_at: now,
        });
    (agents.collect(), workflows.collect())
}
