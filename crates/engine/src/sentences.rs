//! Splits a draft into sentences, so that the judge can point at evidence by number.

/// In order; headings, list items and lines of code count as one sentence each.
pub fn split(draft: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut code = false;
    for line in draft.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            code = !code;
        } else if code && !line.is_empty() {
            sentences.push(line.to_owned());
        } else {
            split_line(line, &mut sentences);
        }
    }
    sentences
}

fn split_line(line: &str, sentences: &mut Vec<String>) {
    let mut start = 0;
    let mut previous = ' ';
    for (at, c) in line.char_indices() {
        // A full stop ends a sentence only after a word: `1. First` and `e. g.` stay whole.
        let ends = matches!(previous, '.' | '!' | '?' | '。') && c == ' ';
        if ends && ends_a_sentence(&line[start..at]) {
            push(&line[start..at], sentences);
            start = at;
        }
        previous = c;
    }
    push(&line[start..], sentences);
}

fn ends_a_sentence(text: &str) -> bool {
    let last_word = text.trim().rsplit(' ').next().unwrap_or_default();
    let letters = last_word.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 || (last_word.chars().count() > 3 && text.trim().contains(' '))
}

fn push(text: &str, sentences: &mut Vec<String>) {
    let text = text.trim();
    if text.chars().any(char::is_alphanumeric) {
        sentences.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits() {
        for (draft, expected) in [
            ("One. Two! Three?", vec!["One.", "Two!", "Three?"]),
            (
                "# Plan\n\n1. First do this. Then that.\n- item",
                vec!["# Plan", "1. First do this.", "Then that.", "- item"],
            ),
            (
                "It costs 1.5 million, e. g. here.",
                vec!["It costs 1.5 million, e. g. here."],
            ),
            (
                "```rust\nlet a = 1. + 2.;\n```\nDone.",
                vec!["let a = 1. + 2.;", "Done."],
            ),
            ("---\n\n", vec![]),
        ] {
            assert_eq!(split(draft), expected, "{draft:?}");
        }
    }
}
