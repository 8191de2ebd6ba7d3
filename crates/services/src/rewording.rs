//! What one text says in other words than another: paragraph by paragraph, and in those that were
//! rewritten word by word. Drafts are compared so, and the versions of agents and workflows.

use domain::deliberation::{Piece, PieceChange};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};
use std::hash::Hash;
use std::time::Duration;

/// Whoever waits gets a coarser comparison instead.
const LONGEST: Duration = Duration::from_millis(100);
/// Paragraphs with less in common than this, in percent, are shown one after the other.
const ALIKE: usize = 40;

/// Paragraphs in the order of the new text; what was left out stands where it was. Texts that differ
/// in empty lines only have nothing marked.
pub fn of_texts(old: &str, new: &str) -> Vec<Vec<Piece>> {
    of_lists(&paragraphs(old), &paragraphs(new))
}

/// The same of lists: each item is a paragraph.
pub fn of_lists<T: AsRef<str> + Ord + Hash>(old: &[T], new: &[T]) -> Vec<Vec<Piece>> {
    let all = |change, items: &[T]| -> Vec<Vec<Piece>> {
        let items = items.iter();
        items.map(|text| whole(change, text.as_ref())).collect()
    };
    let mut compared = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        let (before, after) = (&old[op.old_range()], &new[op.new_range()]);
        if matches!(op, DiffOp::Equal { .. }) {
            compared.extend(all(PieceChange::Same, after));
            continue;
        }
        let pairs = before.len().min(after.len());
        for (before, after) in before.iter().zip(after) {
            compared.extend(rewritten(before.as_ref(), after.as_ref()));
        }
        compared.extend(all(PieceChange::Removed, &before[pairs..]));
        compared.extend(all(PieceChange::Added, &after[pairs..]));
    }
    compared
}

/// Set apart by empty lines.
fn paragraphs(text: &str) -> Vec<&str> {
    let blocks = text.split("\n\n").map(|block| block.trim_matches('\n'));
    blocks.filter(|block| !block.trim().is_empty()).collect()
}

fn whole(change: PieceChange, text: &str) -> Vec<Piece> {
    let text = text.to_owned();
    vec![Piece { change, text }]
}

fn rewritten(old: &str, new: &str) -> Vec<Vec<Piece>> {
    let diff = TextDiff::configure().timeout(LONGEST).diff_words(old, new);
    let mut words = Words::default();
    let (mut alike, mut all) = (0, 0);
    for change in diff.iter_all_changes() {
        let text = change.value();
        // Spaces make nothing alike.
        let length = text.trim().len();
        all += length;
        match change.tag() {
            ChangeTag::Equal if length == 0 => words.space.push_str(text),
            ChangeTag::Equal => {
                (alike, all) = (alike + 2 * length, all + length);
                words.same(text);
            }
            ChangeTag::Delete => words.removed(text),
            ChangeTag::Insert => words.added(text),
        }
    }
    if alike * 100 < all * ALIKE {
        return vec![
            whole(PieceChange::Removed, old),
            whole(PieceChange::Added, new),
        ];
    }
    vec![words.finish()]
}

/// Gathers what was changed side by side, the spaces in between included, so that a sentence that
/// was replaced reads as one.
#[derive(Default)]
struct Words {
    pieces: Vec<Piece>,
    removed: String,
    added: String,
    /// Seen in both, and not yet known to belong to a change.
    space: String,
}

impl Words {
    fn same(&mut self, text: &str) {
        self.flush();
        let space = std::mem::take(&mut self.space);
        self.push(PieceChange::Same, space + text);
    }

    fn removed(&mut self, text: &str) {
        self.take_space();
        self.removed.push_str(text);
    }

    fn added(&mut self, text: &str) {
        self.take_space();
        self.added.push_str(text);
    }

    /// Within a change it is part of both sides, before one it stays what it is.
    fn take_space(&mut self) {
        let space = std::mem::take(&mut self.space);
        if self.removed.is_empty() && self.added.is_empty() {
            self.push(PieceChange::Same, space);
        } else {
            self.removed.push_str(&space);
            self.added.push_str(&space);
        }
    }

    fn flush(&mut self) {
        let (removed, added) = (
            std::mem::take(&mut self.removed),
            std::mem::take(&mut self.added),
        );
        self.push(PieceChange::Removed, removed);
        self.push(PieceChange::Added, added);
    }

    fn push(&mut self, change: PieceChange, text: String) {
        if text.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(last) if last.change == change => last.text.push_str(&text),
            _ => self.pieces.push(Piece { change, text }),
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        let space = std::mem::take(&mut self.space);
        self.push(PieceChange::Same, space);
        self.pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[-removed-]` and `{+added+}`, a line for each paragraph.
    fn told(paragraphs: Vec<Vec<Piece>>) -> Vec<String> {
        let told = |pieces: Vec<Piece>| {
            let piece = |Piece { change, text }| match change {
                PieceChange::Same => text,
                PieceChange::Removed => format!("[-{text}-]"),
                PieceChange::Added => format!("{{+{text}+}}"),
            };
            pieces.into_iter().map(piece).collect()
        };
        paragraphs.into_iter().map(told).collect()
    }

    #[test]
    fn texts_are_compared_in_words() {
        for (old, new, expected) in [
            ("One.", "One.", vec!["One."]),
            ("", "New.", vec!["{+New.+}"]),
            (
                "Start with one shared list on Monday.",
                "Start with one short list on Monday.",
                vec!["Start with one [-shared-]{+short+} list on Monday."],
            ),
            // Side by side it reads as one.
            (
                "We meet every day at noon, and then we work.",
                "We meet once a week at noon, and then we work.",
                vec!["We meet [-every day-]{+once a week+} at noon, and then we work."],
            ),
            // What has nothing in common is not mixed.
            (
                "First.\n\nAlpha beta gamma delta.\n\nLast.",
                "First.\n\nNothing of that remains here today.\n\nLast.",
                vec![
                    "First.",
                    "[-Alpha beta gamma delta.-]",
                    "{+Nothing of that remains here today.+}",
                    "Last.",
                ],
            ),
            (
                "First.\n\n\n\nGone.\n\nLast.",
                "First.\n\nLast.\n\nMore.",
                vec!["First.", "[-Gone.-]", "Last.", "{+More.+}"],
            ),
        ] {
            assert_eq!(told(of_texts(old, new)), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn lists_are_compared_in_items() {
        assert_eq!(
            told(of_lists(
                &["creative", "structural", "practical"],
                &["practical", "creative", "structural"],
            )),
            ["{+practical+}", "creative", "structural", "[-practical-]"]
        );
        assert_eq!(
            told(of_lists(&["lab/small"], &["lab/large"])),
            ["[-lab/small-]", "{+lab/large+}"]
        );
        assert_eq!(told(of_lists(&[], &["practical"])), ["{+practical+}"]);
    }
}
