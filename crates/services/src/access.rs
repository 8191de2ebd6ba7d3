//! Who is asking, as a type: only the accounts service makes these, so that a method that takes
//! one cannot be reached without the right.

use crate::audit;
use crate::clock::Clock;
use crate::error::{Error, Result};
use domain::{ApiKey, AuditEntry, KeyScope, Role, Session, SessionId, SessionKind, Source, User};
use store::Scope;

/// Somebody who proved who they are, whatever their role.
#[derive(Clone, Debug)]
pub struct Member {
    user: User,
    entry: Entry,
}

/// The way in.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Logged in with the password, in a browser or from a program.
    Session(Session),
    ApiKey(ApiKey),
}

impl Member {
    pub(crate) fn new(user: User, entry: Entry) -> Self {
        Self { user, entry }
    }

    pub fn user(&self) -> &User {
        &self.user
    }

    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Of the log-in or the key.
    pub fn entry_id(&self) -> String {
        match &self.entry {
            Entry::Session(session) => session.id.to_string(),
            Entry::ApiKey(key) => key.id.to_string(),
        }
    }

    /// The log-in, where there is one.
    pub fn session_id(&self) -> Option<SessionId> {
        match &self.entry {
            Entry::Session(session) => Some(session.id),
            Entry::ApiKey(_) => None,
        }
    }

    /// The way in, where nobody said better.
    pub(crate) fn source(&self) -> Source {
        match &self.entry {
            Entry::Session(session) if session.kind == SessionKind::Browser => Source::Browser,
            Entry::Session(_) | Entry::ApiKey(_) => Source::Api,
        }
    }

    /// Their own data.
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            organization_id: self.user.organization_id,
            user_id: Some(self.user.id),
        }
    }

    /// Leave to change anything at all.
    pub(crate) fn writing(&self) -> Result<()> {
        match &self.entry {
            Entry::ApiKey(key) if key.scope == KeyScope::Read => Err(Error::Forbidden(
                "This API key only reads: make one with the scope write.",
            )),
            _ => Ok(()),
        }
    }

    /// Leave to create conversations, ask and cancel.
    pub(crate) fn asking(&self) -> Result<()> {
        self.writing()?;
        if self.user.role.may_ask() {
            Ok(())
        } else {
            Err(Error::Forbidden(
                "Viewers read; ask an admin for the role user to ask questions.",
            ))
        }
    }

    /// Leave to change the account itself and who belongs to the organization, which no key has:
    /// one that leaked must not take either over.
    pub(crate) fn in_person(&self) -> Result<SessionId> {
        self.session_id().ok_or(Error::Forbidden(
            "An API key cannot do this: log in with the password.",
        ))
    }
}

/// A member with the role admin.
#[derive(Clone, Debug)]
pub struct Admin(Member);

impl Admin {
    pub fn member(&self) -> &Member {
        &self.0
    }

    /// Everybody's data.
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            user_id: None,
            ..self.0.scope()
        }
    }

    /// A line for the audit trail.
    pub(crate) fn did(
        &self,
        clock: &dyn Clock,
        action: &str,
        subject: impl ToString,
    ) -> AuditEntry {
        audit::line(clock, &self.0.user, action, subject)
    }
}

impl TryFrom<Member> for Admin {
    type Error = Error;

    fn try_from(member: Member) -> Result<Self> {
        match member.user.role {
            Role::Admin => Ok(Self(member)),
            _ => Err(Error::Forbidden("This is for admins.")),
        }
    }
}
