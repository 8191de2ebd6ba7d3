//! The audit trail, for admins.

use super::{Exchange, Refused};
use domain::{AuditEntry, Page};
use leptos::prelude::*;

/// The latest first; what is empty does not matter. `cursor` is the previous page's `next_cursor`.
#[server(ReadAudit, protocol = Exchange)]
pub async fn audit(
    #[server(default)] group: String,
    #[server(default)] person: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] cursor: Option<String>,
) -> Result<Page<AuditEntry>, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let form = services::AuditForm {
        group,
        person,
        from,
        to,
    };
    let part = services::Part {
        cursor,
        limit: None,
    };
    Ok(services.audit.page(&admin, form, &part).await?)
}
