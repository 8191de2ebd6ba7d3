//! Reading models' replies: lenient JSON extraction, and the text of one field while it streams.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The JSON object in a reply: bare, in a code fence, or with talk around it.
pub fn json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let text = text.trim();
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    let mut first_error = None;
    for (start, _) in text.match_indices('{').take(8) {
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => match serde_json::from_value(value) {
                Ok(value) => return Ok(value),
                Err(error) => first_error.get_or_insert(error.to_string()),
            },
            Some(Err(error)) => first_error.get_or_insert(error.to_string()),
            None => break,
        };
    }
    Err(first_error.unwrap_or_else(|| "there is no JSON object in it".to_owned()))
}

/// Follows a JSON object as it streams in and yields the text of the strings under some of its
/// top-level keys; strings of an array come one per line.
#[derive(Debug)]
pub struct FieldText {
    keys: &'static [&'static str],
    depth: u32,
    in_string: bool,
    escape: Option<String>,
    /// A high surrogate that waits for its other half.
    surrogate: Option<u32>,
    /// The current string is a key, or a value under `key`.
    expect_key: bool,
    text: String,
    key: String,
    emitted: bool,
}

impl FieldText {
    pub fn new(keys: &'static [&'static str]) -> Self {
        Self {
            keys,
            depth: 0,
            in_string: false,
            escape: None,
            surrogate: None,
            expect_key: false,
            text: String::new(),
            key: String::new(),
            emitted: false,
        }
    }

    /// The visible text that this piece of the stream brings.
    pub fn push(&mut self, piece: &str) -> String {
        let mut visible = String::new();
        for c in piece.chars() {
            if self.in_string {
                self.in_string(c, &mut visible);
            } else {
                self.between(c, &mut visible);
            }
        }
        visible
    }

    fn wanted(&self) -> bool {
        !self.expect_key && self.keys.contains(&self.key.as_str())
    }

    fn between(&mut self, c: char, visible: &mut String) {
        match c {
            '"' => {
                self.in_string = true;
                self.text.clear();
                if self.wanted() && self.emitted {
                    visible.push('\n');
                }
            }
            '{' | '[' => {
                self.depth += 1;
                self.expect_key = self.depth == 1;
            }
            '}' | ']' => self.depth = self.depth.saturating_sub(1),
            ',' if self.depth == 1 => self.expect_key = true,
            ':' if self.depth == 1 => self.expect_key = false,
            _ => {}
        }
    }

    fn in_string(&mut self, c: char, visible: &mut String) {
        if let Some(escape) = &mut self.escape {
            escape.push(c);
            if let Some(done) = unescape(escape, &mut self.surrogate) {
                self.escape = None;
                if let Some(c) = done {
                    self.character(c, visible);
                }
            }
            return;
        }
        match c {
            '\\' => self.escape = Some(String::new()),
            '"' => {
                self.in_string = false;
                if self.expect_key && self.depth == 1 {
                    self.key = std::mem::take(&mut self.text);
                }
            }
            _ => self.character(c, visible),
        }
    }

    fn character(&mut self, c: char, visible: &mut String) {
        if self.expect_key {
            self.text.push(c);
        } else if self.wanted() {
            visible.push(c);
            self.emitted = true;
        }
    }
}

/// `None` while the escape is incomplete; `Some(None)` for one that stands for no character.
fn unescape(escape: &str, surrogate: &mut Option<u32>) -> Option<Option<char>> {
    let simple = match escape {
        "n" => '\n',
        "t" => '\t',
        "r" => '\r',
        "b" => '\u{8}',
        "f" => '\u{c}',
        hex if hex.starts_with('u') => {
            if hex.chars().count() < 5 {
                return None;
            }
            let unit = u32::from_str_radix(&hex[1..], 16).unwrap_or(0xfffd);
            return Some(match (surrogate.take(), unit) {
                (_, 0xd800..=0xdbff) => {
                    *surrogate = Some(unit);
                    None
                }
                (Some(high), 0xdc00..=0xdfff) => {
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00))
                }
                _ => char::from_u32(unit),
            });
        }
        other => other.chars().next()?,
    };
    Some(Some(simple))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn finds_the_object() {
        for text in [
            r#"{"a":1}"#,
            "```json\n{\"a\":1}\n```",
            "Sure, here it is: {\"a\": 1} I hope {this} is of use.",
            "First {not json} then {\"a\":1}",
        ] {
            assert_eq!(json::<Value>(text), Ok(json!({"a": 1})), "{text}");
        }
        for text in ["", "no", "{\"a\":", "{{{{"] {
            assert!(json::<Value>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn streams_only_the_wanted_fields() {
        let reply = r#"{"skip":{"draft":"no"},"lines":["one","two \"x\""],"n":[1],"draft":"ü\n\ud83d\ude00"}"#;
        let mut lines = FieldText::new(&["lines"]);
        assert_eq!(lines.push(reply), "one\ntwo \"x\"");
        let mut draft = FieldText::new(&["draft"]);
        assert_eq!(draft.push(reply), "ü\n😀");
    }

    proptest! {
        #[test]
        fn json_never_panics(text in "[{}\\[\\]\",:a-z0-9\\\\ \u{e4}]{0,60}") {
            let _ = json::<Value>(&text);
            FieldText::new(&["a"]).push(&text);
        }

        #[test]
        fn streamed_text_is_the_parsed_text(draft in "\\PC{0,40}[\n\"\\\\]{0,3}\\PC{0,10}", cut in 1usize..9) {
            let reply = serde_json::to_string(&json!({"x": ["y", {"draft": "z"}], "draft": draft})).unwrap();
            let mut field = FieldText::new(&["draft"]);
            let chars: Vec<char> = reply.chars().collect();
            let text: String = chars.chunks(cut).map(|c| field.push(&c.iter().collect::<String>())).collect();
            prop_assert_eq!(text, draft);
        }
    }
}
