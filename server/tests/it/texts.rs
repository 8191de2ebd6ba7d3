//! The texts of the pages are gathered: whatever people read passes through the macros of
//! app/src/texts.rs, and docs/texts.pot has all of it for translators.

use crate::tidy::{files, relative, root};
use proc_macro2::TokenTree::{Group, Ident, Literal, Punct};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Where nobody reads the words.
const OTHER_WORDS: [&str; 3] = ["sample.rs", "icon.rs", "policy.rs"];
/// Names, which are the same in every language.
const NAMES: [&str; 27] = [
    "Overmind",
    "Enter",
    "Escape",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "Home",
    "End",
    "Control+K Meta+K",
    "CrOS",
    "ChromeOS",
    "Edg",
    "Edge",
    "Opera",
    "Firefox",
    "Firefox/",
    "FxiOS/",
    "CriOS/",
    "Chrome",
    "Chrome/",
    "Safari",
    "Safari/",
    "Android",
    "Windows",
    "Linux",
    "Mac OS X",
];

/// A text and, where it is counted, that of more than one.
type Message = (String, Option<String>);

#[derive(Default)]
struct Found {
    /// With the files that they stand in.
    messages: BTreeMap<Message, BTreeSet<String>>,
    wrong: Vec<String>,
}

#[test]
fn every_text_is_gathered() {
    let mut found = Found::default();
    for path in files("rs") {
        let name = relative(&path);
        let is_other = OTHER_WORDS.iter().any(|other| name.ends_with(other));
        if name.starts_with("app/src/") && !name.ends_with("/texts.rs") && !is_other {
            let text = fs::read_to_string(&path).unwrap();
            found.read(&name, text.parse().unwrap(), false);
        }
    }
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    assert!(found.messages.len() > 800, "{}", found.messages.len());

    let template = template(&found.messages);
    let path = root().join("docs/texts.pot");
    if std::env::var_os("OVERMIND_BLESS").is_some() {
        fs::write(&path, &template).unwrap();
    }
    let gathered = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        gathered == template,
        "docs/texts.pot is not what the pages say: run this test with OVERMIND_BLESS=1"
    );
}

impl Found {
    fn read(&mut self, file: &str, tokens: TokenStream, in_view: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at += match &tokens[at..] {
                [Punct(sign), Group(attribute), ..] if sign.as_char() == '#' => {
                    match attribute.to_string().replace(' ', "").as_str() {
                        "[cfg(test)]" => {
                            1 + tokens[at..].iter().take_while(|it| !ends_item(it)).count()
                        }
                        _ => 2,
                    }
                }
                [Punct(sign), Punct(_), Group(_), ..] if sign.as_char() == '#' => 3,
                [Ident(name), Punct(sign), Group(group), ..] if sign.as_char() == '!' => {
                    match name.to_string().as_str() {
                        "t" | "marked" => self.message(file, group, false),
                        "plural" => self.message(file, group, true),
                        name => self.read(file, group.stream(), name == "view"),
                    }
                    3
                }
                [Ident(name), Group(_), ..] if name == "expect" => 2,
                [Group(group), ..] => {
                    self.read(file, group.stream(), false);
                    1
                }
                [Literal(literal), ..] => {
                    let is_node = in_view && ends_before_node(&tokens[..at]);
                    let text = string(literal).filter(|_| !is_class(&tokens[..at]));
                    if text.is_some_and(|it| reads_as_text(&it) || is_node && has_words(&it)) {
                        let line = literal.span().start().line;
                        self.wrong.push(format!(
                            "{file}:{line}: {literal} stands outside of t!, plural! and marked!"
                        ));
                    }
                    1
                }
                _ => 1,
            };
        }
    }

    /// What one of the macros was given: its texts, and the parts that follow.
    fn message(&mut self, file: &str, group: &proc_macro2::Group, counted: bool) {
        let mut arguments = arguments(group).into_iter();
        if counted && let Some(count) = arguments.next() {
            self.read(file, count.into_iter().collect(), false);
        }
        let mut text = || match &arguments.next()?[..] {
            [Literal(literal)] => string(literal),
            _ => None,
        };
        let (one, many) = match (text(), counted.then(text)) {
            (Some(one), None) => (one, None),
            (Some(one), Some(Some(many))) => (one, Some(many)),
            _ => {
                self.wrong.push(format!("{file}: {group} has no text"));
                return;
            }
        };
        let mut given = BTreeSet::new();
        for part in arguments {
            given.insert(part[0].to_string());
            self.read(file, part.iter().skip(1).cloned().collect(), false);
        }
        let texts = [&one].into_iter().chain(&many);
        let mut named: BTreeSet<String> = texts.flat_map(|text| names(text)).collect();
        if many.is_some() {
            named.remove("count");
        }
        if named != given {
            self.wrong.push(format!(
                "{file}: {one:?} names {named:?} and is given {given:?}"
            ));
        }
        if one.contains('\n') || one.contains("  ") {
            self.wrong
                .push(format!("{file}: {one:?} is broken into lines"));
        }
        let files = self.messages.entry((one, many)).or_default();
        files.insert(file.to_owned());
    }
}

fn ends_item(token: &TokenTree) -> bool {
    is_block(token) || matches!(token, Punct(sign) if sign.as_char() == ';')
}

/// What stands between commas.
fn arguments(group: &proc_macro2::Group) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let parts = tokens.split(|token| matches!(token, Punct(sign) if sign.as_char() == ','));
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(<[TokenTree]>::to_vec).collect()
}

fn string(literal: &proc_macro2::Literal) -> Option<String> {
    let literal = syn::parse_str::<syn::LitStr>(&literal.to_string());
    Some(literal.ok()?.value())
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, Group(group) if group.delimiter() == Delimiter::Brace)
}

/// A literal that comes next in `view!` is shown: it follows a tag, a block or another such literal.
fn ends_before_node(tokens: &[TokenTree]) -> bool {
    match tokens {
        [] => true,
        [.., Punct(before), Punct(end)] if end.as_char() == '>' => !"=-".contains(before.as_char()),
        [.., Punct(end)] => end.as_char() == '>',
        [before @ .., Literal(_)] => ends_before_node(before),
        [.., last] => is_block(last),
    }
}

/// `class="…"`.
fn is_class(before: &[TokenTree]) -> bool {
    match before {
        [.., Ident(name), Punct(sign)] if sign.as_char() == '=' => name == "class",
        _ => false,
    }
}

fn names(text: &str) -> Vec<String> {
    let after = text.split('{').skip(1);
    after
        .filter_map(|it| Some(it.split_once('}')?.0.to_owned()))
        .collect()
}

fn without_names(text: &str) -> String {
    let mut pieces = text.split('{');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, it| {
        text + it.split_once('}').map_or("", |(_, after)| after)
    })
}

fn has_words(text: &str) -> bool {
    let text = without_names(text);
    text.chars().any(char::is_alphabetic) && !NAMES.contains(&text.trim())
}

/// Begins as a sentence does, or ends as one.
fn reads_as_text(text: &str) -> bool {
    let text = without_names(text);
    let text = text.trim();
    let mut letters = text.chars();
    let begins = letters.next().is_some_and(|it| it.is_ascii_uppercase())
        && letters
            .next()
            .is_some_and(|it| it.is_ascii_lowercase() || it == ' ');
    let ends = text.contains(' ') && text.ends_with(['.', '?', '!', '…']);
    (begins || ends) && !NAMES.contains(&text)
}

/// As GNU gettext and the editors for it read it.
fn template(messages: &BTreeMap<Message, BTreeSet<String>>) -> String {
    let mut template = String::from(
        "msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\
         \"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n",
    );
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    for ((one, many), files) in messages {
        let files: Vec<_> = files
            .iter()
            .map(|file| {
                Path::new(file)
                    .strip_prefix("app/src")
                    .unwrap()
                    .to_str()
                    .unwrap()
            })
            .collect();
        let _ = writeln!(
            template,
            "\n#: {}\nmsgid \"{}\"",
            files.join(" "),
            quoted(one)
        );
        let _ = match many {
            None => writeln!(template, "msgstr \"\""),
            Some(many) => writeln!(
                template,
                "msgid_plural \"{}\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"",
                quoted(many)
            ),
        };
    }
    template
}
