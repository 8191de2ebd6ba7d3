//! GBNF, llama.cpp's notation for grammars: its pieces, and the grammar of each reply format.
//! Every text is bounded and no free whitespace allowed, so that a small model's reply always
//! comes to its end.

use super::json_schema;
use engine::llm::ReplyFormat;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Within this many characters of a text's end (less in short texts) no new word may start, so that
/// none is cut.
const LAST_WORD: usize = 24;

const SIM_LINE_MIN: usize = 12;
const SIM_LINE_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grammar {
    pub gbnf: String,
    /// Bytes that suffice to end the reply, wherever it stands, when every choice is the end.
    pub closing: usize,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum GrammarError {
    #[error("the local model cannot follow `{0}` in a JSON schema")]
    Keyword(&'static str),
    #[error("the JSON schema refers to `{0}`, which it does not define")]
    Reference(String),
    #[error("the JSON schema is nested deeper than {0} levels or refers to itself")]
    Depth(usize),
    #[error("no reply can satisfy the JSON schema: {0}")]
    Unsatisfiable(&'static str),
}

/// `None` for free text.
pub(super) fn grammar(format: &ReplyFormat) -> Result<Option<Grammar>, GrammarError> {
    match format {
        ReplyFormat::Text => Ok(None),
        ReplyFormat::Sim => Ok(Some(sim())),
        ReplyFormat::Json(schema) => json_schema::grammar(&schema.schema).map(Some),
    }
}

fn sim() -> Grammar {
    let mut rules = Rules::default();
    let line = rules.text(Alphabet::Line, SIM_LINE_MIN, SIM_LINE_MAX);
    let root = ["1. ", "\n2. ", "\n3. ", "\n4. "]
        .into_iter()
        .flat_map(|number| [Part::literal(number), line.clone()]);
    rules.finish(Part::all(root))
}

/// A piece of a rule's right side.
#[derive(Clone, Debug)]
pub(super) struct Part {
    gbnf: String,
    closing: usize,
}

impl Part {
    pub fn literal(text: &str) -> Self {
        let mut gbnf = String::from("\"");
        for c in text.chars() {
            match c {
                '"' => gbnf.push_str("\\\""),
                '\\' => gbnf.push_str("\\\\"),
                '\n' => gbnf.push_str("\\n"),
                c => gbnf.push(c),
            }
        }
        gbnf.push('"');
        Self {
            gbnf,
            closing: text.len(),
        }
    }

    pub fn json(value: &Value) -> Self {
        Self::literal(&value.to_string())
    }

    /// Several, one after the other.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let (gbnf, closing): (Vec<_>, Vec<_>) = parts
            .into_iter()
            .map(|part| (part.gbnf, part.closing))
            .unzip();
        Self {
            gbnf: gbnf.join(" "),
            closing: closing.into_iter().sum(),
        }
    }

    /// One of several.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Result<Self, GrammarError> {
        let (gbnf, closing): (Vec<_>, Vec<_>) = parts
            .into_iter()
            .map(|part| (part.gbnf, part.closing))
            .unzip();
        let closing = closing.into_iter().max();
        Ok(Self {
            gbnf: format!("({})", gbnf.join(" | ")),
            closing: closing.ok_or(GrammarError::Unsatisfiable("it leaves no choice"))?,
        })
    }

    pub fn repeated(self, min: u64, max: u64) -> Self {
        Self {
            gbnf: format!("({}){{{min},{max}}}", self.gbnf),
            // One more than needed may have begun.
            closing: self.closing * (min as usize + 1),
        }
    }

    /// One digit after the point, or none.
    pub fn fraction() -> Self {
        Self {
            gbnf: String::from(r#"("." [0-9])?"#),
            closing: 2,
        }
    }

    /// A whole number of up to `digits` digits, 1 and up; or a signed one, 0 included.
    pub fn digits(signed: bool, digits: usize, fraction: bool) -> Self {
        let whole = format!("[1-9] [0-9]{{0,{}}}", digits.saturating_sub(1));
        let whole = if signed {
            format!(r#""-"? ("0" | {whole})"#)
        } else {
            whole
        };
        let whole = Self {
            gbnf: whole,
            closing: digits + 1,
        };
        if fraction {
            Self::all([whole, Self::fraction()])
        } else {
            whole
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Alphabet {
    /// One sentence on one line, starting with a letter. A point, as in `3.5`, is followed by
    /// another character at once or by the end.
    Line,
    /// The inside of a JSON string, on one line.
    String,
    /// The inside of a JSON string with line breaks.
    Prose,
}

impl Alphabet {
    fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::String => "string",
            Self::Prose => "prose",
        }
    }

    fn first(self) -> &'static str {
        match self {
            Self::Line => r"[A-Za-z\u00C0-\u1FFF\u3040-\uD7FF]",
            Self::String | Self::Prose => self.visible(),
        }
    }

    /// Without brackets and braces: in a text, small models take them for the end of the document.
    fn visible(self) -> &'static str {
        match self {
            Self::Line => r"[^\x00-\x20\x7F.!?:{}\[\]]",
            Self::String | Self::Prose => r#"[^"\\\x00-\x20\x7F{}\[\]]"#,
        }
    }

    /// What may stand between two visible characters, with its length in characters.
    fn gaps(self) -> &'static [(&'static str, usize)] {
        match self {
            Self::Line | Self::String => &[(r#"" ""#, 1)],
            Self::Prose => &[(r#"" ""#, 1), (r#""\\n""#, 1), (r#""\\n\\n""#, 2)],
        }
    }
}

/// The named rules of a grammar in the making.
#[derive(Default)]
pub(super) struct Rules(BTreeMap<String, String>);

impl Rules {
    /// A text of `min` to `max` characters. Written as one rule for each length, because the rules
    /// near the end differ, which `{m,n}` cannot say.
    pub fn text(&mut self, alphabet: Alphabet, min: usize, max: usize) -> Part {
        let name = format!("{}-{min}-{max}", alphabet.name());
        let closing = 4 * min.max(1) + LAST_WORD;
        if max == 0 {
            return Part::literal("");
        }
        let first = alphabet.first();
        let rest = format!("{first} {name}-1");
        let rule = if min == 0 { format!("({rest})?") } else { rest };
        if self.0.insert(name.clone(), rule).is_none() {
            let visible = alphabet.visible();
            let last_word = (max - LAST_WORD.min(max / 4)).max(min);
            for length in 1..=max {
                let mut choices = Vec::new();
                if length >= min {
                    choices.push(String::from(r#""""#));
                }
                if length > last_word && length < max {
                    choices.push(format!("[a-z] {name}-{}", length + 1));
                    choices.push(String::from("[.!?]"));
                } else if length < max {
                    choices.push(format!("{visible} {name}-{}", length + 1));
                    if matches!(alphabet, Alphabet::Line) {
                        choices.push(String::from("[.!?]"));
                        if length + 1 < max {
                            choices.push(format!("[.:] {visible} {name}-{}", length + 2));
                        }
                    }
                    for (gap, size) in alphabet.gaps() {
                        if length + size < max {
                            choices.push(format!("{gap} {visible} {name}-{}", length + size + 1));
                        }
                    }
                }
                self.0
                    .insert(format!("{name}-{length}"), choices.join(" | "));
            }
        }
        Part {
            gbnf: name,
            closing,
        }
    }

    pub fn named(&mut self, part: Part) -> Part {
        let name = format!("part-{}", self.0.len());
        self.0.insert(name.clone(), part.gbnf);
        Part { gbnf: name, ..part }
    }

    pub fn finish(self, root: Part) -> Grammar {
        let mut gbnf = format!("root ::= {}\n", root.gbnf);
        for (name, rule) in self.0 {
            let _ = writeln!(gbnf, "{name} ::= {rule}");
        }
        Grammar {
            gbnf,
            closing: root.closing,
        }
    }
}
