//! The SIM format: exactly four numbered lines.

use std::fmt::Write;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimError {
    #[error("expected four numbered lines, found {0}")]
    Count(usize),
    #[error("line {0} is empty")]
    Empty(usize),
}

/// The four lines without their numbers. Accepts `1.`, `1)`, `1:` with markdown emphasis around
/// them, continuation lines, and text before the first and after a blank line behind the last.
pub fn parse(text: &str) -> Result<[String; 4], SimError> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for raw in text.lines() {
        let line = raw.trim();
        match numbered(line) {
            Some((number, rest)) if number == lines.len() + 1 => {
                lines.push(rest.to_owned());
                open = true;
            }
            // A number out of turn starts something else, for example a second list.
            Some(_) => return Err(SimError::Count(lines.len() + 1)),
            None if line.is_empty() => open = false,
            None if open => {
                if let Some(last) = lines.last_mut() {
                    last.push(' ');
                    last.push_str(line);
                }
            }
            None => {}
        }
    }
    exactly_four(lines)
}

/// Checks lines that came without numbers.
pub fn exactly_four(lines: Vec<String>) -> Result<[String; 4], SimError> {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| strip_number(line.trim()).to_owned())
        .collect();
    if let Some(empty) = lines.iter().position(|line| line.is_empty()) {
        return Err(SimError::Empty(empty + 1));
    }
    lines
        .try_into()
        .map_err(|lines: Vec<String>| SimError::Count(lines.len()))
}

/// The form that is shown and stored.
pub fn render(lines: &[String]) -> String {
    let mut text = String::new();
    for (n, line) in lines.iter().enumerate() {
        let newline = if n == 0 { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{newline}{}. {line}", n + 1);
    }
    text
}

fn strip_number(line: &str) -> &str {
    match numbered(line) {
        Some((1..=4, rest)) if !rest.is_empty() => rest,
        _ => line,
    }
}

/// `**2.** text` -> (2, "text")
fn numbered(line: &str) -> Option<(usize, &str)> {
    let line = line.trim_start_matches(['*', '_', '#', '-', '>', ' ']);
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 || digits > 2 {
        return None;
    }
    let number = line[..digits].parse().ok()?;
    let rest = line[digits..].trim_start_matches(['*', '_']);
    let rest = rest.strip_prefix(['.', ')', ':'])?;
    // `1.5 million` is a figure, not a numbered line.
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((number, rest.trim_start_matches(['*', '_']).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_and_refuses() {
        let abcd = ["a", "b", "c", "d"].map(str::to_owned);
        for text in [
            "1. a\n2. b\n3. c\n4. d",
            "Here you are:\n\n1) a\n2) b\n\n3) c\n4) d\n\nI hope this is of use.",
            "**1.** a\r\n**2.** b\r\n**3.** c\r\n**4.** d",
            "  1. a\n  2. b\n  3. c\n  4. d\n",
        ] {
            assert_eq!(parse(text), Ok(abcd.clone()), "{text:?}");
        }
        assert_eq!(
            parse("1. a\nb\n2. 1.5 c\n3. d\n4. e").unwrap(),
            ["a b", "1.5 c", "d", "e"].map(str::to_owned)
        );
        for (text, error) in [
            ("", SimError::Count(0)),
            ("1. a\n2. b\n3. c", SimError::Count(3)),
            ("1. a\n2. b\n3. c\n4. d\n5. e", SimError::Count(5)),
            ("1. a\n2. \n3. c\n4. d", SimError::Empty(2)),
            ("1. a\n3. b\n2. c\n4. d", SimError::Count(2)),
        ] {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC*|[0-9*.): \n]{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn reads_what_it_writes(lines in proptest::array::uniform4("[a-zA-Zäöü][a-z ,;äöü]{0,40}[a-z]")) {
            prop_assert_eq!(parse(&render(&lines)), Ok(lines));
        }
    }
}
