//! The log of prompts, for admins of organizations that keep one. That somebody read it is on record.

use crate::access::Admin;
use crate::audit::Audit;
use crate::error::Result;
use crate::listing::{Part, wrong_cursor};
use chrono::DateTime;
use domain::{LoggedCall, Page, RunId};
use store::{LogPlace, Store};
use uuid::Uuid;

pub struct PromptLog {
    store: Store,
    audit: Audit,
}

impl PromptLog {
    pub(crate) fn new(store: Store, audit: Audit) -> Self {
        Self { store, audit }
    }

    /// The latest first.
    pub async fn page(&self, admin: &Admin, part: &Part) -> Result<Page<LoggedCall>> {
        let size = part.size()?;
        let cursor = part.cursor.as_deref();
        let before = cursor
            .map(|cursor| read_cursor(cursor).ok_or_else(wrong_cursor))
            .transpose()?;
        if before.is_none() {
            self.audit
                .record(admin.member(), "organization.read_prompts", "", "")
                .await?;
        }
        let organization = admin.member().user().organization_id;
        let mut items = self
            .store
            .logged_calls(organization, before, size + 1)
            .await?;
        let more = items.len() > size as usize;
        items.truncate(size as usize);
        let next_cursor = items.last().filter(|_| more).map(cursor_after);
        Ok(Page { items, next_cursor })
    }
}

/// Opaque to callers.
fn cursor_after(call: &LoggedCall) -> String {
    format!(
        "{:x}.{}.{:x}",
        call.finished_at.timestamp_micros(),
        call.run_id.0.simple(),
        call.position
    )
}

fn read_cursor(cursor: &str) -> Option<LogPlace> {
    let mut parts = cursor.splitn(3, '.');
    let micros = i64::from_str_radix(parts.next()?, 16).ok()?;
    Some(LogPlace {
        finished_at: DateTime::from_timestamp_micros(micros)?,
        run_id: RunId(Uuid::try_parse(parts.next()?).ok()?),
        position: u32::from_str_radix(parts.next()?, 16).ok()?,
    })
}
