//! Invitations: links that let one person sign up, made by admins.

use super::Accounts;
use super::sign_up::SHUT;
use crate::access::Admin;
use crate::error::{Error, Result};
use crate::idempotency::{Once, Placed, SHOWN_ONCE, place};
use crate::listing::{Part, moment};
use crate::secret::{self, Token};
use chrono::TimeDelta;
use domain::{Invitation, InvitationId, Organization, Page, Role, SignUpPolicy};

const LIFETIME: TimeDelta = TimeDelta::days(7);

impl Accounts {
    /// The whole link, to be handed over; its secret cannot be shown again.
    pub async fn invite(&self, admin: &Admin, role: Role, once: Option<Once>) -> Result<String> {
        admin.member().in_person()?;
        if self.organization(admin.member()).await?.sign_up == SignUpPolicy::Closed {
            return Err(Error::Conflict(
                "Signing up is closed: open it under Organization first.",
            ));
        }
        let now = self.clock.now();
        let organization_id = admin.member().user().organization_id;
        let find = async |id| {
            let open = self.store.invitations(organization_id, now).await?;
            Ok(open.into_iter().find(|made| made.id == InvitationId(id)))
        };
        let id = match place(once, &*self.clock, find, |made| made.created_at).await? {
            Placed::New(id) => InvitationId(id),
            Placed::Made(_) => return Err(SHOWN_ONCE),
        };
        let token = Token::random()?;
        let invitation = Invitation {
            id,
            organization_id,
            role,
            created_by: admin.member().user().id,
            created_at: now,
            expires_at: now + LIFETIME,
            used_at: None,
        };
        self.store
            .create_invitation(&invitation, &token.hash())
            .await?;
        self.audit
            .record(admin.member(), "invitations.create", invitation.id, role)
            .await?;
        let base = self.public_url.trim_end_matches('/');
        Ok(format!("{base}/invitation/{}", token.expose()))
    }

    /// The open ones.
    pub async fn invitations(&self, admin: &Admin) -> Result<Vec<Invitation>> {
        let organization = admin.member().user().organization_id;
        Ok(self
            .store
            .invitations(organization, self.clock.now())
            .await?)
    }

    pub async fn invitation_page(&self, admin: &Admin, part: &Part) -> Result<Page<Invitation>> {
        let invitations = self.invitations(admin).await?;
        part.of(invitations, true, |invitation| {
            (moment(invitation.created_at), invitation.id.to_string())
        })
    }

    pub async fn revoke_invitation(&self, admin: &Admin, id: InvitationId) -> Result<()> {
        admin.member().writing()?;
        let organization = admin.member().user().organization_id;
        if self.store.revoke_invitation(organization, id).await? {
            self.audit
                .record(admin.member(), "invitations.revoke", id, "")
                .await
        } else {
            Err(Error::NotFound("invitation"))
        }
    }

    /// What the holder of a link may know about it.
    pub async fn invitation(&self, token: &str) -> Result<(Invitation, Organization)> {
        let hash = secret::hash(token);
        let found = self.store.invitation(&hash, self.clock.now());
        let (invitation, organization) = found.await?.ok_or(Error::NotFound(
            "invitation, or it has been used or has expired",
        ))?;
        if organization.sign_up == SignUpPolicy::Closed {
            return Err(SHUT);
        }
        Ok((invitation, organization))
    }
}
