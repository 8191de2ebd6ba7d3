//! A field that differs between two versions, as it is shown: what was taken out and what was added.

use crate::api::library::Difference;
use domain::deliberation::{Piece, PieceChange};
use domain::version::Change;
use serde_json::Value;
use services::rewording;

/// Texts and lists differ in words and items, everything else is replaced as a whole.
pub(super) fn difference(change: Change) -> Difference {
    let Change {
        field,
        before,
        after,
    } = change;
    let mut paragraphs = match (&before, &after) {
        (Value::String(old), Value::String(new)) if has_words(old) || has_words(new) => {
            rewording::of_texts(old, new)
        }
        (Value::Array(old), Value::Array(new)) => rewording::of_lists(&items(old), &items(new)),
        _ => Vec::new(),
    };
    let mut pieces = paragraphs.iter().flatten();
    // Other values have no words, and in texts that differ in empty lines only none is marked.
    if pieces.all(|piece| piece.change == PieceChange::Same) {
        paragraphs = vec![replaced(&before, &after)];
    }
    Difference { field, paragraphs }
}

/// A number or the name of a model is one word: with another one it is replaced as a whole.
fn has_words(text: &str) -> bool {
    text.trim().contains(char::is_whitespace)
}

fn items(list: &[Value]) -> Vec<String> {
    list.iter().map(in_words).collect()
}

fn replaced(before: &Value, after: &Value) -> Vec<Piece> {
    let (before, after) = (in_words(before), in_words(after));
    [
        (PieceChange::Removed, before),
        (PieceChange::Same, " → ".to_owned()),
        (PieceChange::Added, after),
    ]
    .map(|(change, text)| Piece { change, text })
    .into()
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => t!("Not set").to_owned(),
        Value::Bool(true) => t!("Yes").to_owned(),
        Value::Bool(false) => t!("No").to_owned(),
        Value::String(text) if text.is_empty() => t!("Empty").to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => t!("None").to_owned(),
        Value::Array(list) => items(list).join("\n"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_told_in_words() {
        for (value, words) in [
            (json!(null), "Not set"),
            (json!(true), "Yes"),
            (json!(""), "Empty"),
            (json!([]), "None"),
            (json!(["practical", "creative"]), "practical\ncreative"),
            (json!(0.2), "0.2"),
        ] {
            assert_eq!(in_words(&value), words);
        }
    }

    #[test]
    fn differences_are_marked_word_by_word() {
        let removed = |text| (PieceChange::Removed, text);
        let same = |text| (PieceChange::Same, text);
        let added = |text| (PieceChange::Added, text);
        for (before, after, paragraphs) in [
            (
                json!("Find what is wrong.\n\nBe short."),
                json!("Find what is missing.\n\nBe short.\n\nName a source."),
                vec![
                    vec![same("Find what is "), removed("wrong."), added("missing.")],
                    vec![same("Be short.")],
                    vec![added("Name a source.")],
                ],
            ),
            (
                json!(""),
                json!("You count sheep."),
                vec![vec![added("You count sheep.")]],
            ),
            (
                json!(["creative", "practical"]),
                json!(["practical", "analytical"]),
                vec![
                    vec![removed("creative")],
                    vec![same("practical")],
                    vec![added("analytical")],
                ],
            ),
            // What is one word, or none, is replaced as a whole.
            (
                json!(0.2),
                json!(1.0),
                vec![vec![removed("0.2"), same(" → "), added("1.0")]],
            ),
            (
                json!("lab/small"),
                json!("lab/large"),
                vec![vec![removed("lab/small"), same(" → "), added("lab/large")]],
            ),
            (
                json!(null),
                json!("lab/large"),
                vec![vec![removed("Not set"), same(" → "), added("lab/large")]],
            ),
            (
                json!("One.\n\nTwo."),
                json!("One.\n\n\nTwo."),
                vec![vec![
                    removed("One.\n\nTwo."),
                    same(" → "),
                    added("One.\n\n\nTwo."),
                ]],
            ),
        ] {
            let field = "goal".to_owned();
            let found = difference(Change {
                field,
                before,
                after,
            });
            let found: Vec<Vec<_>> = found
                .paragraphs
                .iter()
                .map(|it| it.iter().map(|it| (it.change, it.text.as_str())).collect())
                .collect();
            assert_eq!(found, paragraphs);
        }
    }
}
