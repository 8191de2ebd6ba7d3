//! How long a run or an agent has been at it, in whole seconds. Only the browser has a clock that ticks.

use crate::components::figures;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use std::time::Duration;
use web_sys::js_sys::Date;

#[component]
pub fn Elapsed(since: DateTime<Utc>) -> impl IntoView {
    let shown = RwSignal::new(None::<u64>);
    Effect::new(move |_| {
        let tick = move || {
            let ms = Date::now() - since.timestamp_millis() as f64;
            // Two clocks are never quite the same.
            shown.set(Some((ms.max(0.0) / 1000.0) as u64));
        };
        tick();
        if let Ok(interval) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    });
    view! { <span class="tabular-nums">{move || shown.get().map(figures::whole_seconds)}</span> }
}
