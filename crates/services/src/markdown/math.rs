//! LaTeX to MathML, within bounds. What cannot be converted is `None`: the caller shows the source.

use std::convert::Infallible;

use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::event::{Content, Event};
use pulldown_latex::{Parser, Storage, push_mathml};

const MAX_BYTES: usize = 8 << 10;
/// The parser recurses from command to argument (`\hat\hat\hat…`), and a level can take 16 kB.
const MAX_COMMANDS: usize = 256;
const MAX_NESTING: usize = 32;

/// Commands that define others. A definition can multiply its text, and no answer needs one.
const DEFINITIONS: &[&str] = &[
    "\\def",
    "\\edef",
    "\\gdef",
    "\\xdef",
    "\\let",
    "\\futurelet",
    "\\newcommand",
    "\\renewcommand",
    "\\providecommand",
];

pub fn to_mathml(latex: &str, display: DisplayMode) -> Option<String> {
    if !is_bounded(latex) {
        return None;
    }
    let storage = Storage::new();
    let events = Parser::new(latex, &storage)
        .collect::<Result<Vec<_>, _>>()
        .ok()?;
    if events.is_empty() || events.iter().any(carries_markup) {
        return None;
    }
    let config = RenderConfig {
        display_mode: display,
        ..RenderConfig::default()
    };
    let mut mathml = String::new();
    push_mathml(
        &mut mathml,
        events.into_iter().map(Ok::<_, Infallible>),
        config,
    )
    .ok()?;
    Some(mathml)
}

fn is_bounded(latex: &str) -> bool {
    latex.len() <= MAX_BYTES
        && latex.matches('\\').count() <= MAX_COMMANDS
        && nesting(latex) <= MAX_NESTING
        && !DEFINITIONS.iter().any(|command| latex.contains(command))
}

fn nesting(latex: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in latex.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The name given to `\operatorname` is written out as it is.
fn carries_markup(event: &Event<'_>) -> bool {
    matches!(event, Event::Content(Content::Function(name)) if name.contains(['<', '>', '&']))
}
