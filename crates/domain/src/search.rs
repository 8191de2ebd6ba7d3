//! What people look for: words, of which the last may be the beginning of one; and where these
//! stand in a text, so that whoever shows it can mark them.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A part of a text that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    pub text: String,
    /// It is what was looked for.
    pub hit: bool,
}

/// At least one word; letters and digits only, as they were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchWords {
    whole: Vec<String>,
    beginning: String,
}

impl SearchWords {
    /// Further words do not matter.
    const MOST: usize = 12;
    /// In characters. No text is longer than what people type into one line.
    const LONGEST: usize = 200;

    /// `None` when there is no word in it.
    pub fn of(text: &str) -> Option<Self> {
        let text: String = text.chars().take(Self::LONGEST).collect();
        let words = words(&text).into_iter().take(Self::MOST);
        let mut whole: Vec<String> = words.map(|word| text[word].to_owned()).collect();
        let beginning = whole.pop()?;
        Some(Self { whole, beginning })
    }

    pub fn whole(&self) -> &[String] {
        &self.whole
    }

    pub fn beginning(&self) -> &str {
        &self.beginning
    }

    /// All of a text on one line.
    pub fn marked(&self, text: &str) -> Vec<Fragment> {
        fragments(text, 0..text.len(), &self.hits(text))
    }

    /// What stands around the first hit, or how the text begins.
    pub fn excerpt(&self, text: &str) -> Vec<Fragment> {
        const BEFORE: usize = 32;
        const LENGTH: usize = 140;
        let text = plain(text);
        let hits = self.hits(&text);
        let hit = hits.first().cloned().unwrap_or(0..0);
        let before = text[..hit.start].char_indices().rev().nth(BEFORE);
        let from = before.map_or(0, |(at, _)| {
            let space = text[at..hit.start].find(' ');
            space.map_or(at, |space| at + space + 1)
        });
        let end = text[from..].char_indices().nth(LENGTH);
        let to = end.map_or(text.len(), |(length, _)| {
            let space = text[..from + length].rfind(' ');
            space.filter(|at| *at >= hit.end).unwrap_or(from + length)
        });
        let mut shown = fragments(&text, from..to, &hits);
        let quiet = |text: &str| Fragment {
            text: text.to_owned(),
            hit: false,
        };
        if from > 0 {
            shown.insert(0, quiet("… "));
        }
        if to < text.len() {
            shown.push(quiet(" …"));
        }
        shown
    }

    fn hits(&self, text: &str) -> Vec<Range<usize>> {
        let whole: Vec<String> = self.whole.iter().map(|word| word.to_lowercase()).collect();
        let beginning = self.beginning.to_lowercase();
        let is_hit = |word: &Range<usize>| {
            let word = text[word.clone()].to_lowercase();
            word.starts_with(&beginning) || whole.contains(&word)
        };
        words(text).into_iter().filter(is_hit).collect()
    }
}

/// Where the words of a text stand, in bytes.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

/// On one line, without the signs that Markdown is made of.
fn plain(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.trim_start_matches(['#', '>', ' ']));
    let text: String = lines
        .flat_map(|line| line.chars().chain([' ']))
        .filter(|c| !matches!(c, '*' | '`' | '|') && (!c.is_control() || c.is_whitespace()))
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts that part of a text where hits begin and end. A hit that is cut itself is shown as far.
fn fragments(text: &str, part: Range<usize>, hits: &[Range<usize>]) -> Vec<Fragment> {
    let mut shown = Vec::new();
    let mut at = part.start;
    let mut show = |from: usize, to: usize, hit: bool| {
        if from < to {
            shown.push(Fragment {
                text: text[from..to].to_owned(),
                hit,
            });
        }
    };
    for hit in hits {
        let (start, end) = (hit.start.max(at), hit.end.min(part.end));
        if start < end {
            show(at, start, false);
            show(start, end, true);
            at = end;
        }
    }
    show(at, part.end, false);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hits in brackets.
    fn shown(fragments: &[Fragment]) -> String {
        let shown = fragments.iter().map(|it| {
            if it.hit {
                format!("[{}]", it.text)
            } else {
                it.text.clone()
            }
        });
        shown.collect()
    }

    #[test]
    fn words_are_what_is_left_of_a_text_without_signs() {
        for (text, whole, beginning) in [
            ("team", vec![], "team"),
            (
                " \"Node.js\" OR it's 3% ",
                vec!["Node", "js", "OR", "it", "s"],
                "3",
            ),
            ("日本 Über-", vec!["日本"], "Über"),
        ] {
            let words = SearchWords::of(text).unwrap();
            assert_eq!(
                (words.whole(), words.beginning()),
                (
                    &whole.iter().map(ToString::to_string).collect::<Vec<_>>()[..],
                    beginning
                )
            );
        }
        for text in ["", " ", "\"*\" -(&|!) \0"] {
            assert_eq!(SearchWords::of(text), None, "{text:?}");
        }
        let many = SearchWords::of(&"x ".repeat(5_000)).unwrap();
        assert_eq!(many.whole().len(), 11);
        let long = SearchWords::of(&"x".repeat(5_000)).unwrap();
        assert_eq!(long.beginning().len(), 200);
    }

    #[test]
    fn hits_are_whole_words_and_what_begins_like_the_last() {
        let words = SearchWords::of("TEAM prod").unwrap();
        for (text, expected) in [
            ("Team productivity", "[Team] [productivity]"),
            ("A teammate, a product.", "A teammate, a [product]."),
            ("team-<b>prod</b>", "[team]-<b>[prod]</b>"),
            ("nothing", "nothing"),
            ("", ""),
        ] {
            assert_eq!(shown(&words.marked(text)), expected);
        }
    }

    #[test]
    fn an_excerpt_stands_around_the_first_hit() {
        let words = SearchWords::of("list").unwrap();
        for (text, expected) in [
            (
                "## Three steps\n\nStart with **one** `list`.",
                "Three steps Start with one [list].",
            ),
            ("Nothing of it", "Nothing of it"),
            ("", ""),
        ] {
            assert_eq!(shown(&words.excerpt(text)), expected);
        }
        let long = format!("{} list {}", "before ".repeat(40), "ünd ".repeat(80));
        let excerpt = shown(&words.excerpt(&long));
        assert!(excerpt.starts_with("… before "), "{excerpt}");
        assert!(excerpt.contains(" [list] ünd"), "{excerpt}");
        assert!(excerpt.ends_with("ünd …"), "{excerpt}");
        assert!(excerpt.chars().count() < 160, "{excerpt}");
        let one_word = SearchWords::of("x").unwrap().excerpt(&"x".repeat(500));
        assert_eq!(shown(&one_word), format!("[{}] …", "x".repeat(140)));
    }
}
