//! The last step: only what is on this list leaves. Everything the renderer writes is on it, and
//! nothing that loads, runs or styles by itself.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::code::CLASSES;

const TAGS: &[&str] = &[
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
];

/// The MathML that `pulldown-latex` writes. Without `annotation-xml`, `semantics`, `maction` and
/// every other element that may carry HTML or an address.
const MATH_TAGS: &[&str] = &[
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

/// Schemes a link may have.
pub const SCHEMES: &[&str] = &["http", "https", "mailto"];

static POLICY: LazyLock<Builder<'static>> = LazyLock::new(policy);

pub fn sanitize(html: &str) -> String {
    POLICY.clean(html).to_string()
}

fn set(values: &[&'static str]) -> HashSet<&'static str> {
    values.iter().copied().collect()
}

fn policy() -> Builder<'static> {
    let mut tags = set(TAGS);
    tags.extend(MATH_TAGS);

    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("a", set(&["href", "title"])),
        ("div", set(&["data-language"])),
        ("ol", set(&["start"])),
        ("mfrac", set(&["linethickness"])),
        ("mo", set(&["minsize", "maxsize"])),
        ("mspace", set(&["width", "height", "depth"])),
    ]);
    for tag in MATH_TAGS {
        attributes
            .entry(tag)
            .or_default()
            .extend(["displaystyle", "scriptlevel"]);
    }

    let align = || HashMap::from([("align", set(&["left", "right", "center"]))]);
    let yes_or_no = || set(&["true", "false"]);
    let values = HashMap::from([
        (
            "div",
            HashMap::from([
                ("role", set(&["region"])),
                ("tabindex", set(&["0"])),
                ("aria-label", set(&["Table"])),
            ]),
        ),
        (
            "span",
            HashMap::from([
                ("role", set(&["group", "img"])),
                ("tabindex", set(&["0"])),
                ("aria-label", set(&["Formula", "Done", "Not done"])),
            ]),
        ),
        ("pre", HashMap::from([("tabindex", set(&["0"]))])),
        ("th", align()),
        ("td", align()),
        (
            "math",
            HashMap::from([("display", set(&["block", "inline"]))]),
        ),
        ("mi", HashMap::from([("mathvariant", set(&["normal"]))])),
        (
            "mo",
            HashMap::from([
                ("stretchy", yes_or_no()),
                ("symmetric", yes_or_no()),
                ("largeop", yes_or_no()),
                ("movablelimits", yes_or_no()),
            ]),
        ),
    ]);

    let mut span_classes = set(CLASSES);
    span_classes.insert("math");
    let classes = HashMap::from([
        ("div", set(&["code", "footnote", "table"])),
        ("li", set(&["task"])),
        ("span", span_classes),
        ("mi", set(&["small"])),
        ("mo", set(&["small"])),
        ("mrow", set(&["mop-negated"])),
        (
            "mtable",
            set(&[
                "menv-align",
                "menv-alignlike",
                "menv-arraylike",
                "menv-cases",
                "menv-cells-left",
                "menv-cells-right",
                "menv-multline",
            ]),
        ),
        ("mtr", set(&["menv-hdashline", "menv-hline"])),
        (
            "mtd",
            set(&[
                "cell-left",
                "cell-right",
                "menv-border-only",
                "menv-left-dashed",
                "menv-left-solid",
                "menv-right-dashed",
                "menv-right-solid",
            ]),
        ),
    ]);

    let mut policy = Builder::empty();
    policy
        .tags(tags)
        .tag_attributes(attributes)
        .tag_attribute_values(values)
        .allowed_classes(classes)
        .clean_content_tags(set(&["script", "style"]))
        .url_schemes(set(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .strip_comments(true);
    policy
}
