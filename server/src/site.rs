//! Where the built site is: the style sheet, the browser build and the public files. Works from any
//! working directory. Serving them is `router`'s job.

use std::path::{Path, PathBuf};

/// The name that the build gives the browser's files; `.cargo/config.toml` has it too.
pub const OUTPUT_NAME: &str = "overmind";
/// The folder of the site that holds them.
pub const PKG_DIR: &str = "pkg";

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    #[error(
        "LEPTOS_SITE_ROOT is {0}, but there is no {PKG_DIR}/{OUTPUT_NAME}.js with its .wasm in it: \
         set it to the folder that `make build` fills (target/site)"
    )]
    NotASite(PathBuf),
    #[error("{path}: {reason}")]
    BadConfig { path: PathBuf, reason: String },
    #[error(
        "the pages are not built, or were moved: run `make build`, put the folder target/site \
         beside the program under the name `site`, or set LEPTOS_SITE_ROOT to it (looked in {})",
        list(.0)
    )]
    NotFound(Vec<PathBuf>),
}

/// What a lookup starts from.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// LEPTOS_SITE_ROOT: when it is set, nothing else is tried.
    pub site_root: Option<PathBuf>,
    /// The folder of the running program.
    pub program_dir: Option<PathBuf>,
    pub working_dir: Option<PathBuf>,
}

impl Surroundings {
    /// Of the running process.
    pub fn here(site_root: Option<PathBuf>) -> Self {
        let program = std::env::current_exe()
            .and_then(|path| path.canonicalize())
            .ok();
        Self {
            site_root,
            program_dir: program.and_then(|path| path.parent().map(Path::to_owned)),
            working_dir: std::env::current_dir().ok(),
        }
    }

    /// The absolute path of the site: the one that LEPTOS_SITE_ROOT names, else the one that the
    /// nearest Leptos.toml names, else `site` beside the program or one folder up.
    pub fn find_site(&self) -> Result<PathBuf, SiteError> {
        if let Some(root) = &self.site_root {
            let root = match &self.working_dir {
                Some(dir) => dir.join(root),
                None => root.clone(),
            };
            return if is_site(&root) {
                Ok(root)
            } else {
                Err(SiteError::NotASite(root))
            };
        }

        let mut tried = Vec::new();
        let program_dirs = self.program_dir.iter().flat_map(|dir| dir.ancestors());
        for dir in program_dirs.chain(self.working_dir.as_deref()) {
            tried.extend(configured(dir)?);
        }
        for dir in self
            .program_dir
            .iter()
            .flat_map(|dir| dir.ancestors().take(2))
        {
            tried.push(dir.join("site"));
        }
        tried.dedup();
        match tried.iter().position(|dir| is_site(dir)) {
            Some(found) => Ok(tried.swap_remove(found)),
            None => Err(SiteError::NotFound(tried)),
        }
    }
}

/// The site that the Leptos.toml of this folder names, relative to the folder.
fn configured(dir: &Path) -> Result<Option<PathBuf>, SiteError> {
    let path = dir.join("Leptos.toml");
    if !path.is_file() {
        return Ok(None);
    }
    let bad = |reason: String| SiteError::BadConfig {
        path: path.clone(),
        reason,
    };
    let text = std::fs::read_to_string(&path).map_err(|error| bad(error.to_string()))?;
    let options =
        leptos::config::get_config_from_str(&text).map_err(|error| bad(error.to_string()))?;
    Ok(Some(dir.join(&*options.site_root)))
}

fn is_site(dir: &Path) -> bool {
    let pkg = dir.join(PKG_DIR);
    ["js", "wasm"]
        .iter()
        .all(|kind| pkg.join(OUTPUT_NAME).with_extension(kind).is_file())
}

fn list(dirs: &[PathBuf]) -> String {
    let dirs: Vec<_> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    if dirs.is_empty() {
        "no folder at all".to_owned()
    } else {
        dirs.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    fn build_site(dir: &Path) {
        fs::create_dir_all(dir.join("pkg")).unwrap();
        for file in ["overmind.js", "overmind.wasm"] {
            fs::write(dir.join("pkg").join(file), "").unwrap();
        }
    }

    fn write_config(dir: &Path, site_root: &str) {
        fs::create_dir_all(dir).unwrap();
        let text = format!(
            "[package.metadata.leptos]\noutput-name = \"overmind\"\nsite-root = \"{site_root}\"\n"
        );
        fs::write(dir.join("Leptos.toml"), text).unwrap();
    }

    struct Place {
        root: TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self {
                root: tempfile::tempdir().unwrap(),
            }
        }

        fn dir(&self, path: &str) -> PathBuf {
            let dir = self.root.path().join(path);
            fs::create_dir_all(&dir).unwrap();
            dir
        }

        fn find(
            &self,
            site_root: Option<&str>,
            program: &str,
            working: &str,
        ) -> Result<PathBuf, SiteError> {
            Surroundings {
                site_root: site_root.map(PathBuf::from),
                program_dir: Some(self.dir(program)),
                working_dir: Some(self.dir(working)),
            }
            .find_site()
        }
    }

    #[test]
    fn a_checkout_is_found_from_anywhere() {
        let place = Place::new();
        write_config(&place.dir("checkout"), "target/site");
        build_site(&place.dir("checkout/target/site"));
        for program in ["checkout/target/release", "checkout/target/debug"] {
            let found = place.find(None, program, "elsewhere").unwrap();
            assert_eq!(found, place.dir("checkout/target/site"));
        }
    }

    #[test]
    fn without_a_configuration_the_site_is_beside_the_program_or_one_folder_up() {
        let place = Place::new();
        build_site(&place.dir("opt/target/site"));
        let found = place.find(None, "opt/target/release", "elsewhere").unwrap();
        assert_eq!(found, place.dir("opt/target/site"));
        build_site(&place.dir("opt/target/release/site"));
        let found = place.find(None, "opt/target/release", "elsewhere").unwrap();
        assert_eq!(found, place.dir("opt/target/release/site"));
    }

    #[test]
    fn the_working_directory_counts_when_the_program_is_installed_elsewhere() {
        let place = Place::new();
        write_config(&place.dir("checkout"), "target/site");
        build_site(&place.dir("checkout/target/site"));
        let found = place.find(None, "bin", "checkout").unwrap();
        assert_eq!(found, place.dir("checkout/target/site"));
    }

    #[test]
    fn the_named_site_wins_and_is_relative_to_the_working_directory() {
        let place = Place::new();
        build_site(&place.dir("bin/site"));
        build_site(&place.dir("work/mine"));
        assert_eq!(
            place.find(Some("mine"), "bin", "work").unwrap(),
            place.dir("work/mine")
        );
        let error = place.find(Some("other"), "bin", "work").unwrap_err();
        assert_eq!(error, SiteError::NotASite(place.dir("work").join("other")));
    }

    #[test]
    fn an_unbuilt_site_is_an_error_that_says_what_to_do() {
        let place = Place::new();
        write_config(&place.dir("checkout"), "target/site");
        fs::create_dir_all(place.dir("checkout/target/site/pkg")).unwrap();
        let error = place
            .find(None, "checkout/target/debug", "checkout")
            .unwrap_err()
            .to_string();
        assert!(error.contains("make build"), "{error}");
        assert!(error.contains("checkout/target/site"), "{error}");
    }

    #[test]
    fn a_broken_configuration_is_named() {
        let place = Place::new();
        fs::write(place.dir("checkout").join("Leptos.toml"), "site-root = [").unwrap();
        let error = place
            .find(None, "checkout/target/debug", "checkout")
            .unwrap_err();
        assert!(matches!(error, SiteError::BadConfig { .. }), "{error:?}");
        assert!(error.to_string().contains("Leptos.toml"), "{error}");
    }
}
