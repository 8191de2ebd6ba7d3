//! What the organization's use came to.

use super::{Exchange, Refused};
use domain::analytics::Figures;
use leptos::prelude::*;

/// As it stands in the page's address; what is empty does not matter.
#[server(ReadAnalytics, protocol = Exchange)]
pub async fn analytics(
    #[server(default)] days: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] workflow: String,
    #[server(default)] agent: String,
    #[server(default)] model: String,
    #[server(default)] user: String,
) -> Result<Figures, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let form = services::AnalyticsForm {
        days,
        from,
        to,
        interval: String::new(),
        workflow,
        agent,
        model,
        user,
    };
    Ok(services.analytics.read(&member, form).await?)
}
