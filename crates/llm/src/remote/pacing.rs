//! How long a provider asks to be left alone, read from the headers of its answer. Times of day
//! are measured against the answer's own date, so that no clock needs to be right.

use outbound::HeaderMap;
use std::time::{Duration, SystemTime};

/// What may be used up, and the headers that say how much of it is left and when there is more:
/// OpenAI's, which many others send too, then Anthropic's.
const LIMITS: [(&str, &str); 6] = [
    (
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    (
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    (
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
];

/// `retry-after-ms`, or `Retry-After` in seconds or as a date, or else until there is more of
/// everything that is used up.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = text(headers, "retry-after-ms")
        .and_then(seconds)
        .map(|wait| wait / 1000)
        .or_else(|| text(headers, "retry-after").and_then(seconds));
    let until = || {
        let until = httpdate::parse_http_date(text(headers, "retry-after")?).ok()?;
        Some(until.duration_since(date(headers)?).unwrap_or_default())
    };
    asked.or_else(until).or_else(|| used_up(headers))
}

fn used_up(headers: &HeaderMap) -> Option<Duration> {
    let waits = LIMITS.iter().filter_map(|(left, reset)| {
        let left: f64 = text(headers, left)?.trim().parse().ok()?;
        let reset = text(headers, reset).filter(|_| left < 1.0)?.trim();
        let until = || {
            let until = chrono::DateTime::parse_from_rfc3339(reset).ok()?;
            let until = SystemTime::from(until);
            Some(until.duration_since(date(headers)?).unwrap_or_default())
        };
        units(reset).or_else(until)
    });
    waits.max()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The answer's own.
fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(text(headers, "date")?).ok()
}

pub(super) fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.trim().parse().ok()?).ok()
}

/// `20ms`, `6m0s`, `1h2m3.5s`; a bare number is seconds.
fn units(text: &str) -> Option<Duration> {
    if let Some(wait) = seconds(text) {
        return Some(wait);
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|it: char| it != '.' && !it.is_ascii_digit())?;
        let (number, after) = rest.split_at(end);
        let length = after
            .find(|it: char| it.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(length);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        let part = Duration::try_from_secs_f64(number * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_providers_write_them() {
        for (text, millis) in [
            ("1s", Some(1_000)),
            ("20ms", Some(20)),
            ("6m0s", Some(360_000)),
            ("1h2m3.5s", Some(3_723_500)),
            ("1.5", Some(1_500)),
            ("7.66s", Some(7_660)),
            ("", None),
            ("soon", None),
            ("5 s", None),
            ("-1s", None),
            ("1e400d", None),
            ("99999999999999999999d", None),
        ] {
            let read = units(text).map(|wait| wait.as_millis());
            assert_eq!(read, millis, "{text:?}");
        }
    }
}
