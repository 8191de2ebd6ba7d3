//! Numbers in words: units and a sensible precision, the same on every page.
//! What is counted, and when, is decided by whoever shows it.

use crate::texts;
use domain::Cost;

/// "14.2 s", from two minutes on "2 min 14 s".
pub fn seconds(ms: u64) -> String {
    if ms < 120_000 {
        t!("{seconds} s", seconds = tenths(ms as f64 / 1000.0))
    } else {
        whole_seconds(ms / 1000)
    }
}

/// For a clock that ticks: "14 s", from two minutes on "2 min 14 s".
pub fn whole_seconds(seconds: u64) -> String {
    if seconds < 120 {
        t!("{seconds} s", seconds)
    } else {
        t!(
            "{minutes} min {seconds} s",
            minutes = seconds / 60,
            seconds = seconds % 60
        )
    }
}

/// "812 tokens", from a thousand on "12.4 k tokens".
pub fn tokens(count: u64) -> String {
    match count {
        0..1000 => plural!(count, "1 token", "{count} tokens"),
        1000..999_950 => t!("{count} k tokens", count = tenths(count as f64 / 1e3)),
        _ => t!("{count} M tokens", count = tenths(count as f64 / 1e6)),
    }
}

/// "$0.03"; what is not known is not shown as nothing.
pub fn cost(cost: Cost) -> String {
    match cost.as_micros() {
        None => t!("cost unknown").to_owned(),
        Some(0) => "$0.00".to_owned(),
        Some(..10_000) => t!("under $0.01").to_owned(),
        Some(micros) => format!("${:.2}", micros as f64 / 1e6),
    }
}

/// "8.7", of ten.
pub fn score(score: f64) -> String {
    tenths(score)
}

fn tenths(number: f64) -> String {
    format!("{number:.1}")
}

/// "Six" at the beginning of a sentence; figures above twelve.
pub fn number_word(count: usize) -> String {
    const WORDS: [&str; 13] = [
        marked!("No"),
        marked!("One"),
        marked!("Two"),
        marked!("Three"),
        marked!("Four"),
        marked!("Five"),
        marked!("Six"),
        marked!("Seven"),
        marked!("Eight"),
        marked!("Nine"),
        marked!("Ten"),
        marked!("Eleven"),
        marked!("Twelve"),
    ];
    WORDS
        .get(count)
        .map_or_else(|| count.to_string(), |word| texts::of(word).to_owned())
}

/// "32,000".
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_units_and_a_sensible_precision() {
        for (shown, expected) in [
            (seconds(0), "0.0 s"),
            (seconds(14_230), "14.2 s"),
            (seconds(134_900), "2 min 14 s"),
            (whole_seconds(119), "119 s"),
            (tokens(1), "1 token"),
            (tokens(812), "812 tokens"),
            (tokens(12_420), "12.4 k tokens"),
            (tokens(999_949), "999.9 k tokens"),
            (tokens(999_950), "1.0 M tokens"),
            (cost(Cost::UNKNOWN), "cost unknown"),
            (cost(Cost::micros(0)), "$0.00"),
            (cost(Cost::micros(40)), "under $0.01"),
            (cost(Cost::micros(31_000)), "$0.03"),
            (score(8.7), "8.7"),
            (score(10.0), "10.0"),
            (number_word(6), "Six"),
            (number_word(13), "13"),
            (grouped(7), "7"),
            (grouped(32_000), "32,000"),
            (grouped(1_234_567), "1,234,567"),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
