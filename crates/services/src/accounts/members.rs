//! Who belongs to the organization. Invitations are in invitations.rs.

use super::Accounts;
use crate::access::Admin;
use crate::error::{Error, Result};
use crate::listing::{Part, moment};
use chrono::{DateTime, Utc};
use domain::{ApiKey, ApiKeyId, Page, Role, Session, SessionId, User, UserId};
use store::Deleted;

const GONE: Error = Error::NotFound("member");
const LAST_ADMIN: Error =
    Error::Conflict("This is the only admin. Make somebody else an admin first.");

impl Accounts {
    /// In the order in which they came, and when they were last seen.
    pub async fn members(
        &self,
        admin: &Admin,
        part: &Part,
    ) -> Result<Page<(User, Option<DateTime<Utc>>)>> {
        part.of(self.members_seen(admin).await?, false, |(user, _)| {
            (moment(user.created_at), user.id.to_string())
        })
    }

    pub async fn member(&self, admin: &Admin, id: UserId) -> Result<User> {
        let organization = admin.member().user().organization_id;
        let members = self.store.members(organization).await?;
        members.into_iter().find(|user| user.id == id).ok_or(GONE)
    }

    /// Counts from their next request on, and within a second on open sockets.
    pub async fn change_role(&self, admin: &Admin, id: UserId, role: Role) -> Result<User> {
        admin.member().in_person()?;
        let organization = admin.member().user().organization_id;
        let before = self.member(admin, id).await?;
        let now = self.clock.now();
        if !self
            .changing()
            .set_role(organization, id, role, now)
            .await?
        {
            return Err(LAST_ADMIN);
        }
        let detail = format!("{}: {} to {role}", before.name, before.role);
        self.audit
            .record(admin.member(), "members.change_role", id, detail)
            .await?;
        self.member(admin, id).await
    }

    /// With everything that is theirs, as when they delete their account themselves.
    pub async fn remove_member(&self, admin: &Admin, id: UserId) -> Result<()> {
        admin.member().in_person()?;
        let removed = self.member(admin, id).await?;
        if id == admin.member().user().id {
            return Err(Error::Conflict(
                "To leave, delete your own account in the settings.",
            ));
        }
        match self.changing().remove_member(id).await? {
            Deleted::Yes => {
                self.audit
                    .record(admin.member(), "members.remove", id, removed.name)
                    .await
            }
            Deleted::LastAdmin => Err(LAST_ADMIN),
        }
    }

    /// Everybody, in the order in which they came, and when they were last seen.
    pub async fn members_seen(&self, admin: &Admin) -> Result<Vec<(User, Option<DateTime<Utc>>)>> {
        let organization = admin.member().user().organization_id;
        Ok(self.store.members_seen(organization).await?)
    }

    /// The log-ins and keys with which somebody comes in, and when they last did.
    pub async fn entries(
        &self,
        admin: &Admin,
        id: UserId,
    ) -> Result<(User, Option<DateTime<Utc>>, Vec<Session>, Vec<ApiKey>)> {
        let members = self.members_seen(admin).await?;
        let mut members = members.into_iter();
        let (user, seen) = members.find(|(user, _)| user.id == id).ok_or(GONE)?;
        let now = self.clock.now();
        let mut sessions = self.store.sessions(id).await?;
        sessions.retain(|session| session.expires_at > now);
        let keys = self.store.api_keys(id).await?;
        Ok((user, seen, sessions, keys))
    }

    pub async fn end_session_of_member(&self, admin: &Admin, id: SessionId) -> Result<()> {
        admin.member().in_person()?;
        let organization = admin.member().user().organization_id;
        let ended = self
            .changing()
            .end_session_of_member(organization, id)
            .await?;
        let whose = ended.ok_or(Error::NotFound("session"))?;
        self.took_away(admin, "members.end_session", whose).await
    }

    pub async fn revoke_key_of_member(&self, admin: &Admin, id: ApiKeyId) -> Result<()> {
        admin.member().in_person()?;
        let organization = admin.member().user().organization_id;
        let revoked = self
            .changing()
            .revoke_key_of_member(organization, id)
            .await?;
        let whose = revoked.ok_or(Error::NotFound("API key"))?;
        self.took_away(admin, "members.revoke_key", whose).await
    }

    async fn took_away(&self, admin: &Admin, action: &str, whose: UserId) -> Result<()> {
        // They may be gone by now.
        let user = self.store.user(whose).await?;
        let name = user.map(|user| user.name.to_string()).unwrap_or_default();
        self.audit.record(admin.member(), action, whose, name).await
    }
}
