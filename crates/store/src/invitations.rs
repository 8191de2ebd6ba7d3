//! Invitations: links that let one person each join an organization.

use crate::accounts::insert_user;
use crate::db::{change, commit, db, row, transaction};
use crate::stored::named;
use crate::{Store, StoreError, TokenHash};
use chrono::{DateTime, Utc};
use domain::{
    EmailAddress, Invitation, InvitationId, Organization, OrganizationId, PersonName, Preferences,
    Role, User, UserId,
};
use uuid::Uuid;

/// Somebody who joins; organization and role are those of the invitation.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMember {
    pub id: UserId,
    pub email: EmailAddress,
    pub name: PersonName,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, taken apart at once"
)]
pub enum Accepted {
    User(User),
    /// Unknown, used, expired, or made by somebody who is no admin any more.
    NoInvitation,
    /// The invitation stays open.
    EmailTaken,
}

row! {
    InvitationRow {
        id: Uuid,
        organization_id: Uuid,
        role: String,
        created_by: Uuid,
        created_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        used_at: Option<DateTime<Utc>>,
    }
}

macro_rules! invitation_columns {
    () => {
        "id, organization_id, role, created_by, created_at, expires_at, used_at"
    };
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: InvitationId(row.id),
            organization_id: OrganizationId(row.organization_id),
            role: named("invitations", row.id, &Role::ALL, Role::as_str, &row.role)?,
            created_by: UserId(row.created_by),
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
        })
    }
}

impl Store {
    pub async fn create_invitation(
        &self,
        invitation: &Invitation,
        token: &TokenHash,
    ) -> Result<(), StoreError> {
        change!(self, |pool| {
            sqlx::query(
                "insert into invitations (id, organization_id, token_hash, role, created_by, \
                     created_at, expires_at, used_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(invitation.id.0)
            .bind(invitation.organization_id.0)
            .bind(&token[..])
            .bind(invitation.role.as_str())
            .bind(invitation.created_by.0)
            .bind(invitation.created_at)
            .bind(invitation.expires_at)
            .bind(invitation.used_at)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// Joins by an invitation, which works once, also when two people try at the same time.
    pub async fn accept_invitation(
        &self,
        token: &TokenHash,
        member: NewMember,
        password_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Accepted, StoreError> {
        transaction!(self, |tx| {
            let invitation = sqlx::query_as::<_, InvitationRow>(concat!(
                "update invitations set used_at = $2 \
                 where token_hash = $1 and used_at is null and expires_at > $2 \
                     and exists (select 1 from users where users.id = created_by \
                         and users.role = 'admin') returning ",
                invitation_columns!()
            ))
            .bind(&token[..])
            .bind(now)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(invitation) = invitation.map(Invitation::try_from).transpose()? else {
                tx.rollback().await?;
                return Ok(Accepted::NoInvitation);
            };
            let user = User {
                id: member.id,
                organization_id: invitation.organization_id,
                email: member.email,
                name: member.name,
                role: invitation.role,
                preferences: Preferences::default(),
                created_at: member.created_at,
                updated_at: member.created_at,
            };
            if !insert_user!(tx, &user, password_hash) {
                tx.rollback().await?;
                return Ok(Accepted::EmailTaken);
            }
            commit!(self, tx);
            Ok(Accepted::User(user))
        })
    }

    /// The invitation behind a link and where it leads, while it can be used.
    pub async fn invitation(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<(Invitation, Organization)>, StoreError> {
        let row = db!(&self.read, |pool| {
            sqlx::query_as::<_, InvitationRow>(concat!(
                "select ",
                invitation_columns!(),
                " from invitations where token_hash = $1 and used_at is null and expires_at > $2 \
                     and exists (select 1 from users where users.id = created_by \
                         and users.role = 'admin')"
            ))
            .bind(&token[..])
            .bind(now)
            .fetch_optional(pool)
            .await?
        });
        let Some(row) = row else { return Ok(None) };
        let invitation = Invitation::try_from(row)?;
        let organization = self.organization(invitation.organization_id).await?;
        Ok(organization.map(|organization| (invitation, organization)))
    }

    /// Those that can still be used, the newest first.
    pub async fn invitations(
        &self,
        organization: OrganizationId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Invitation>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, InvitationRow>(concat!(
                "select ",
                invitation_columns!(),
                " from invitations \
                 where organization_id = $1 and used_at is null and expires_at > $2 \
                 order by created_at desc, id desc"
            ))
            .bind(organization.0)
            .bind(now)
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(Invitation::try_from).collect()
    }

    /// False when there is no such invitation or somebody has used it.
    pub async fn revoke_invitation(
        &self,
        organization: OrganizationId,
        id: InvitationId,
    ) -> Result<bool, StoreError> {
        Ok(change!(self, |pool| {
            sqlx::query(
                "delete from invitations \
                 where organization_id = $1 and id = $2 and used_at is null",
            )
            .bind(organization.0)
            .bind(id.0)
            .execute(pool)
            .await?
            .rows_affected()
                == 1
        }))
    }
}
