//! Secrets that the server makes for itself at the first start: files that only their owner may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The secret in that file; made of so many random bytes when it is not there.
pub fn secret(path: &Path, length: usize) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(secret) => return Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut secret = vec![0; length];
    getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
    write(path, &secret)?;
    Ok(secret)
}

/// In place of what was there, whole or not at all.
pub fn write(path: &Path, secret: &[u8]) -> io::Result<()> {
    // Under another name first: a crash must not leave half a secret.
    let unfinished = path.with_extension(std::process::id().to_string());
    let _ = fs::remove_file(&unfinished);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_secret_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join("a-secret");
        let made = secret(&path, 64).unwrap();
        assert_eq!(made.len(), 64);
        assert_eq!(secret(&path, 64).unwrap(), made);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let another = secret(&folder.path().join("another"), 64).unwrap();
        assert_ne!(another, made);
        write(&path, b"new").unwrap();
        assert_eq!(secret(&path, 64).unwrap(), b"new");
    }
}
