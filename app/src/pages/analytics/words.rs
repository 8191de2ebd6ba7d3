//! What is counted here, in words: shares, money that is partly unknown, short times and days.

use crate::components::figures;
use chrono::{DateTime, NaiveDate, Utc};
use domain::Cost;
use domain::analytics::{Interval, Money};

/// 0-1; `None` of nothing.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// "71 %", below one "0.3 %".
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// "1,204".
pub fn number(count: u64) -> String {
    figures::grouped(count)
}

/// As values of charts are.
pub fn count(count: f64) -> String {
    number(count as u64)
}

/// "$0.03", "at least $0.03", "cost unknown".
pub fn money(money: Money) -> String {
    match (money.unpriced_calls, money.micros) {
        (0, _) => known(money),
        (_, 0) => t!("cost unknown").to_owned(),
        _ => t!("at least {cost}", cost = known(money)),
    }
}

/// Where there is little room: "$0.03", "≥ $0.03"; `None` where nothing is known.
pub fn money_in_short(money: Money) -> Option<String> {
    match (money.unpriced_calls, money.micros) {
        (0, _) => Some(known(money)),
        (_, 0) => None,
        _ => Some(format!("≥ {}", known(money))),
    }
}

fn known(money: Money) -> String {
    figures::cost(Cost::micros(money.micros))
}

/// "$0.03", of less than a cent "$0.0042": where small amounts are compared.
pub fn dollars(usd: f64) -> String {
    match usd {
        0.01.. => format!("${usd:.2}"),
        0.001.. => format!("${usd:.4}"),
        0.000_001.. => format!("${usd:.6}"),
        _ => "$0.00".to_owned(),
    }
}

/// "120 ms", "14.2 s".
pub fn time(ms: u64) -> String {
    if ms < 1000 {
        t!("{ms} ms", ms)
    } else {
        figures::seconds(ms)
    }
}

/// How long something may take: "200 ms", "12 s".
pub fn aim(ms: u64) -> String {
    if ms >= 1000 && ms.is_multiple_of(1000) {
        figures::whole_seconds(ms / 1000)
    } else {
        time(ms)
    }
}

/// Times in seconds, which charts have.
pub fn seconds(seconds: f64) -> String {
    time((seconds * 1000.0).round() as u64)
}

/// "14 Nov", "14 Nov, 09:00".
pub fn at(at: DateTime<Utc>, interval: Interval) -> String {
    let format = match interval {
        Interval::Day => "%-d %b",
        Interval::Hour => "%-d %b, %H:%M",
    };
    at.format(format).to_string()
}

/// "14 Nov 2026".
pub fn day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_precise_enough_and_say_what_is_unknown() {
        let of = |micros, unpriced_calls| Money {
            micros,
            unpriced_calls,
        };
        let paid = |micros, unpriced_calls| money(of(micros, unpriced_calls));
        let in_short =
            |micros, unpriced_calls| money_in_short(of(micros, unpriced_calls)).unwrap_or_default();
        for (shown, expected) in [
            (percent(0.714), "71 %"),
            (percent(0.003), "0.3 %"),
            (percent(0.0), "0 %"),
            (paid(31_000, 0), "$0.03"),
            (paid(31_000, 2), "at least $0.03"),
            (paid(0, 2), "cost unknown"),
            (paid(0, 0), "$0.00"),
            (in_short(31_000, 0), "$0.03"),
            (in_short(31_000, 2), "≥ $0.03"),
            (in_short(0, 2), ""),
            (dollars(0.034), "$0.03"),
            (dollars(0.004_21), "$0.0042"),
            (dollars(0.000_042), "$0.000042"),
            (dollars(0.0), "$0.00"),
            (time(120), "120 ms"),
            (time(14_230), "14.2 s"),
            (seconds(0.12), "120 ms"),
            (aim(200), "200 ms"),
            (aim(12_000), "12 s"),
        ] {
            assert_eq!(shown, expected);
        }
        assert_eq!(share(1, 0), None);
    }
}
