//! The audit trail: how lines come into it, and how admins read and export it.

use crate::access::{Admin, Member};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::listing::{Part, wrong_cursor};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use domain::audit::GROUPS;
use domain::user::Invalid;
use domain::{AuditEntry, AuditEntryId, OrganizationId, Page, User, UserId};
use std::sync::Arc;
use store::{AuditFilter, Store};
use tokio_util::task::TaskTracker;

/// How many entries an export reads at a time.
const AT_ONCE: u32 = 500;

#[derive(Clone)]
pub struct Audit {
    store: Store,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
}

/// Which entries, as it is typed; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct AuditForm {
    /// One of [`GROUPS`].
    pub group: String,
    /// A person's id.
    pub person: String,
    /// The first day, like 2026-11-28, in UTC.
    pub from: String,
    /// The last day.
    pub to: String,
}

impl Audit {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            tasks: TaskTracker::new(),
        }
    }

    /// What a member did, with the name that its subject has or what became of it.
    pub(crate) async fn record(
        &self,
        by: &Member,
        action: &str,
        subject: impl ToString,
        detail: impl ToString,
    ) -> Result<()> {
        self.record_of(by.user(), action, subject, detail).await
    }

    /// The same where nobody has come in yet.
    pub(crate) async fn record_of(
        &self,
        by: &User,
        action: &str,
        subject: impl ToString,
        detail: impl ToString,
    ) -> Result<()> {
        let entry = AuditEntry {
            detail: detail.to_string(),
            ..line(&*self.clock, by, action, subject)
        };
        Ok(self.store.record(&entry).await?)
    }

    /// Written beside the answer: how long that takes does not tell who has an account.
    pub(crate) fn record_meanwhile(&self, of: User, action: &'static str) {
        let audit = self.clone();
        self.tasks.spawn(async move {
            if let Err(error) = audit.record_of(&of, action, of.id, "").await {
                tracing::error!(%error, action, "the audit trail misses a line");
            }
        });
    }

    /// What the operator did at the terminal with that person's account.
    pub(crate) async fn record_of_operator(&self, action: &str, to: &User) -> Result<()> {
        let entry = AuditEntry {
            user_id: None,
            actor_name: "The operator".to_owned(),
            detail: to.name.to_string(),
            ..line(&*self.clock, to, action, to.id)
        };
        Ok(self.store.record(&entry).await?)
    }

    /// The latest first.
    pub async fn page(
        &self,
        admin: &Admin,
        form: AuditForm,
        part: &Part,
    ) -> Result<Page<AuditEntry>> {
        let before = part.cursor.as_deref().map(str::parse).transpose();
        let before: Option<AuditEntryId> = before.map_err(|_| wrong_cursor())?;
        let size = part.size()?;
        let mut items = self
            .store
            .audit_entries(organization(admin), &form.read()?, before, size + 1)
            .await?;
        let more = items.len() > size as usize;
        items.truncate(size as usize);
        let next_cursor = items
            .last()
            .filter(|_| more)
            .map(|entry| entry.id.to_string());
        Ok(Page { items, next_cursor })
    }

    /// All of them, many at a time: those after `last`, none at the end.
    pub async fn export(
        &self,
        admin: &Admin,
        form: &AuditForm,
        last: Option<AuditEntryId>,
    ) -> Result<Vec<AuditEntry>> {
        let filter = form.clone().read()?;
        if last.is_none() {
            self.record(admin.member(), "organization.export_audit", "", "")
                .await?;
        }
        let organization = organization(admin);
        Ok(self
            .store
            .audit_entries(organization, &filter, last, AT_ONCE)
            .await?)
    }
}

/// A line without a detail.
pub(crate) fn line(
    clock: &dyn Clock,
    by: &User,
    action: &str,
    subject: impl ToString,
) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId(clock.new_id()),
        organization_id: by.organization_id,
        user_id: Some(by.id),
        actor_name: by.name.to_string(),
        action: action.to_owned(),
        subject: subject.to_string(),
        detail: String::new(),
        created_at: clock.now(),
    }
}

fn organization(admin: &Admin) -> OrganizationId {
    admin.member().user().organization_id
}

impl AuditForm {
    fn read(self) -> Result<AuditFilter> {
        let set = |text: String| Some(text).filter(|text| !text.is_empty());
        let group = set(self.group);
        if group
            .as_deref()
            .is_some_and(|group| !GROUPS.contains(&group))
        {
            return Err(Invalid::new("group", "there is no such group of actions").into());
        }
        let person = set(self.person).map(|id| id.parse::<UserId>()).transpose();
        let days = [("from", self.from, 0), ("to", self.to, 1)];
        let [from, until] = days.map(|(field, day, after)| {
            let day = set(day).map(|day| midnight(&day, after).ok_or_else(|| no_day(field)));
            day.transpose()
        });
        Ok(AuditFilter {
            group,
            user_id: person.map_err(|_| Invalid::new("person", "this is no person's id"))?,
            from: from?,
            until: until?,
        })
    }
}

/// The beginning of the day that comes so many days after that one.
fn midnight(day: &str, after: u64) -> Option<DateTime<Utc>> {
    let day: NaiveDate = day.parse().ok()?;
    // Times of other years do not sort as texts, which is how one of the databases keeps them.
    let is_usual = (1970..=9998).contains(&chrono::Datelike::year(&day));
    let day = day.checked_add_days(Days::new(after))?;
    is_usual.then(|| day.and_time(NaiveTime::MIN).and_utc())
}

fn no_day(field: &'static str) -> Error {
    Invalid::new(field, "write a day like 2026-11-28").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(field: &str, text: &str) -> AuditForm {
        let text = text.to_owned();
        let mut form = AuditForm::default();
        match field {
            "group" => form.group = text,
            "person" => form.person = text,
            "from" => form.from = text,
            _ => form.to = text,
        }
        form
    }

    #[test]
    fn days_are_whole_and_the_last_one_counts() {
        let read = |field, day| form(field, day).read().unwrap();
        let from = read("from", "2026-11-28").from.unwrap();
        assert_eq!(from.to_rfc3339(), "2026-11-28T00:00:00+00:00");
        let until = read("to", "2026-12-31").until.unwrap();
        assert_eq!(until.to_rfc3339(), "2027-01-01T00:00:00+00:00");
        assert_eq!(AuditForm::default().read().unwrap(), AuditFilter::default());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_field() {
        for (field, text) in [
            ("group", "everything"),
            ("group", "a%"),
            ("person", "ada"),
            ("from", "28.11.2026"),
            ("from", "0001-01-01"),
            ("to", "2026-02-30"),
            ("to", "9999-12-31"),
        ] {
            match form(field, text).read() {
                Err(Error::Invalid { field: told, .. }) => assert_eq!(told, field),
                other => panic!("{field} {text}: {other:?}"),
            }
        }
    }
}
