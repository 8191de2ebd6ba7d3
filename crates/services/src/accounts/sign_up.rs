//! How accounts come about: the first one, those that are invited, and those that the operator adds.

use super::{Accounts, Client};
use crate::error::{Error, Result};
use crate::secret;
use domain::{
    AgentConfiguration, EmailAddress, MailDomain, NewPassword, Organization, OrganizationId,
    OrganizationName, PersonName, Preferences, Role, SignUpPolicy, User, UserId, WorkflowTemplate,
    shipped,
};
use store::{Accepted, Created, Founded, Founding, NewMember};

const CLOSED: Error = Error::Forbidden("Signing up needs an invitation: ask an admin for a link.");

pub(super) const SHUT: Error =
    Error::Forbidden("Signing up is closed: an admin can open it again.");

/// How somebody without an invitation signs up.
#[derive(Clone, Debug, PartialEq)]
pub enum SignUpOffer {
    /// The first account makes its organization.
    First,
    /// They join this organization.
    Open(Box<Organization>),
    ByInvitation,
    /// Not with an invitation either.
    Closed,
}

/// Somebody new.
#[derive(Clone, Default)]
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: String,
    /// The secret of an invitation's link; without one, the first account is made, or the only
    /// organization is joined where it lets people.
    pub invitation: Option<String>,
    /// What the first account's organization is called.
    pub organization_name: Option<String>,
}

impl Accounts {
    pub(super) async fn enroll(&self, client: &Client, form: SignUp) -> Result<User> {
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
            None => match self.sign_up_offer().await? {
                SignUpOffer::Open(joined) => {
                    self.join_openly(&joined, name, email, &password).await
                }
                SignUpOffer::Closed => Err(SHUT),
                SignUpOffer::First | SignUpOffer::ByInvitation => {
                    self.found_first(organization, name, email, &password).await
                }
            },
        }
    }

    /// What whoever comes without an invitation may do.
    pub async fn sign_up_offer(&self) -> Result<SignUpOffer> {
        if !self.store.has_users().await? {
            return Ok(SignUpOffer::First);
        }
        // With several it would not be clear which one they mean to join.
        let only = self.store.only_organization().await?;
        Ok(match only {
            Some(only) if only.sign_up == SignUpPolicy::Open => SignUpOffer::Open(Box::new(only)),
            Some(only) if only.sign_up == SignUpPolicy::Closed => SignUpOffer::Closed,
            _ => SignUpOffer::ByInvitation,
        })
    }

    /// Without an invitation, as a user.
    async fn join_openly(
        &self,
        organization: &Organization,
        name: PersonName,
        email: EmailAddress,
        password: &NewPassword,
    ) -> Result<User> {
        admitted(organization, &email)?;
        let user = self.new_user(organization.id, name, email, Role::User);
        let hash = self.passwords.hash(password.expose()).await?;
        match self.store.create_account(&user, &hash).await? {
            Created::Yes => {
                let action = "account.sign_up";
                self.audit.record_of(&user, action, user.id, "").await?;
                Ok(user)
            }
            Created::EmailTaken => Err(taken()),
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
        let id = OrganizationId(self.clock.new_id());
        let organization = Organization::founded(id, organization, self.clock.now());
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
            Founded::Yes => {
                if only_as_first {
                    let action = "account.sign_up";
                    self.audit.record_of(&admin, action, admin.id, "").await?;
                } else {
                    self.audit.record_of_operator("members.add", &admin).await?;
                }
                Ok(admin)
            }
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
        let Some((invitation, organization)) = self.store.invitation(&token, now).await? else {
            return Err(used_up());
        };
        if organization.sign_up == SignUpPolicy::Closed {
            return Err(SHUT);
        }
        admitted(&organization, &email)?;
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
            Accepted::User(user) => {
                let (action, role) = ("invitations.use", user.role);
                self.audit
                    .record_of(&user, action, invitation.id, role)
                    .await?;
                Ok(user)
            }
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
            Created::Yes => {
                self.audit.record_of_operator("members.add", &user).await?;
                Ok(user)
            }
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
}

fn admitted(organization: &Organization, email: &EmailAddress) -> Result<()> {
    if organization.admits(email) {
        return Ok(());
    }
    let domains = organization.mail_domains.iter().map(MailDomain::as_str);
    let domains = domains.collect::<Vec<_>>().join(", ");
    Err(Error::Invalid {
        field: "email",
        message: format!("Only these mail addresses may sign up: {domains}."),
    })
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
