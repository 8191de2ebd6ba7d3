//! A question that people have, its answer in a sentence, and the figures behind it.

use super::plot::{Column, Plot, Tone};
use super::words;
use domain::analytics::Table;

#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    pub id: &'static str,
    pub question: &'static str,
    pub answer: String,
    pub figures: Vec<Figure>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Whose CSV has the same numbers.
    pub table: Table,
    pub title: &'static str,
    /// What there is to see, for those who cannot.
    pub says: String,
    /// What stands in the first column.
    pub head: &'static str,
    pub plot: Plot,
    /// Takes the room of two.
    pub wide: bool,
}

/// Counts in one colour; where all of them are nothing, no colour is spent on them.
pub fn counts(name: &'static str, tone: Tone, counts: impl Iterator<Item = u64> + Clone) -> Column {
    if counts.clone().all(|count| count == 0) {
        return numbers(name, counts);
    }
    Column::drawn(name, tone, counts.map(|it| Some(it as f64)), words::count)
}

/// Counts that the table has.
pub fn numbers(name: &'static str, counts: impl Iterator<Item = u64>) -> Column {
    Column::said(name, counts.map(words::number))
}

/// "A, B and C".
pub fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => t!("{before} and {last}", before = before.join(", "), last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_sentences() {
        let parts = ["A", "B", "C"].map(str::to_owned);
        assert_eq!(listed(&parts[..0]), "");
        assert_eq!(listed(&parts[..1]), "A");
        assert_eq!(listed(&parts[..2]), "A and B");
        assert_eq!(listed(&parts), "A, B and C");
    }

    #[test]
    fn what_never_happened_has_no_colour() {
        let none = counts("Failed", Tone::Bad, [0, 0].into_iter());
        assert_eq!((none.tone, none.text(1)), (None, "0"));
        let some = counts("Failed", Tone::Bad, [0, 2].into_iter());
        assert_eq!((some.tone, some.text(1)), (Some(Tone::Bad), "2"));
    }
}
