//! Small texts made to be expensive: on a thread with the stack a server's thread has, in bounded
//! time, and without losing their words.

use std::time::{Duration, Instant};

use super::super::render;
use super::markup::assert_rendered;

const STACK_BYTES: usize = 2 << 20;

/// Far above what an optimized build needs (below a second), far below what anything quadratic
/// takes at these sizes.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });

fn bombs() -> Vec<(&'static str, String)> {
    // An unoptimized build is ten times slower, so it gets a tenth.
    let share = if cfg!(debug_assertions) { 10 } else { 1 };
    let many = |piece: &str, times: usize| {
        piece.repeat(if times < 100_000 {
            times
        } else {
            times / share
        })
    };
    let deep_list = (0..2_000)
        .map(|depth| format!("{}- a\n", many("  ", depth)))
        .collect();
    let table = |columns: usize, rows: usize| {
        format!(
            "{}|\n{}|\n{}",
            many("|a", columns),
            many("|-", columns),
            many("|a\n", rows)
        )
    };
    vec![
        ("quotes", many(">", 10_000) + "a"),
        ("quotes without end", many(">", 4_000_000)),
        (
            "quotes on many lines",
            many(&(many("> ", 1_000) + "a\n"), 2_000),
        ),
        ("list markers", many("- ", 10_000) + "a"),
        ("lists", deep_list),
        ("stars", many("*", 10_000)),
        ("stars apart", many("*a ", 400_000)),
        (
            "stars in pairs",
            many("*a **a ", 100_000) + &many(" a** a*", 100_000),
        ),
        ("underscores", many("*a_ ", 200_000)),
        ("brackets", many("[", 10_000)),
        ("many brackets", many("[", 1_000_000)),
        ("brackets closed", many("[", 50_000) + &many("]", 50_000)),
        ("links", many("[a](", 100_000)),
        (
            "links inside links",
            many("[", 20_000) + "a" + &many("](https://a.test)", 20_000),
        ),
        ("images", many("![", 100_000) + &many("](x)", 100_000)),
        (
            "references",
            many("[a]: b\n", 100_000) + &many("[a]", 100_000),
        ),
        ("footnotes", many("[^a]", 200_000) + "\n\n[^a]: b"),
        ("footnote definitions", many("[^1]:", 50_000)),
        (
            "backticks",
            (1..2_000).map(|length| many("`", length) + " ").collect(),
        ),
        ("dollars", many("$", 1_000_000)),
        ("dollars apart", many("$a ", 500_000)),
        ("opening formulas", many("\\(", 500_000)),
        ("formulas", many("$x$ ", 500_000)),
        (
            "large formulas",
            many(&format!("$${}$$\n\n", many("x+", 4_000)), 400),
        ),
        (
            "nested formula",
            format!("$${}x{}$$", many("{", 4_000), many("}", 4_000)),
        ),
        (
            "nested formulas",
            many(
                &format!("$${}x{}$$\n\n", many("{", 2_000), many("}", 2_000)),
                500,
            ),
        ),
        ("accents", format!("$${}x$$", many("\\hat", 2_000))),
        (
            "accents up to the limit",
            format!("$${}x$$", many("\\hat", 255)),
        ),
        (
            "fractions up to the limit",
            format!("$${}11$$", many("\\frac1", 255)),
        ),
        (
            "roots up to the limit",
            format!("$${}x$$", many("\\sqrt[3]", 255)),
        ),
        (
            "stacks up to the limit",
            format!("$${}x$$", many("\\overset a", 255)),
        ),
        (
            "commands without effect",
            format!("$${}x$$", many("\\relax ", 255)),
        ),
        (
            "braces up to the limit",
            format!("$${}x{}$$", many("{", 32), many("}", 32)),
        ),
        ("fences", many("\\left(", 120) + &many("\\right)", 120)),
        (
            "macros",
            "$$\\def\\a#1{#1#1#1#1}\\a{\\a{\\a{\\a{\\a{\\a{\\a{\\a{x}}}}}}}}$$".to_owned(),
        ),
        ("wide table", table(60_000, 7)),
        ("long table", table(5, 400_000)),
        ("square table", table(2_000, 2_000)),
        (
            "code",
            format!(
                "```rust\n{}```",
                many("fn a() { let x = \"y\"; }\n", 160_000)
            ),
        ),
        (
            "code blocks",
            many("```js\nlet a = 1; // b\n```\n", 100_000),
        ),
        (
            "code in brackets",
            format!("```rust\n{}\n```", many("([{", 600)),
        ),
        (
            "code in brackets on lines",
            format!("```js\n{}```", many("([{\n", 16_000)),
        ),
        (
            "code of quotes",
            format!("```python\n{}```", many(&(many("'\"\\", 600) + "\n"), 30)),
        ),
        (
            "code of spaces",
            format!("```yaml\n{}```", many(&(many(" ", 2_000) + "a\n"), 30)),
        ),
        (
            "code of colons",
            format!("```yaml\n{}```", many(&(many("a: ", 600) + "\n"), 30)),
        ),
        (
            "code of angles",
            format!("```html\n{}```", many(&(many("<a ", 600) + "\n"), 30)),
        ),
        (
            "code of slashes",
            format!("```js\n{}```", many(&(many("/a", 900) + "\n"), 30)),
        ),
        (
            "code of stars",
            format!("```cpp\n{}```", many(&(many("a<*(&", 380) + "\n"), 30)),
        ),
        (
            "code of lines",
            format!("```ruby\n{}```", many("<<A\n", 16_000)),
        ),
        (
            "code of words",
            format!(
                "```markdown\n{}```",
                many(&(many("*_[a](", 300) + "\n"), 30)
            ),
        ),
        (
            "code of dollars",
            format!("```bash\n{}```", many(&(many("$(`${", 380) + "\n"), 30)),
        ),
        (
            "code of backslashes",
            format!("```latex\n{}```", many(&(many("\\a{", 600) + "\n"), 30)),
        ),
        (
            "code of commas",
            format!("```sql\n{}```", many(&(many("('a',", 380) + "\n"), 30)),
        ),
        (
            "code of dashes",
            format!("```haskell\n{}```", many(&(many("{-|", 600) + "\n"), 30)),
        ),
        (
            "code of hashes",
            format!("```php\n{}```", many(&(many("<?=#", 450) + "\n"), 30)),
        ),
        ("markup", many("<a>", 600_000)),
        ("open markup", many("<a ", 600_000)),
        ("comments", many("<!--", 500_000)),
        ("entities", many("&amp;", 500_000)),
        ("addresses", many("https://a.test ", 200_000)),
        ("half addresses", many("http://", 300_000)),
        ("mail", many("a@", 500_000)),
        ("dots", many("www.a.", 300_000)),
        ("line breaks", many("a  \n", 500_000)),
        ("rules", many("---\n\n", 400_000)),
        ("headings", many("# a\n", 500_000)),
        ("one word", many("a", 4 << 20)),
        (
            "prose",
            many("The quick brown fox jumps over the lazy dog. ", 90_000),
        ),
        ("too much", many("a *b*\n\n", 1_000_000)),
    ]
}

#[test]
fn bombs_do_not_go_off() {
    let mut slow = Vec::new();
    for (name, source) in bombs() {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK_BYTES);
        let run = thread.spawn(move || {
            let start = Instant::now();
            let html = render(&source);
            (start.elapsed(), html, source)
        });
        let (took, html, source) = run.unwrap().join().unwrap();
        println!(
            "{took:9.3?} {:9} bytes from {:9}: {name}",
            html.len(),
            source.len()
        );
        assert!(!html.is_empty(), "{name}");
        assert!(html.len() < 40 << 20, "{name}: {} bytes", html.len());
        if source.len() < 10_000 {
            assert_rendered(&html, name);
        }
        if took > PATIENCE {
            slow.push((name, took));
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

#[test]
fn deep_nesting_keeps_the_words() {
    let html = render(&(">".repeat(10_000) + "a *b*"));
    assert!(html.matches("<blockquote>").count() < 100, "{html}");
    assert_eq!(super::markup::text(&html).trim(), "a b");
}

#[test]
fn too_much_is_shown_as_it_was_written() {
    let source = "a *b*\n".repeat(1_000_000);
    let html = render(&source);
    assert!(
        html.starts_with("<div class=\"code\"><pre tabindex=\"0\"><code>a *b*\n"),
        "{html:.60}"
    );
    assert_eq!(super::markup::text(&html), source);
}
