//! Code as HTML: escaped, and coloured by classes where the language is known. The classes are
//! named after what a word is; style/tailwind.css gives them their colours.

use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

/// Larger blocks and longer lines stay plain: the grammars are regular expressions that may look
/// at a line once for each of its bytes.
const MAX_BYTES: usize = 32 << 10;
const MAX_LINE_BYTES: usize = 500;

/// How many of the innermost scopes are looked at. Brackets can be nested without end.
const MAX_SCOPES: usize = 16;

pub const CLASSES: &[&str] = &[
    "attribute",
    "comment",
    "deleted",
    "function",
    "inserted",
    "keyword",
    "number",
    "string",
    "type",
];

/// What a scope is shown as; the first prefix that fits decides, and an empty class is plain text.
const SCOPES: &[(&str, &str)] = &[
    ("comment", "comment"),
    ("meta.diff.header", "comment"),
    ("markup.deleted", "deleted"),
    ("markup.inserted", "inserted"),
    ("string", "string"),
    ("constant.character", "string"),
    ("constant", "number"),
    ("keyword.operator.word", "keyword"),
    ("keyword.operator.logical", "keyword"),
    ("keyword.operator", ""),
    ("keyword", "keyword"),
    ("storage", "keyword"),
    ("variable.language", "keyword"),
    ("entity.name.tag", "keyword"),
    ("entity.name.function", "function"),
    ("support.function", "function"),
    ("variable.function", "function"),
    ("support.type.property-name", "attribute"),
    ("entity.other.attribute-name", "attribute"),
    ("variable.annotation", "attribute"),
    ("meta.annotation", "attribute"),
    ("entity.other.inherited-class", "type"),
    ("entity.name.section", "keyword"),
    ("entity.name", "type"),
    ("support.class", "type"),
    ("support.type", "type"),
    ("markup.heading", "keyword"),
];

/// Names that models give to languages and the grammars do not know.
const ALIASES: &[(&str, &str)] = &[
    ("c#", "cs"),
    ("console", "bash"),
    ("cts", "js"),
    ("golang", "go"),
    ("html+erb", "erb"),
    ("json5", "json"),
    ("jsonc", "json"),
    ("jsx", "js"),
    ("mjs", "js"),
    ("mts", "js"),
    ("node", "js"),
    ("patch", "diff"),
    ("postgresql", "sql"),
    ("py3", "python"),
    ("python3", "python"),
    ("shell", "bash"),
    ("sqlite", "sql"),
    ("svelte", "html"),
    ("svg", "xml"),
    ("ts", "js"),
    ("tsx", "js"),
    ("typescript", "js"),
    ("vue", "html"),
];

struct Grammars {
    syntaxes: SyntaxSet,
    classes: Vec<(Scope, &'static str)>,
}

static GRAMMARS: LazyLock<Grammars> = LazyLock::new(|| Grammars {
    syntaxes: SyntaxSet::load_defaults_newlines(),
    classes: SCOPES
        .iter()
        .filter_map(|&(scope, class)| Some((Scope::new(scope).ok()?, class)))
        .collect(),
});

impl Grammars {
    fn find(&self, language: &str) -> Option<&SyntaxReference> {
        let token = ALIASES
            .iter()
            .find(|(name, _)| *name == language)
            .map_or(language, |(_, token)| token);
        self.syntaxes.find_syntax_by_token(token)
    }

    fn class(&self, scopes: &ScopeStack) -> &'static str {
        let innermost = scopes.as_slice().iter().rev().take(MAX_SCOPES);
        innermost
            .filter_map(|scope| {
                self.classes
                    .iter()
                    .find(|(prefix, _)| prefix.is_prefix_of(*scope))
            })
            .map(|(_, class)| *class)
            .next()
            .unwrap_or_default()
    }
}

/// The language a fence names, in a form fit for an attribute: `Rust,ignore` is `rust`.
pub fn language(info: &str) -> Option<String> {
    let first = info.split(|c: char| c.is_whitespace() || c == ',').next()?;
    let name = first.trim_matches(['{', '}', '.']).to_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '#' | '-' | '.' | '_');
    (!name.is_empty() && name.len() <= 32 && name.chars().all(plain)).then_some(name)
}

/// What the grammar for a language is called.
#[cfg(test)]
pub fn language_name(language: &str) -> Option<&'static str> {
    GRAMMARS.find(language).map(|syntax| syntax.name.as_str())
}

/// The source as HTML with coloured words, or `None` when it is not a known language or too large.
pub fn highlight(source: &str, language: &str) -> Option<String> {
    if source.len() > MAX_BYTES || source.lines().any(|line| line.len() > MAX_LINE_BYTES) {
        return None;
    }
    let grammars = &*GRAMMARS;
    let mut state = ParseState::new(grammars.find(language)?);
    let mut scopes = ScopeStack::new();
    let mut spans = Spans::default();
    for line in source.split_inclusive('\n') {
        let mut start = 0;
        for (at, operation) in state.parse_line(line, &grammars.syntaxes).ok()? {
            spans.push(line.get(start..at)?, grammars.class(&scopes));
            scopes.apply(&operation).ok()?;
            start = at;
        }
        spans.push(line.get(start..)?, grammars.class(&scopes));
    }
    Some(spans.finish())
}

/// Neighbouring pieces of one class share a span; white space goes with what is before it.
#[derive(Default)]
struct Spans {
    html: String,
    class: &'static str,
}

impl Spans {
    fn push(&mut self, text: &str, class: &'static str) {
        if text.is_empty() {
            return;
        }
        if class != self.class && !text.trim().is_empty() {
            self.close();
            if !class.is_empty() {
                self.html.push_str("<span class=\"");
                self.html.push_str(class);
                self.html.push_str("\">");
            }
            self.class = class;
        }
        push_escaped(&mut self.html, text);
    }

    fn close(&mut self) {
        if !self.class.is_empty() {
            self.html.push_str("</span>");
        }
    }

    fn finish(mut self) -> String {
        self.close();
        self.html
    }
}

/// Text as HTML, safe in an element and in a quoted attribute.
pub fn push_escaped(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\0' => html.push('\u{fffd}'),
            _ => html.push(character),
        }
    }
}
