//! A second reading of rendered HTML, by a scanner that shares nothing with the sanitizer: it
//! accepts only the plain form in which sanitized HTML is written, and lists what it finds.

use super::super::sanitize::sanitize;

#[derive(Debug)]
pub struct Tag<'a> {
    pub name: &'a str,
    pub attributes: Vec<(&'a str, String)>,
}

/// Every opening tag. Panics where the markup has another form than `<name key="value">`.
pub fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    scan(html, |tag| tags.push(tag), |_| {});
    tags
}

/// What is written between the tags.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    scan(html, |_| {}, |piece| text.push_str(&unescape(piece)));
    text
}

fn scan<'a>(html: &'a str, mut on_tag: impl FnMut(Tag<'a>), mut on_text: impl FnMut(&'a str)) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        on_text(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(closing) = rest.strip_prefix('/') {
            let (name, after) = word(closing);
            assert!(
                !name.is_empty(),
                "a closing tag without a name before {after:.40}"
            );
            rest = after
                .strip_prefix('>')
                .unwrap_or_else(|| panic!("</{name} goes on: {after:.40}"));
            continue;
        }
        let (name, mut after) = word(rest);
        assert!(!name.is_empty(), "not a tag: <{rest:.40}");
        let mut attributes = Vec::new();
        while let Some(next) = after.strip_prefix(' ') {
            let (key, value) = next
                .split_once("=\"")
                .unwrap_or_else(|| panic!("no value: {next:.40}"));
            assert!(
                key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{key:?}"
            );
            let (value, next) = value
                .split_once('"')
                .unwrap_or_else(|| panic!("no end: {value:.40}"));
            attributes.push((key, unescape(value)));
            after = next;
        }
        rest = after
            .strip_prefix('>')
            .unwrap_or_else(|| panic!("<{name} goes on: {after:.40}"));
        on_tag(Tag { name, attributes });
    }
    on_text(rest);
}

fn word(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// Tags an answer may hold, written out once more: a slip in the sanitizer's list shows here.
const EXPECTED: &[&str] = &[
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "math",
    "mfrac",
    "mi",
    "mn",
    "mo",
    "mover",
    "mroot",
    "mrow",
    "mspace",
    "msqrt",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
];

const ATTRIBUTES: &[&str] = &[
    "align",
    "aria-label",
    "class",
    "data-language",
    "depth",
    "display",
    "displaystyle",
    "height",
    "href",
    "largeop",
    "linethickness",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "rel",
    "role",
    "scriptlevel",
    "start",
    "stretchy",
    "symmetric",
    "tabindex",
    "title",
    "width",
];

/// Harmless, and written so that a browser reads what the sanitizer wrote: once more through it
/// changes nothing.
#[track_caller]
pub fn assert_rendered(html: &str, source: &str) {
    assert_harmless(html, source);
    assert_eq!(sanitize(html), html, "from {source:?}");
}

/// Nothing but expected tags and attributes; no address but in a link; no link but a plain one.
#[track_caller]
pub fn assert_harmless(html: &str, source: &str) {
    for tag in tags(html) {
        assert!(
            EXPECTED.contains(&tag.name),
            "<{}> from {source:?}: {html}",
            tag.name
        );
        for (key, value) in &tag.attributes {
            assert!(ATTRIBUTES.contains(key), "{key} from {source:?}: {html}");
            if *key == "href" {
                assert_eq!(tag.name, "a", "from {source:?}: {html}");
                let plain = ["http://", "https://", "mailto:"]
                    .iter()
                    .any(|s| value.starts_with(s));
                assert!(plain, "{value:?} from {source:?}");
            }
        }
        if tag.name == "a" {
            let rel = tag
                .attributes
                .iter()
                .find(|(key, _)| *key == "rel")
                .map(|(_, value)| value.as_str());
            assert_eq!(
                rel,
                Some("noopener noreferrer nofollow"),
                "from {source:?}: {html}"
            );
        }
    }
}
