//! How long ago there was activity, in the words of the list.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::web_sys::js_sys::Date;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Age {
    Today,
    Yesterday,
    Week,
    Older,
}

impl Age {
    /// Days begin that many minutes before they do in UTC.
    pub fn of(at: DateTime<Utc>, now: DateTime<Utc>, offset: i64) -> Self {
        let day = |time: DateTime<Utc>| (time.timestamp() + offset * 60).div_euclid(86_400);
        match day(now) - day(at) {
            ..=0 => Self::Today,
            1 => Self::Yesterday,
            2..=7 => Self::Week,
            _ => Self::Older,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Today => t!("Today"),
            Self::Yesterday => t!("Yesterday"),
            Self::Week => t!("Last 7 days"),
            Self::Older => t!("Older"),
        }
    }
}

/// In minutes: none as the server writes the page, the reader's own once scripts run.
pub fn local_offset() -> RwSignal<i64> {
    let offset = RwSignal::new(0);
    Effect::new(move |_| {
        let local = -Date::new_0().get_timezone_offset() as i64;
        if local != 0 {
            offset.set(local);
        }
    });
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_where_the_reader_is() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let now = time("2026-03-10T00:30:00Z");
        for (at, offset, age) in [
            ("2026-03-10T00:10:00Z", 0, Age::Today),
            ("2026-03-09T23:50:00Z", 0, Age::Yesterday),
            ("2026-03-09T23:50:00Z", 60, Age::Today),
            ("2026-03-10T00:10:00Z", -60, Age::Today),
            ("2026-03-08T23:50:00Z", -60, Age::Yesterday),
            ("2026-03-03T12:00:00Z", 0, Age::Week),
            ("2026-03-02T12:00:00Z", 0, Age::Older),
            // The clocks of two machines differ.
            ("2026-03-11T00:00:00Z", 0, Age::Today),
        ] {
            assert_eq!(Age::of(time(at), now, offset), age, "{at} {offset}");
        }
    }
}
