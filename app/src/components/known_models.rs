//! The models that fields for a model's name suggest.

use crate::state::ModelStatus;
use leptos::prelude::*;

/// The list `models`. Suggestions only: a provider may offer models that this server has not heard of.
#[component]
pub fn KnownModels() -> impl IntoView {
    let models = match use_context::<ModelStatus>().unwrap_or_default() {
        ModelStatus::Connected(names) => names,
        ModelStatus::Demonstration | ModelStatus::None => Vec::new(),
    };
    view! {
        <datalist id="models">
            {models
                .into_iter()
                .filter(|name| name.contains('/'))
                .map(|name| view! { <option value=name></option> })
                .collect_view()}
        </datalist>
    }
}
