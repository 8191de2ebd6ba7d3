//! The texts of the pages are gathered: whatever people read passes through the macros of
//! app/src/texts.rs, and docs/texts.pot has all of it for translators.

use crate::tidy::{files, relative, root};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Where nobody reads the words.
const OTHER_WORDS: [&str; 3] = ["sample.rs", "icon.rs", "policy.rs"];
/// What these macros and functions are given is for developers, or for the browser.
const NOT_SHOWN: [&str; 9] = [
    "assert",
    "assert_eq",
    "expect",
    "panic",
    "unreachable",
    "error",
    "warn",
    "use_nonce",
    "concat",
];
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
        let mut after_node = in_view;
        while let Some(token) = tokens.get(at) {
            let before = at.checked_sub(1).map(|before| &tokens[before]);
            let mut is_node = false;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let inner = matches!(tokens.get(at + 1), Some(TokenTree::Punct(_)));
                    let attribute = at + 1 + usize::from(inner);
                    if let Some(TokenTree::Group(group)) = tokens.get(attribute) {
                        at = attribute;
                        if group.to_string() == "[cfg (test)]" || group.to_string() == "[cfg(test)]"
                        {
                            // Its item ends with its block.
                            while !is_block(tokens.get(at)) && at < tokens.len() {
                                at += 1;
                            }
                        }
                    }
                }
                TokenTree::Ident(ident) => {
                    let ident = ident.to_string();
                    let is_macro = matches!(tokens.get(at + 1), Some(TokenTree::Punct(it)) if it.as_char() == '!');
                    let arguments = tokens.get(at + 1 + usize::from(is_macro));
                    if let Some(TokenTree::Group(group)) = arguments {
                        let texts = match ident.as_str() {
                            "t" | "marked" if is_macro => 1,
                            "plural" if is_macro => 2,
                            _ => 0,
                        };
                        if texts > 0 {
                            self.message(file, group, texts);
                            at += 2;
                        } else if NOT_SHOWN.contains(&ident.as_str()) {
                            at += 1 + usize::from(is_macro);
                        } else if ident == "view" && is_macro {
                            self.read(file, group.stream(), true);
                            at += 2;
                        }
                    }
                }
                TokenTree::Group(group) => {
                    self.read(file, group.stream(), false);
                    is_node = in_view && group.delimiter() == Delimiter::Brace;
                }
                TokenTree::Punct(punct) => {
                    let arrow =
                        matches!(before, Some(TokenTree::Punct(it)) if "=-".contains(it.as_char()));
                    is_node = in_view && punct.as_char() == '>' && !arrow;
                }
                TokenTree::Literal(literal) => {
                    is_node = in_view && after_node;
                    let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else {
                        at += 1;
                        continue;
                    };
                    let text = text.value();
                    let key = matches!(before, Some(TokenTree::Ident(it)) if it == "class")
                        || is_value_of(&tokens, at, "class");
                    if !key && (reads_as_text(&text) || is_node && has_words(&text)) {
                        let line = literal.span().start().line;
                        self.wrong.push(format!(
                            "{file}:{line}: {text:?} stands outside of t!, plural! and marked!"
                        ));
                    }
                }
            }
            after_node = is_node;
            at += 1;
        }
    }

    /// The literals that a macro is given first, and the names of what follows.
    fn message(&mut self, file: &str, group: &Group, texts: usize) {
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        let mut parts =
            tokens.split(|token| matches!(token, TokenTree::Punct(it) if it.as_char() == ','));
        if texts == 2 {
            // How many there are.
            let count = parts.next().unwrap_or_default();
            self.read(file, count.iter().cloned().collect(), false);
        }
        let read = |part: Option<&[TokenTree]>| match part {
            Some([TokenTree::Literal(it)]) => {
                let text = syn::parse_str::<syn::LitStr>(&it.to_string());
                text.ok().map(|text| text.value())
            }
            _ => None,
        };
        let (one, many) = (read(parts.next()), (texts == 2).then(|| read(parts.next())));
        let (Some(one), Some(many)) = (one, many.map_or(Some(None), |it| it.map(Some))) else {
            // A sign in view! or the like, not our macro.
            self.wrong.push(format!("{file}: {group} has no text"));
            return;
        };
        let mut given = BTreeSet::new();
        for part in parts.filter(|part| !part.is_empty()) {
            given.insert(part[0].to_string());
            self.read(file, part.iter().skip(1).cloned().collect(), false);
        }
        let mut named: BTreeSet<String> = [&one]
            .into_iter()
            .chain(&many)
            .flat_map(|it| names(it))
            .collect();
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
        self.messages
            .entry((one, many))
            .or_default()
            .insert(file.to_owned());
    }
}

fn is_block(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

/// `name="…"` just before that place.
fn is_value_of(tokens: &[TokenTree], at: usize, name: &str) -> bool {
    at >= 2
        && matches!(&tokens[at - 1], TokenTree::Punct(it) if it.as_char() == '=')
        && tokens[at - 2].to_string() == name
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
