//! The texts of the pages. Each stands where it is shown, in English, inside one of the macros
//! here: the words themselves are what a translation is found by. docs/texts.pot gathers them for
//! translators; a test holds it, and holds pages to these macros.

use std::fmt::Display;

/// A text in the reader's language: `t!("Send")`. Its parts have names, so that a translation can
/// order them anew: `t!("Moved to {folder}", folder)`, `t!("Round {round}", round = it.iteration)`.
macro_rules! t {
    ($text:literal) => {
        $crate::texts::of($text)
    };
    ($text:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        $crate::texts::filled(
            $crate::texts::of($text),
            &[$((stringify!($name), &part!($name $(= $value)?))),+],
        )
    };
}

/// The same of something counted: `plural!(agents.len(), "1 agent", "{count} agents")`. Further
/// parts follow as in `t!`.
macro_rules! plural {
    ($count:expr, $one:literal, $many:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        let count = u64::try_from($count).unwrap_or(u64::MAX);
        $crate::texts::filled(
            $crate::texts::of_counted(count, $one, $many),
            &[
                ("count", &$crate::components::figures::grouped(count)),
                $((stringify!($name), &part!($name $(= $value)?))),*
            ],
        )
    }};
}

/// A text in a table that is made before anybody reads it; shown with `texts::of`.
macro_rules! marked {
    ($text:literal) => {
        $text
    };
}

macro_rules! part {
    ($name:ident) => {
        $name
    };
    ($name:ident = $value:expr) => {
        $value
    };
}

/// What the reader's language says for it. There is English so far: a second language is looked up
/// here and nowhere else.
#[inline]
pub fn of(english: &'static str) -> &'static str {
    english
}

/// Languages have more forms than two; which one a number takes is decided here.
#[inline]
pub fn of_counted(count: u64, one: &'static str, many: &'static str) -> &'static str {
    of(if count == 1 { one } else { many })
}

/// Puts the parts where their names stand in braces.
pub fn filled(text: &str, parts: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        if let Some((_, part)) = parts.iter().find(|(it, _)| *it == name) {
            filled.push_str(&part.to_string());
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_stand_where_their_names_are() {
        let folder = "Garden {count}";
        for (shown, expected) in [
            (t!("Saved").to_owned(), "Saved"),
            (t!("Moved to {folder}", folder), "Moved to Garden {count}"),
            (
                t!("{best} of {all}, {best}", all = 2 + 1, best = 2),
                "2 of 3, 2",
            ),
            (plural!(1_usize, "1 agent", "{count} agents"), "1 agent"),
            (plural!(0_u32, "1 agent", "{count} agents"), "0 agents"),
            (
                plural!(1204_u64, "1 of {folder}", "{count} of {folder}", folder),
                "1,204 of Garden {count}",
            ),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
