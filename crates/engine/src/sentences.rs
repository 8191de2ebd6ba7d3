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
        let ends = matches!(previous, '.' | '!' | '?' | '。') && c == ' ';
        if ends && ends_a_sentence(&line[start..at]) {
            push(&line[start..at], sentences);
            start = at;
        }
        previous = c;
    }
    push(&line[start..], sentences);
}

/// Not after a single letter (`e. g.`) nor after a list number at the start of the line.
fn ends_a_sentence(text: &str) -> bool {
    let text = text.trim();
    let last_word = text.rsplit(' ').next().unwrap_or_default();
    let word = last_word.trim_end_matches(['.', '!', '?', '。']);
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let single_letter = letters == 1 && word.chars().count() == 1;
    let list_number = letters == 0 && !text.contains(' ');
    !single_letter && !list_number
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
                "We are 12. That is 3 %. So?",
                vec!["We are 12.", "That is 3 %.", "So?"],
            ),
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
