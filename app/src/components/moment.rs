//! A point in time: in UTC as the server writes it, in the reader's time zone once scripts run.

use chrono::{DateTime, Duration, Utc};
use leptos::prelude::*;
use leptos::web_sys::js_sys::Date;

#[component]
pub fn Moment(at: DateTime<Utc>) -> impl IntoView {
    let text = RwSignal::new(format!("{} UTC", written(at)));
    Effect::new(move |_| text.set(written(at - local_offset(at))));
    view! {
        <time datetime=at.to_rfc3339() class="tabular-nums">
            {text}
        </time>
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M").to_string()
}

/// How far UTC is ahead of the reader's clock at that time.
fn local_offset(at: DateTime<Utc>) -> Duration {
    let date = Date::new(&(at.timestamp() as f64 * 1000.0).into());
    Duration::minutes(date.get_timezone_offset() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_date() {
        let at = DateTime::from_timestamp(1_788_000_000, 0).expect("in range");
        assert_eq!(written(at), "29 Aug 2026, 10:40");
    }
}
