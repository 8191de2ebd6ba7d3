//! The organization and who belongs to it. Invitations are in invitations.rs.

use super::Accounts;
use crate::access::{Admin, Member};
use crate::error::{Error, Result};
use crate::listing::{Part, moment, wrong_cursor};
use domain::user::Invalid;
use domain::{AuditEntry, AuditEntryId, Organization, OrganizationName, Page, Role, User, UserId};
use store::Deleted;

const GONE: Error = Error::NotFound("member");
const NO_ORGANIZATION: Error = Error::NotFound("organization");
const LAST_ADMIN: Error =
    Error::Conflict("This is the only admin. Make somebody else an admin first.");
const MOST_REQUESTS: u32 = 1_000_000;

/// What admins may change; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct OrganizationForm {
    pub name: Option<String>,
    /// `Some(None)` leaves it to the server.
    pub requests_per_minute: Option<Option<u32>>,
}

impl Accounts {
    pub async fn organization(&self, member: &Member) -> Result<Organization> {
        let id = member.user().organization_id;
        self.store.organization(id).await?.ok_or(NO_ORGANIZATION)
    }

    pub async fn change_organization(
        &self,
        admin: &Admin,
        form: OrganizationForm,
    ) -> Result<Organization> {
        let member = admin.member();
        member.writing()?;
        let name = form.name.map(OrganizationName::try_from).transpose()?;
        check_rate(form.requests_per_minute.flatten())?;
        let id = member.user().organization_id;
        let changed = self
            .store
            .update_organization(id, name.as_ref(), form.requests_per_minute)
            .await?
            .ok_or(NO_ORGANIZATION)?;
        self.record(admin, "organization.change", id).await?;
        Ok(changed)
    }

    /// In the order in which they came.
    pub async fn members(&self, admin: &Admin, part: &Part) -> Result<Page<User>> {
        let organization = admin.member().user().organization_id;
        let members = self.store.members(organization).await?;
        part.of(members, false, |user| {
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
        self.member(admin, id).await?;
        let now = self.clock.now();
        if !self
            .changing()
            .set_role(organization, id, role, now)
            .await?
        {
            return Err(LAST_ADMIN);
        }
        self.record(admin, "members.change_role", id).await?;
        self.member(admin, id).await
    }

    /// With everything that is theirs, as when they delete their account themselves.
    pub async fn remove_member(&self, admin: &Admin, id: UserId) -> Result<()> {
        admin.member().in_person()?;
        self.member(admin, id).await?;
        if id == admin.member().user().id {
            return Err(Error::Conflict(
                "To leave, delete your own account in the settings.",
            ));
        }
        match self.changing().remove_member(id).await? {
            Deleted::Yes => self.record(admin, "members.remove", id).await,
            Deleted::LastAdmin => Err(LAST_ADMIN),
        }
    }

    /// The latest first.
    pub async fn audit(&self, admin: &Admin, part: &Part) -> Result<Page<AuditEntry>> {
        let organization = admin.member().user().organization_id;
        let before = part.cursor.as_deref().map(str::parse).transpose();
        let before: Option<AuditEntryId> = before.map_err(|_| wrong_cursor())?;
        let size = part.size()?;
        let mut items = self
            .store
            .audit_entries(organization, before, size + 1)
            .await?;
        let more = items.len() > size as usize;
        items.truncate(size as usize);
        let next_cursor = items
            .last()
            .filter(|_| more)
            .map(|entry| entry.id.to_string());
        Ok(Page { items, next_cursor })
    }

    async fn record(&self, admin: &Admin, action: &str, subject: impl ToString) -> Result<()> {
        let entry = admin.did(&*self.clock, action, subject);
        Ok(self.store.record(&entry).await?)
    }
}

pub(super) fn check_rate(requests_per_minute: Option<u32>) -> Result<()> {
    if requests_per_minute.is_none_or(|rate| (1..=MOST_REQUESTS).contains(&rate)) {
        return Ok(());
    }
    Err(Invalid::new(
        "requests_per_minute",
        "requests_per_minute lies between 1 and 1,000,000",
    )
    .into())
}
