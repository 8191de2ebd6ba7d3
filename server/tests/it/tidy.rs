//! The rules of ARCHITECTURE.md, held against the tree and the dependency graph.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Longer files than this are split by job, unless they are listed here with a reason.
const LONGEST_FILE: usize = 500;
const LONGER_FOR_A_REASON: &[(&str, &str)] = &[];

/// What each crate of ours may use of ours: the dependency direction.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("engine", &["domain"]),
    ("outbound", &[]),
    ("llm", &["domain", "engine", "outbound"]),
    ("provider-mock", &[]),
    ("store", &["domain"]),
    ("services", &["domain", "engine", "store"]),
    ("app", &["domain", "services"]),
    ("bench", &["provider-mock"]),
    ("frontend", &["app"]),
    (
        "server",
        &[
            "app", "domain", "engine", "llm", "outbound", "services", "store",
        ],
    ),
];

/// Runtimes, clients and databases: nothing for `domain` and `engine`.
const IO: &[&str] = &[
    "tokio",
    "reqwest",
    "genai",
    "sqlx",
    "axum",
    "hyper",
    "leptos",
    "async-std",
    "smol",
];

/// The only one of our crates that may name each of these.
const ONLY: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("reqwest", &["outbound"]),
    ("genai", &["llm"]),
    ("llama-cpp-2", &["llm"]),
];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .unwrap()
}

fn ours(metadata: &Metadata) -> BTreeMap<String, &Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| (package.name.to_string(), package))
        .collect()
}

fn normal_dependencies(package: &Package) -> BTreeSet<String> {
    let normal = package
        .dependencies
        .iter()
        .filter(|d| d.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

/// Every file that git would track, by its path from the root.
pub fn files(extension: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", "node_modules", ".git", "test-results"].contains(&name.as_str()) {
                    walk(&path, extension, found);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), extension, &mut found);
    found.sort();
    found
}

pub fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap()
        .to_string_lossy()
        .into_owned()
}

#[test]
fn crates_depend_in_one_direction() {
    let metadata = metadata();
    let ours = ours(&metadata);
    let rules: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    for (name, package) in &ours {
        let allowed = rules
            .get(name.as_str())
            .unwrap_or_else(|| panic!("{name} is not in MAY_USE"));
        for used in normal_dependencies(package)
            .iter()
            .filter(|used| ours.contains_key(*used))
        {
            assert!(
                allowed.contains(&used.as_str()),
                "{name} must not use {used}"
            );
        }
    }
    assert_eq!(
        rules.len(),
        ours.len(),
        "MAY_USE names a crate that is gone"
    );
}

#[test]
fn io_stays_where_it_belongs() {
    let metadata = metadata();
    for (name, package) in ours(&metadata) {
        let used = normal_dependencies(package);
        if ["domain", "engine"].contains(&name.as_str()) {
            let io: Vec<_> = IO.iter().filter(|crate_| used.contains(**crate_)).collect();
            assert!(io.is_empty(), "{name} uses {io:?}");
        }
        for (library, users) in ONLY {
            assert!(
                !used.contains(*library) || users.contains(&name.as_str()),
                "{name} uses {library}"
            );
        }
    }
    // Its bundled SQLite has a bug that corrupts a database when the log is reset.
    let old_sqlx = metadata.packages.iter().find(|package| {
        package.name.starts_with("sqlx") && package.version.major == 0 && package.version.minor < 9
    });
    assert!(old_sqlx.is_none(), "{old_sqlx:?}");
}

#[test]
fn the_map_is_true() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let metadata = metadata();
    for name in ours(&metadata).keys() {
        assert!(
            map.contains(&format!("`{name}`")),
            "ARCHITECTURE.md does not name the crate {name}"
        );
    }
    let mut checked = 0;
    for named in map.split('`').skip(1).step_by(2) {
        let is_path = named.contains('/')
            && !named.contains([' ', '*', '<', '{', ':', '('])
            && !named.starts_with('/');
        if is_path {
            assert!(
                root().join(named).exists(),
                "ARCHITECTURE.md names {named}, which is not there"
            );
            checked += 1;
        }
    }
    assert!(
        checked > 20,
        "only {checked} paths were found in ARCHITECTURE.md"
    );
}

#[test]
fn migrations_come_in_pairs() {
    let names = |database: &str| -> BTreeSet<String> {
        let folder = root().join("migrations").join(database);
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn files_have_one_job_and_say_which() {
    let reasons: BTreeMap<_, _> = LONGER_FOR_A_REASON.iter().copied().collect();
    for path in files("rs") {
        let name = relative(&path);
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(
            lines <= LONGEST_FILE || reasons.contains_key(name.as_str()),
            "{name} has {lines} lines"
        );
        let header = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .count();
        assert!(
            header >= 1,
            "{name} does not begin with `//!` and what lives in it"
        );
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let vague = [
            "utils", "util", "common", "helpers", "helper", "manager", "handler", "handlers",
            "misc",
        ];
        assert!(
            !vague.contains(&stem.as_str()),
            "{name}: a newcomer cannot guess what is in it"
        );
    }
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let mut numbers: Vec<u32> = fs::read_dir(root().join("docs/adr"))
        .unwrap()
        .map(|entry| {
            entry.unwrap().file_name().to_string_lossy()[..4]
                .parse()
                .unwrap()
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>());
}
