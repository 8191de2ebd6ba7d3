//! What a model wrote, as sanitized HTML: parse, render, and sanitize last.
//! How each part is rendered lives in the modules below; style/tailwind.css draws it (`.answer`).

mod code;
mod html;
mod math;
mod sanitize;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use comrak::{Arena, Options, try_parse_document};

/// Longer sources are shown as they are.
const MAX_SOURCE_BYTES: usize = 4 << 20;

/// The parser asks once every 256 steps (a step is a line, an inline or a node) whether to go on.
/// A source that needs more steps than this is not prose, and would fill the memory.
const MAX_PARSE_QUESTIONS: u32 = 8_000;

/// What a step costs is the parser's affair: a known few look at all that follows.
const MAX_PARSE_TIME: Duration = Duration::from_secs(1);

/// The sanitizer's parser takes the longer for each `&amp;` the more there were.
const MAX_AMPERSANDS: usize = 50_000;

const STACK_BYTES: usize = 16 << 20;

/// The HTML of a Markdown text: only tags, attributes and addresses on the list in `sanitize`,
/// nothing that loads by itself. A text too large or too twisted to render in about a second is
/// shown as it was written.
pub fn render(markdown: &str) -> String {
    on_own_thread(|| formatted(markdown)).unwrap_or_else(|| verbatim(markdown))
}

/// Room for parsers that recurse, and a place where a panic in one of them ends.
fn on_own_thread(work: impl FnOnce() -> Option<String> + Send) -> Option<String> {
    thread::scope(|scope| {
        let builder = thread::Builder::new()
            .name("markdown".to_owned())
            .stack_size(STACK_BYTES);
        builder.spawn_scoped(scope, work).ok()?.join().ok()?
    })
}

fn formatted(markdown: &str) -> Option<String> {
    if markdown.len() > MAX_SOURCE_BYTES {
        return None;
    }
    let options = options();
    let arena = Arena::new();
    let start = Instant::now();
    let left = Cell::new(MAX_PARSE_QUESTIONS);
    let give_up = || {
        left.set(left.get().saturating_sub(1));
        left.get() == 0 || start.elapsed() > MAX_PARSE_TIME
    };
    let root = try_parse_document(&arena, markdown, &options, &give_up).ok()?;
    let html = html::format(root, &options).ok()?;
    (html.matches("&amp;").count() <= MAX_AMPERSANDS).then(|| sanitize::sanitize(&html))
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.autolink = true;
    extension.footnotes = true;
    extension.math_dollars = true;
    extension.math_latex = true;
    extension.strikethrough = true;
    extension.table = true;
    extension.tasklist = true;
    // Left where they are written: one that nothing refers to would otherwise vanish.
    options.parse.leave_footnote_definitions = true;
    options
}

/// All of it as text: there is nothing to sanitize.
fn verbatim(source: &str) -> String {
    let mut html = String::with_capacity(source.len() + source.len() / 8);
    html.push_str("<div class=\"code\"><pre tabindex=\"0\"><code>");
    code::push_escaped(&mut html, source);
    html.push_str("</code></pre></div>");
    html
}
