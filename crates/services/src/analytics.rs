//! What an organization's use came to: every member sees its figures, admins also whose they are.

use crate::access::Member;
use crate::clock::Clock;
use crate::error::Result;
use domain::analytics::Figures;
use std::sync::Arc;
use store::Store;

#[derive(Clone)]
pub struct Analytics {
    store: Store,
    clock: Arc<dyn Clock>,
}

/// Which figures, as it is typed; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct AnalyticsForm {
    /// The first day, like 2026-11-28, in UTC; else 30 days are shown.
    pub from: String,
    /// The last day; else today.
    pub to: String,
    /// `hour`, for a week at most and not for one person, or `day`; else what suits the period.
    pub interval: String,
    pub workflow: String,
    pub agent: String,
    pub model: String,
    /// A person's id; for admins.
    pub user: String,
}

impl Analytics {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    pub async fn read(&self, member: &Member, form: AnalyticsForm) -> Result<Figures> {
        let _ = (&self.store, &self.clock, member, form);
        unimplemented!()
    }
}
