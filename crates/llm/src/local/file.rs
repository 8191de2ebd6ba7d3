//! The model's file: its name, its hash, whether it is there and whole.

use super::{LocalError, PROVIDER};
use domain::ModelName;
use sha2::Digest;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What scripts/fetch-model.sh calls the file in the folder `models` of the cache.
pub const FILE_NAME: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

pub const BUILT_IN_SHA256: Sha256 =
    Sha256("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");

/// A file's hash in lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha256(pub &'static str);

pub(super) fn check(path: &Path, expected: Option<Sha256>) -> Result<(), LocalError> {
    let unreadable = |source| LocalError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(LocalError::Missing(path.to_owned()));
        }
        opened => opened.map_err(unreadable)?,
    };
    match expected {
        Some(Sha256(expected)) if hash(file).map_err(unreadable)? != expected => {
            Err(LocalError::Damaged(path.to_owned()))
        }
        _ => Ok(()),
    }
}

fn hash(mut file: File) -> io::Result<String> {
    let mut hash = sha2::Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(format!("{:x}", hash.finalize())),
            read => hash.update(&block[..read]),
        }
    }
}

/// `SmolLM2-135M-Instruct.Q4_1.gguf` is `local/smollm2-135m-instruct`.
pub(super) fn model_name(path: &Path) -> Option<ModelName> {
    let stem = path.file_stem()?.to_str()?.to_lowercase();
    let name = match stem.rsplit_once(['.', '-']) {
        Some((name, last)) if is_quantization(last) => name,
        _ => &stem,
    };
    let name: String = name
        .chars()
        .map(|c| if c.is_whitespace() { '-' } else { c })
        .collect();
    format!("{PROVIDER}/{name}").parse().ok()
}

/// Such as `q4_1`, `q4_k_m`, `iq3_xs`, `f16`.
fn is_quantization(text: &str) -> bool {
    let digits = text
        .strip_prefix("iq")
        .or_else(|| text.strip_prefix("bf"))
        .or_else(|| text.strip_prefix(['q', 'f']));
    digits.is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (file, name) in [
            (FILE_NAME, super::super::BUILT_IN),
            ("/a/Qwen3-0.6B-Q8_0.gguf", "local/qwen3-0.6b"),
            (
                "/a/Llama-3.2-1B-Instruct-Q4_K_M.gguf",
                "local/llama-3.2-1b-instruct",
            ),
            ("my model.gguf", "local/my-model"),
            ("tiny.IQ3_XS.gguf", "local/tiny"),
            ("phi-quick.gguf", "local/phi-quick"),
        ] {
            let found = model_name(Path::new(file)).expect(file);
            assert_eq!(found.to_string(), name);
        }
    }
}
