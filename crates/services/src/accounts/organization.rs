//! The organization: what it is called, who may join it, and what its members' questions begin with.

use super::Accounts;
use crate::access::{Admin, Member};
use crate::error::{Error, Result};
use crate::quotas;
use domain::user::Invalid;
use domain::{
    MailDomain, ModelName, Organization, OrganizationId, OrganizationName, Quotas, SignUpPolicy,
    WorkflowId,
};
use store::OrganizationChange;

const GONE: Error = Error::NotFound("organization");
const MOST_REQUESTS: u32 = 1_000_000;
const MOST_DOMAINS: usize = 50;
/// A hundred years.
const MOST_DAYS: u32 = 36_500;

/// What admins may change; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct OrganizationForm {
    pub name: Option<String>,
    /// `Some(None)` leaves it to the server.
    pub requests_per_minute: Option<Option<u32>>,
    pub sign_up: Option<SignUpPolicy>,
    pub mail_domains: Option<Vec<String>>,
    /// `Some(None)` keeps conversations for good.
    pub retention_days: Option<Option<u32>>,
    pub log_prompts: Option<bool>,
    /// `Some(None)` leaves it to the server, here and below.
    pub default_workflow: Option<Option<WorkflowId>>,
    pub default_model: Option<Option<String>>,
    pub quotas: Option<Quotas>,
}

/// The same as a page sends it: every field, as text.
#[derive(Clone, Debug)]
pub struct OrganizationTexts {
    pub name: String,
    pub sign_up: SignUpPolicy,
    /// Between commas or spaces.
    pub mail_domains: String,
    pub default_workflow: String,
    pub default_model: String,
    pub requests_per_minute: String,
}

/// What is kept, as a page sends it.
#[derive(Clone, Debug)]
pub struct KeepingTexts {
    pub retention_days: String,
    pub log_prompts: bool,
}

/// Quotas as they are typed, money in dollars; what is empty has no limit.
#[derive(Clone, Debug, Default)]
pub struct QuotaTexts {
    pub member_requests: String,
    pub member_tokens: String,
    pub member_cost: String,
    pub organization_requests: String,
    pub organization_tokens: String,
    pub organization_cost: String,
}

impl Accounts {
    pub async fn organization(&self, member: &Member) -> Result<Organization> {
        let id = member.user().organization_id;
        self.store.organization(id).await?.ok_or(GONE)
    }

    pub async fn change_organization(
        &self,
        admin: &Admin,
        form: OrganizationForm,
    ) -> Result<Organization> {
        let member = admin.member();
        if form.sign_up.is_some() || form.mail_domains.is_some() {
            // Who may join is who belongs to the organization: no key decides it.
            member.in_person()?;
        } else if form.retention_days.is_some() || form.log_prompts.is_some() {
            // Nor what of everybody's is deleted, or read by others.
            member.in_person()?;
        } else {
            member.writing()?;
        }
        let change = form.read()?;
        let id = member.user().organization_id;
        if let Some(Some(workflow)) = &change.default_workflow {
            self.check_public(id, workflow).await?;
        }
        let now = self.clock.now();
        let changed = self.store.update_organization(id, &change, now).await?;
        let changed = changed.ok_or(GONE)?;
        let detail = detail(&change, &changed);
        self.audit
            .record(member, "organization.change", id, detail)
            .await?;
        Ok(changed)
    }

    pub async fn save_organization(
        &self,
        admin: &Admin,
        texts: OrganizationTexts,
    ) -> Result<Organization> {
        self.change_organization(admin, texts.read()?).await
    }

    pub async fn save_keeping(&self, admin: &Admin, texts: KeepingTexts) -> Result<Organization> {
        let days = Some(texts.retention_days.trim()).filter(|text| !text.is_empty());
        let days = days.map(|text| text.parse::<u32>()).transpose();
        let form = OrganizationForm {
            retention_days: Some(days.map_err(|_| no_days())?),
            log_prompts: Some(texts.log_prompts),
            ..OrganizationForm::default()
        };
        self.change_organization(admin, form).await
    }

    pub async fn save_quotas(&self, admin: &Admin, texts: QuotaTexts) -> Result<Organization> {
        let form = OrganizationForm {
            quotas: Some(texts.read()?),
            ..OrganizationForm::default()
        };
        self.change_organization(admin, form).await
    }

    /// Everybody has to be allowed to use it.
    async fn check_public(&self, organization: OrganizationId, id: &WorkflowId) -> Result<()> {
        let found = self.store.workflow(organization, id).await?;
        if found.is_some_and(|template| template.is_public) {
            return Ok(());
        }
        Err(Invalid::new(
            "default_workflow",
            "There is no such workflow, or it is not published.",
        )
        .into())
    }
}

impl OrganizationForm {
    fn read(self) -> Result<OrganizationChange> {
        check_rate(self.requests_per_minute.flatten())?;
        let days = self.retention_days.flatten();
        if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            return Err(no_days().into());
        }
        if let Some(quotas) = &self.quotas {
            quotas::check(quotas)?;
        }
        let domains = self.mail_domains.map(read_domains).transpose()?;
        let model = self.default_model.map(|model| {
            let model = model.map(|model| model.parse::<ModelName>());
            model.transpose().map_err(|error| Error::Invalid {
                field: "default_model",
                message: error.to_string(),
            })
        });
        Ok(OrganizationChange {
            name: self.name.map(OrganizationName::try_from).transpose()?,
            requests_per_minute: self.requests_per_minute,
            sign_up: self.sign_up,
            mail_domains: domains,
            retention_days: self.retention_days,
            log_prompts: self.log_prompts,
            default_workflow: self.default_workflow,
            default_model: model.transpose()?,
            quotas: self.quotas,
        })
    }
}

fn read_domains(texts: Vec<String>) -> Result<Vec<MailDomain>> {
    if texts.len() > MOST_DOMAINS {
        return Err(Invalid::new("mail_domains", "there are at most 50 domains").into());
    }
    let read: Result<Vec<_>, Invalid> = texts.into_iter().map(MailDomain::try_from).collect();
    Ok(read?)
}

impl OrganizationTexts {
    fn read(self) -> Result<OrganizationForm> {
        let set = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let rate = set(&self.requests_per_minute).map(|text| text.parse::<u32>());
        let domains = self.mail_domains.split([',', ';', ' ', '\n', '\t', '\r']);
        Ok(OrganizationForm {
            name: Some(self.name),
            sign_up: Some(self.sign_up),
            mail_domains: Some(domains.filter_map(set).collect()),
            default_workflow: Some(set(&self.default_workflow).map(WorkflowId::new)),
            default_model: Some(set(&self.default_model)),
            requests_per_minute: Some(rate.transpose().map_err(|_| no_rate())?),
            ..OrganizationForm::default()
        })
    }
}

pub(super) fn check_rate(requests_per_minute: Option<u32>) -> Result<()> {
    if requests_per_minute.is_none_or(|rate| (1..=MOST_REQUESTS).contains(&rate)) {
        return Ok(());
    }
    Err(no_rate().into())
}

/// What became of it, for the audit trail.
fn detail(change: &OrganizationChange, changed: &Organization) -> String {
    let mut detail = format!("sign-up {}", changed.sign_up.as_str());
    if change.retention_days.is_some() {
        detail.push_str(&match changed.retention_days {
            Some(days) => format!(", conversations kept for {days} days"),
            None => ", conversations kept for good".to_owned(),
        });
    }
    if change.log_prompts.is_some() {
        let log = if changed.log_prompts { "" } else { " not" };
        detail.push_str(&format!(", prompts{log} logged"));
    }
    detail
}

fn no_days() -> Invalid {
    Invalid::new(
        "retention_days",
        "conversations are kept for 1 to 36,500 days; empty keeps them for good",
    )
}

fn no_rate() -> Invalid {
    Invalid::new(
        "requests_per_minute",
        "requests_per_minute lies between 1 and 1,000,000",
    )
}
