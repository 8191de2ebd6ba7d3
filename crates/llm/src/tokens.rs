//! Counting tokens where the provider gave no count: with the model's own tokenizer where it
//! is public, otherwise an estimate that rather counts too many than too few.

use crate::catalog::bare_name;
use domain::ModelName;
use tiktoken_rs::{CoreBPE, cl100k_base_singleton, o200k_base_singleton};

/// How many tokens this text takes in this model's context.
pub fn count(model: &ModelName, text: &str) -> u32 {
    let tokens = match tokenizer(bare_name(model)) {
        Some(tokenizer) => tokenizer.encode_ordinary(text).len(),
        None => estimate(text),
    };
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

fn tokenizer(model: &str) -> Option<&'static CoreBPE> {
    const O200K: &[&str] = &["gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "gpt-6", "gpt-oss"];
    let starts = |starts: &[&str]| starts.iter().any(|start| model.starts_with(start));
    if starts(O200K) || starts(&["o1", "o3", "o4", "chatgpt-4o"]) {
        Some(o200k_base_singleton())
    } else if starts(&["gpt-4", "gpt-3.5"]) {
        Some(cl100k_base_singleton())
    } else {
        None
    }
}

/// About 3.5 letters of Latin script to a token; other scripts take nearly one for each letter.
fn estimate(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let other = text.chars().filter(|letter| !letter.is_ascii()).count();
    (ascii * 2).div_ceil(7) + other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let count = |model: &str, text: &str| count(&model.parse().unwrap(), text);
        assert_eq!(count("openai/gpt-5.1", "Hello, world!"), 4);
        assert_eq!(count("openai/gpt-4", "Hello, world!"), 4);
        // The two vocabularies differ outside of English.
        assert_eq!(count("openai/gpt-4o", "Привет, мир"), 4);
        assert!(count("openai/gpt-4", "Привет, мир") > 4);
        assert_eq!(count("compatible/openai/gpt-4o", "Hello, world!"), 4);
        assert_eq!(count("anthropic/claude-sonnet-5-5", ""), 0);
        assert_eq!(count("anthropic/claude-sonnet-5-5", "Hello, world!"), 4);
        assert_eq!(count("gemini/gemini-2.5-pro", "生産性"), 3);
    }
}
