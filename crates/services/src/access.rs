//! Who is asking, as a type: only the accounts service makes these, so that a method that takes
//! one cannot be reached without the right.

use crate::error::{Error, Result};
use domain::{Role, Session, SessionId, User};
use store::Scope;

/// Somebody who is logged in, whatever their role.
#[derive(Clone, Debug)]
pub struct Member {
    user: User,
    session: Session,
}

impl Member {
    pub(crate) fn new(user: User, session: Session) -> Self {
        Self { user, session }
    }

    pub fn user(&self) -> &User {
        &self.user
    }

    pub fn session_id(&self) -> SessionId {
        self.session.id
    }

    /// Their own data.
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            organization_id: self.user.organization_id,
            user_id: Some(self.user.id),
        }
    }

    /// Leave to create conversations, ask and cancel.
    pub(crate) fn asking(&self) -> Result<()> {
        if self.user.role.may_ask() {
            Ok(())
        } else {
            Err(Error::Forbidden(
                "Viewers read; ask an admin for the role user to ask questions.",
            ))
        }
    }
}

/// A member with the role admin.
#[derive(Clone, Debug)]
pub struct Admin(Member);

impl Admin {
    pub fn member(&self) -> &Member {
        &self.0
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
