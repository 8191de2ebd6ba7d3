//! What each part of a Markdown text becomes. Markup written by the model is shown as text;
//! images become links; parts nested too deeply lose their tags and keep their words.

use std::fmt::{self, Write};

use ammonia::Url;
use comrak::Options;
use comrak::html::{ChildRendering, Context, format_document_with_formatter, format_node_default};
use comrak::nodes::{Node, NodeLink, NodeMath, NodeValue};
use comrak::options::Plugins;
use pulldown_latex::config::DisplayMode;

use super::{code, math, sanitize};

/// Elements of the page one answer may become, more or less.
const MAX_ELEMENTS: usize = 60_000;
/// Code that is coloured and formulas that are converted, in all of an answer.
const MAX_CODE_BYTES: usize = 128 << 10;
const MAX_MATH_BYTES: usize = 128 << 10;

const MAX_NESTING: usize = 48;
const MAX_ADDRESS_BYTES: usize = 2 << 10;
/// A target that cannot be a link is shown when it is short enough to be read.
const MAX_SHOWN_ADDRESS_BYTES: usize = 200;

/// The page has an h1 and the message an h2: the text's own highest heading comes below.
const HIGHEST_HEADING: u8 = 3;

/// Where the renderer is, and how much it may still do.
struct State {
    /// The level of the text's highest heading, as written.
    highest: u8,
    depth: usize,
    links: usize,
    elements_left: usize,
    code_left: usize,
    math_left: usize,
}

type Step = Result<ChildRendering, fmt::Error>;

/// The HTML of a parsed text, not yet sanitized; an error when it would be too much.
pub fn format(root: Node<'_>, options: &Options<'_>) -> Result<String, fmt::Error> {
    let levels = root
        .descendants()
        .filter_map(|node| match &node.data().value {
            NodeValue::Heading(heading) => Some(heading.level),
            _ => None,
        });
    let state = State {
        highest: levels.min().unwrap_or(1),
        depth: 0,
        links: 0,
        elements_left: MAX_ELEMENTS,
        code_left: MAX_CODE_BYTES,
        math_left: MAX_MATH_BYTES,
    };
    let mut html = String::new();
    format_document_with_formatter(root, options, &mut html, &Plugins::default(), node, state)?;
    Ok(html)
}

fn node(context: &mut Context<'_, '_, State>, node: Node<'_>, entering: bool) -> Step {
    if entering {
        context.user.depth += 1;
        spend(context, 1)?;
    }
    let depth = context.user.depth;
    if !entering {
        context.user.depth -= 1;
    }
    let data = node.data();
    let value = &data.value;
    if is_flattened(value, depth) {
        if value.block() {
            context.cr()?;
        }
        return Ok(ChildRendering::HTML);
    }
    match value {
        NodeValue::Heading(heading) => {
            let level = (heading.level - context.user.highest + HIGHEST_HEADING).min(6);
            if entering {
                context.cr()?;
                write!(context, "<h{level}>")?;
            } else {
                writeln!(context, "</h{level}>")?;
            }
        }
        NodeValue::CodeBlock(block) if entering => {
            code_block(context, &block.info, &block.literal)?
        }
        NodeValue::HtmlBlock(block) if entering => code_block(context, "html", &block.literal)?,
        // A line break inside a table cell has no other spelling.
        NodeValue::HtmlInline(tag) if entering && is_line_break(tag) => {
            context.write_str("<br />")?
        }
        NodeValue::HtmlInline(tag) if entering => context.escape(tag)?,
        NodeValue::Link(link) => return self::link(context, node, link, entering),
        NodeValue::Image(image) => return self::image(context, node, image, entering),
        NodeValue::Math(formula) if entering => inline_math(context, formula)?,
        NodeValue::Table(_) if entering => {
            context.cr()?;
            context.write_str(
                "<div class=\"table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">",
            )?;
            return format_node_default(context, node, entering);
        }
        NodeValue::Table(_) => {
            format_node_default(context, node, entering)?;
            context.write_str("</div>\n")?;
        }
        NodeValue::TaskItem(task) => task_item(context, task.symbol.is_some(), entering)?,
        NodeValue::FootnoteReference(reference) if entering => {
            context.write_str("<sup>")?;
            context.escape(&reference.name)?;
            context.write_str("</sup>")?;
        }
        NodeValue::FootnoteDefinition(definition) if entering => {
            context.cr()?;
            context.write_str("<div class=\"footnote\"><sup>")?;
            context.escape(&definition.name)?;
            context.write_str("</sup>")?;
        }
        NodeValue::FootnoteDefinition(_) => context.write_str("</div>\n")?,
        NodeValue::CodeBlock(_)
        | NodeValue::HtmlBlock(_)
        | NodeValue::HtmlInline(_)
        | NodeValue::Math(_)
        | NodeValue::FootnoteReference(_) => {}
        _ => return format_node_default(context, node, entering),
    }
    Ok(ChildRendering::HTML)
}

/// Containers beyond the limit; an item goes with its list.
fn is_flattened(value: &NodeValue, depth: usize) -> bool {
    match value {
        NodeValue::Item(_) | NodeValue::TaskItem(_) => depth > MAX_NESTING + 1,
        NodeValue::BlockQuote
        | NodeValue::Emph
        | NodeValue::FootnoteDefinition(_)
        | NodeValue::Link(_)
        | NodeValue::List(_)
        | NodeValue::Strikethrough
        | NodeValue::Strong => depth > MAX_NESTING,
        _ => false,
    }
}

fn spend(context: &mut Context<'_, '_, State>, elements: usize) -> fmt::Result {
    context.user.elements_left = context
        .user
        .elements_left
        .checked_sub(elements)
        .ok_or(fmt::Error)?;
    Ok(())
}

/// Takes from an allowance, or leaves it as it is and says no.
fn take(left: &mut usize, amount: usize) -> bool {
    let rest = left.checked_sub(amount);
    *left = rest.unwrap_or(*left);
    rest.is_some()
}

fn is_line_break(tag: &str) -> bool {
    matches!(
        tag.to_ascii_lowercase().as_str(),
        "<br>" | "<br/>" | "<br />"
    )
}

fn code_block(context: &mut Context<'_, '_, State>, info: &str, source: &str) -> fmt::Result {
    let language = code::language(info);
    spend(context, 3)?;
    context.cr()?;
    if language.as_deref() == Some("math")
        && let Some(mathml) = mathml(context, source, DisplayMode::Block)?
    {
        return writeln!(context, "<p>{}</p>", display(&mathml));
    }
    context.write_str("<div class=\"code\"")?;
    if let Some(language) = &language {
        write!(context, " data-language=\"{language}\"")?;
    }
    context.write_str("><pre tabindex=\"0\"><code>")?;
    let coloured = match language {
        Some(language) if take(&mut context.user.code_left, source.len()) => {
            code::highlight(source, &language)
        }
        _ => None,
    };
    match coloured {
        Some(html) => {
            spend(context, html.matches("<span").count())?;
            context.write_str(&html)?;
        }
        None => context.escape(source)?,
    }
    context.write_str("</code></pre></div>\n")
}

fn inline_math(context: &mut Context<'_, '_, State>, formula: &NodeMath) -> fmt::Result {
    let mode = if formula.display_math {
        DisplayMode::Block
    } else {
        DisplayMode::Inline
    };
    match mathml(context, &formula.literal, mode)? {
        Some(mathml) if formula.display_math => context.write_str(&display(&mathml)),
        Some(mathml) => context.write_str(&mathml),
        None => {
            context.write_str("<code>")?;
            context.escape(&formula.literal)?;
            context.write_str("</code>")
        }
    }
}

fn mathml(
    context: &mut Context<'_, '_, State>,
    latex: &str,
    mode: DisplayMode,
) -> Result<Option<String>, fmt::Error> {
    if !take(&mut context.user.math_left, latex.len()) {
        return Ok(None);
    }
    let mathml = math::to_mathml(latex, mode);
    if let Some(mathml) = &mathml {
        spend(context, mathml.matches("</").count())?;
    }
    Ok(mathml)
}

/// A formula on its own line scrolls when it is wider than the text.
fn display(mathml: &str) -> String {
    format!(
        "<span class=\"math\" role=\"group\" aria-label=\"Formula\" tabindex=\"0\">{mathml}</span>"
    )
}

fn task_item(context: &mut Context<'_, '_, State>, done: bool, entering: bool) -> fmt::Result {
    if !entering {
        return context.write_str("</li>\n");
    }
    let (label, sign) = if done {
        ("Done", '☑')
    } else {
        ("Not done", '☐')
    };
    context.cr()?;
    write!(
        context,
        "<li class=\"task\"><span role=\"img\" aria-label=\"{label}\">{sign}</span> "
    )
}

fn link(
    context: &mut Context<'_, '_, State>,
    node: Node<'_>,
    link: &NodeLink,
    entering: bool,
) -> Step {
    let address = address(&link.url);
    if entering {
        context.user.links += 1;
        if let Some(address) = address {
            open_link(context, &address, &link.title)?;
        }
    } else {
        context.user.links -= 1;
        if address.is_some() {
            context.write_str("</a>")?;
        } else if is_shown(&link.url) && node.collect_text() != link.url {
            context.write_str(" (")?;
            context.escape(&link.url)?;
            context.write_str(")")?;
        }
    }
    Ok(ChildRendering::HTML)
}

/// A link to the image, called what the image shows. Inside a link it is only the words.
fn image(
    context: &mut Context<'_, '_, State>,
    node: Node<'_>,
    image: &NodeLink,
    entering: bool,
) -> Step {
    let address = address(&image.url).filter(|_| context.user.links == 0);
    if entering {
        if let Some(address) = &address {
            open_link(context, address, &image.title)?;
        }
        if node.collect_text().trim().is_empty() {
            context.write_str("Image")?;
            return Ok(ChildRendering::Skip);
        }
        return Ok(ChildRendering::Plain);
    }
    if address.is_some() {
        context.write_str("</a>")?;
    }
    Ok(ChildRendering::HTML)
}

fn open_link(context: &mut Context<'_, '_, State>, address: &Url, title: &str) -> fmt::Result {
    context.write_str("<a href=\"")?;
    context.escape(address.as_str())?;
    if !title.is_empty() {
        context.write_str("\" title=\"")?;
        context.escape(title)?;
    }
    context.write_str("\">")
}

/// A complete address with an allowed scheme, spelled out so that no browser reads it otherwise.
fn address(target: &str) -> Option<Url> {
    if target.len() > MAX_ADDRESS_BYTES {
        return None;
    }
    Url::parse(target)
        .ok()
        .filter(|url| sanitize::SCHEMES.contains(&url.scheme()))
}

/// Headings have no ids, so a target on the same page says nothing; data is not for reading.
fn is_shown(target: &str) -> bool {
    let scheme_is_data = target
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("data:"));
    !target.is_empty()
        && !target.starts_with('#')
        && !scheme_is_data
        && target.len() <= MAX_SHOWN_ADDRESS_BYTES
}
