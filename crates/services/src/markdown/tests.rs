//! What answers look like as HTML. Attacks and bombs have files of their own.

mod attacks;
mod bombs;
mod markup;

use std::collections::HashSet;

use proptest::prelude::*;

use super::render;

#[test]
fn a_rich_answer() {
    insta::assert_snapshot!(render(include_str!("tests/rich.md")));
}

#[track_caller]
fn assert_renders(markdown: &str, html: &str) {
    assert_eq!(render(markdown).trim_end(), html, "for {markdown:?}");
}

#[test]
fn headings_go_below_the_message() {
    assert_renders("# A", "<h3>A</h3>");
    assert_renders("## B", "<h3>B</h3>");
    assert_renders(
        "## B\n\n### C\n\n###### D",
        "<h3>B</h3>\n<h4>C</h4>\n<h6>D</h6>",
    );
    assert_renders("D\n===", "<h3>D</h3>");
}

#[test]
fn markup_in_the_source_is_shown() {
    assert_renders("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>");
    assert_renders("a <!-- b --> c", "<p>a &lt;!-- b --&gt; c</p>");
    let block = render("<script>alert(1)</script>");
    assert!(
        markup::text(&block).contains("<script>alert(1)</script>"),
        "{block}"
    );
    assert_renders("a<br>b", "<p>a<br>b</p>");
}

#[test]
fn links_are_complete_and_say_so() {
    assert_renders(
        "[a](https://example.com/x?a=1&b=2 \"t\")",
        "<p><a href=\"https://example.com/x?a=1&amp;b=2\" title=\"t\" rel=\"noopener noreferrer nofollow\">a</a></p>",
    );
    assert_renders(
        "me@example.com",
        "<p><a href=\"mailto:me@example.com\" rel=\"noopener noreferrer nofollow\">me@example.com</a></p>",
    );
    assert_renders("[a](docs/a.md)", "<p>a (docs/a.md)</p>");
    assert_renders("[a](//example.com)", "<p>a (//example.com)</p>");
    assert_renders("[a](javascript:alert(1))", "<p>a (javascript:alert(1))</p>");
    assert_renders("<ftp://example.com>", "<p>ftp://example.com</p>");
    assert_renders("[a](#b)", "<p>a</p>");
    // A page served over HTTP would read this one as relative.
    assert_renders(
        "[a](http:x)",
        "<p><a href=\"http://x/\" rel=\"noopener noreferrer nofollow\">a</a></p>",
    );
}

#[test]
fn images_become_links() {
    assert_renders(
        "![A *cat*](https://example.com/c.png?q=secret)",
        "<p><a href=\"https://example.com/c.png?q=secret\" rel=\"noopener noreferrer nofollow\">A cat</a></p>",
    );
    assert_renders(
        "![](https://example.com/c.png)",
        "<p><a href=\"https://example.com/c.png\" rel=\"noopener noreferrer nofollow\">Image</a></p>",
    );
    assert_renders("![A dot](data:image/png;base64,AAAA)", "<p>A dot</p>");
    assert_renders(
        "[![Build](https://ci.test/b.svg)](https://ci.test)",
        "<p><a href=\"https://ci.test/\" rel=\"noopener noreferrer nofollow\">Build</a></p>",
    );
}

#[test]
fn formulas_in_all_five_spellings() {
    let inline = "<math display=\"inline\"><msup><mi>x</mi><mn>2</mn></msup></math>";
    let block = "<span class=\"math\" role=\"group\" aria-label=\"Formula\" tabindex=\"0\">\
                 <math display=\"block\"><msup><mi>x</mi><mn>2</mn></msup></math></span>";
    assert_renders("$x^2$", &format!("<p>{inline}</p>"));
    assert_renders(r"\(x^2\)", &format!("<p>{inline}</p>"));
    assert_renders("$$x^2$$", &format!("<p>{block}</p>"));
    assert_renders(r"\[x^2\]", &format!("<p>{block}</p>"));
    assert_renders("```math\nx^2\n```", &format!("<p>{block}</p>"));
}

#[test]
fn money_is_not_a_formula() {
    assert_renders("$20 and $30", "<p>$20 and $30</p>");
}

#[test]
fn a_formula_that_cannot_be_read_is_shown() {
    assert_renders(r"$\frac{1$", r"<p><code>\frac{1</code></p>");
    assert_renders(
        r"$\nosuchcommand x$",
        r"<p><code>\nosuchcommand x</code></p>",
    );
    assert_renders(r"$\def\a{\a\a}\a$", r"<p><code>\def\a{\a\a}\a</code></p>");
    let block = render("```math\n\\frac{1\n```");
    assert!(block.contains("data-language=\"math\""), "{block}");
    assert_eq!(markup::text(&block).trim(), r"\frac{1");
}

#[test]
fn code_is_coloured_by_classes() {
    assert_renders(
        "```rust\nlet x = 1; // one\n```",
        "<div class=\"code\" data-language=\"rust\"><pre tabindex=\"0\"><code>\
         <span class=\"keyword\">let</span> x = <span class=\"number\">1</span>; \
         <span class=\"comment\">// one\n</span></code></pre></div>",
    );
    assert_renders(
        "```nosuchlanguage\n<a>\n```",
        "<div class=\"code\" data-language=\"nosuchlanguage\"><pre tabindex=\"0\"><code>&lt;a&gt;\n</code></pre></div>",
    );
    assert_renders(
        "    indented",
        "<div class=\"code\"><pre tabindex=\"0\"><code>indented\n</code></pre></div>",
    );
}

const LANGUAGES: &[&str] = &[
    "bash",
    "c",
    "c#",
    "c++",
    "css",
    "diff",
    "go",
    "haskell",
    "html",
    "java",
    "javascript",
    "json",
    "jsx",
    "latex",
    "lua",
    "makefile",
    "markdown",
    "perl",
    "php",
    "python",
    "r",
    "ruby",
    "rust",
    "scala",
    "sh",
    "shell",
    "sql",
    "ts",
    "typescript",
    "xml",
    "yaml",
    "yml",
];

/// A grammar with an expression that does not compile panics when it gets there.
#[test]
fn usual_languages_are_known_and_their_expressions_compile() {
    use syntect::parsing::syntax_definition::Pattern;
    use syntect::parsing::{Regex, SyntaxSet};

    let grammars = SyntaxSet::load_defaults_newlines();
    let known: HashSet<String> = LANGUAGES
        .iter()
        .map(|language| {
            super::code::language_name(language)
                .expect(language)
                .to_owned()
        })
        .collect();
    let definitions = grammars.into_builder();
    let patterns = definitions
        .syntaxes()
        .iter()
        .filter(|syntax| known.contains(&syntax.name))
        .flat_map(|syntax| syntax.contexts.values())
        .flat_map(|context| &context.patterns);
    let expressions: HashSet<&str> = patterns
        .filter_map(|pattern| match pattern {
            // One that refers to what its opening matched is completed only then.
            Pattern::Match(pattern) if !pattern.has_captures => Some(pattern.regex().regex_str()),
            _ => None,
        })
        .collect();
    assert!(expressions.len() > 1_000, "{}", expressions.len());
    for expression in expressions {
        let error = Regex::try_compile(expression);
        assert!(error.is_none(), "{expression}: {error:?}");
    }
}

#[test]
fn a_panic_ends_where_it_began() {
    assert_eq!(super::on_own_thread(|| panic!("a bug in a parser")), None);
}

#[test]
fn tables_can_be_scrolled_and_are_aligned() {
    let html = render("|a|b|\n|:-|-:|\n|1|2|");
    assert!(html.starts_with(
        "<div class=\"table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">\n<table>"
    ));
    assert!(html.contains("<th align=\"left\">a</th>"), "{html}");
    assert!(html.contains("<td align=\"right\">2</td>"), "{html}");
}

#[test]
fn tasks_say_whether_they_are_done() {
    let html = render("- [x] a\n- [ ] b");
    assert!(
        html.contains("<li class=\"task\"><span role=\"img\" aria-label=\"Done\">☑</span> a</li>")
    );
    assert!(
        html.contains(
            "<li class=\"task\"><span role=\"img\" aria-label=\"Not done\">☐</span> b</li>"
        )
    );
}

#[test]
fn footnotes_stay_where_they_are_and_none_vanishes() {
    assert_renders(
        "a[^n]\n\n[^n]: note\n\n[^m]: unused",
        "<p>a<sup>n</sup></p>\n<div class=\"footnote\"><sup>n</sup>\n<p>note </p>\n</div>\n\
         <div class=\"footnote\"><sup>m</sup>\n<p>unused </p>\n</div>",
    );
    assert_renders("a[^x]", "<p>a[^x]</p>");
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(render(""), "");
    assert_eq!(render(" \n\t\n"), "");
}

proptest! {
    #[test]
    fn plain_words_survive(words in prop::collection::vec("[a-zA-Zäöüß\u{4e00}-\u{4e10}]{1,12}", 1..40)) {
        let text = words.join(" ");
        let shown = markup::text(&render(&text));
        prop_assert_eq!(shown.trim(), text);
    }

    #[test]
    fn code_survives_as_it_is(code in "[ -_a-~\n]{0,300}", language in "(rust|js|html|python|c|yaml)") {
        let html = render(&format!("~~~~~~~~{language}\n{code}\n~~~~~~~~"));
        // The only way out of the fence is one as long as itself.
        let shown = markup::text(&html);
        prop_assert_eq!(shown.trim_end(), code.trim_end());
    }
}
