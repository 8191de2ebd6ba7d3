//! Whether what an agent said stands in the answer: told by the words, because no model says so.

use std::collections::HashSet;

/// Of those words that carry meaning, the beginnings, so that endings do not matter; where words
/// are not parted by spaces, each two characters.
pub(super) fn words(text: &str) -> HashSet<String> {
    const STEM: usize = 5;
    const SHORT: usize = 4;
    let mut found = HashSet::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()) {
        let letters: Vec<char> = word.to_lowercase().chars().collect();
        if letters.iter().any(|letter| *letter >= '\u{2e80}') {
            found.extend(letters.windows(2).map(|two| two.iter().collect::<String>()));
        } else if letters.len() >= SHORT || letters.iter().any(char::is_ascii_digit) {
            found.insert(letters.into_iter().take(STEM).collect());
        }
    }
    found
}

/// Whether most of what the claim says stands in the answer.
pub(super) fn reaches(claim: &str, answer: &HashSet<String>) -> bool {
    let claimed = words(claim);
    let there = claimed.iter().filter(|word| answer.contains(*word)).count();
    there * 5 >= claimed.len() * 3 && there > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_reaches_an_answer_that_says_most_of_it() {
        let answer = words("Engines compute tables. 分析機関は数表を計算する。 It took 40 cards.");
        for (claim, expected) in [
            ("The engine computes tables", true),
            ("An engine may compose music of any complexity", false),
            ("分析機関は計算する", true),
            ("音楽を作曲する機械", false),
            ("40 cards", true),
            ("", false),
        ] {
            assert_eq!(reaches(claim, &answer), expected, "{claim}");
        }
    }
}
