//! Who may know whom, held against the text of `src/`.
//!
//! The compiler cannot say these things about modules of one crate. Names are found in the text of a file without its
//! comments: `crate::storage::Store`, `use crate::{app, storage}`, `super::super::storage`. Examples in doc comments
//! and links there may name anything.

mod source;

use std::collections::BTreeSet;
use std::path::Path;

use source::{Source, root, sources};

/// What a folder may use, and the words that never occur in it.
struct Rule {
    folder: &'static str,
    uses: &'static [&'static str],
    never: &'static [&'static str],
}

/// What makes a function anything but a function from values to values.
const IMPURE: &[&str] = &[
    "async",
    "await",
    "axum",
    "hyper",
    "http::",
    "rusqlite",
    "sqlx",
    "tokio",
    "tracing",
    "metrics",
    "SystemTime",
    "std::env",
    "std::fs",
    "std::process",
    "OsRng",
    "getrandom",
    "now_utc",
    "now_v7",
    "new_v4",
];

/// The arrows only point down this list. `cli`, `main.rs` and `lib.rs` wire everything and are not in it.
const RULES: &[Rule] = &[
    Rule {
        folder: "jobs",
        uses: &["app", "outbound", "storage", "domain", "base"],
        never: &["axum", "rusqlite", "sqlx"],
    },
    Rule {
        folder: "http",
        uses: &["app", "outbound", "scim", "domain", "base"],
        never: &["rusqlite", "sqlx", "reqwest"],
    },
    Rule { folder: "outbound", uses: &["domain", "base"], never: &["axum", "rusqlite", "sqlx"] },
    Rule {
        folder: "app",
        uses: &["storage", "scim", "domain", "base"],
        never: &["axum", "hyper", "reqwest", "rusqlite", "sqlx"],
    },
    Rule { folder: "storage", uses: &["domain", "base"], never: &["axum", "hyper", "reqwest"] },
    // Settings are values: `cli` reads them and hands them in, so nobody below uses `config`. What a database address
    // looks like is the store's business, also when it stands in a file.
    Rule {
        folder: "config",
        uses: &["storage", "base"],
        never: &["axum", "hyper", "reqwest", "rusqlite", "sqlx", "tokio"],
    },
    Rule { folder: "telemetry", uses: &["config", "base"], never: &["axum", "rusqlite", "sqlx"] },
    Rule { folder: "scim", uses: &["base"], never: IMPURE },
    Rule { folder: "domain", uses: &["base"], never: IMPURE },
    Rule { folder: "base", uses: &[], never: &["async", "axum", "hyper", "rusqlite", "sqlx", "tokio", "tracing"] },
];

/// Those that a text has, one complaint a line, as a person wants to read them.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn arrows_only_point_down() {
    let folders: BTreeSet<_> = sources().iter().map(|source| source.folder().to_owned()).collect();
    let mut complaints = Vec::new();
    for source in sources() {
        let Some(rule) = RULES.iter().find(|rule| rule.folder == source.folder()) else {
            if !["", "cli"].contains(&source.folder()) {
                complaints.push(format!("{}: no rule says what {} may use", source.path, source.folder()));
            }
            continue;
        };
        for (line, used) in source.uses_of_the_crate() {
            let known = folders.contains(used.as_str());
            if known && used != rule.folder && !rule.uses.contains(&used.as_str()) {
                complaints.push(format!("{}:{line}: {} does not use {used}", source.path, rule.folder));
            }
        }
    }
    none(&complaints);
}

#[test]
fn pure_folders_stay_pure_and_nobody_takes_anothers_tools() {
    let mut complaints = Vec::new();
    for source in sources() {
        let Some(rule) = RULES.iter().find(|rule| rule.folder == source.folder()) else { continue };
        for word in rule.never {
            for line in source.lines_with(word) {
                complaints.push(format!("{}:{line}: no {word} in {}", source.path, rule.folder));
            }
        }
    }
    none(&complaints);
}

/// Their tests may: that a thing takes no time has to be measured.
#[test]
fn pure_folders_measure_no_time() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| ["scim", "domain"].contains(&source.folder())) {
        for word in ["Instant::now", "time::Instant"] {
            let lines = source.without_tests().lines_with(word);
            complaints.extend(lines.iter().map(|line| format!("{}:{line}: {word}", source.path)));
        }
    }
    none(&complaints);
}

#[test]
fn http_reaches_out_for_single_sign_on_only() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| source.folder() == "http") {
        let all: BTreeSet<_> = source.lines_with("crate::outbound").into_iter().collect();
        let allowed: BTreeSet<_> = source.lines_with("crate::outbound::oidc").into_iter().collect();
        complaints.extend(all.difference(&allowed).map(|line| format!("{}:{line}", source.path)));
    }
    none(&complaints);
}

#[test]
fn t1_a_tenants_scope_is_vouched_for_where_somebody_proves_who_he_is() {
    let allowed = ["src/app/authentication.rs", "src/app/client_authentication.rs", "src/app/tenants.rs"];
    let mut complaints = Vec::new();
    for source in sources().iter().map(Source::without_tests) {
        if allowed.contains(&source.path.as_str()) {
            continue;
        }
        for word in ["TenantScope::vouched", "Self::vouched", "vouched as"] {
            complaints.extend(source.lines_with(word).iter().map(|line| format!("{}:{line}: {word}", source.path)));
        }
    }
    none(&complaints);
}

#[test]
fn sql_made_at_run_time_comes_from_one_file() {
    let with: Vec<_> = sources().iter().filter(|source| !source.lines_with("AssertSqlSafe").is_empty()).collect();
    let files: Vec<_> = with.iter().map(|source| source.path.as_str()).collect();
    assert!(files.len() == 1 && files[0].starts_with("src/storage/"), "AssertSqlSafe occurs in {files:?}");
}

#[test]
fn only_the_clock_reads_the_clock() {
    // A UUIDv7 begins with the time. It is made where identifiers are, and for a request's id, on which nothing rests.
    let exempt = [("src/base/ids.rs", "now_v7"), ("src/http/observe.rs", "now_v7")];
    let mut complaints = Vec::new();
    for source in sources().iter().map(Source::without_tests) {
        if source.path == "src/base/clock.rs" {
            continue;
        }
        for word in ["SystemTime::now", "now_utc", "now_local", "Utc::now", "now_v7"] {
            if !exempt.contains(&(source.path.as_str(), word)) {
                complaints.extend(source.lines_with(word).iter().map(|line| format!("{}:{line}: {word}", source.path)));
            }
        }
    }
    none(&complaints);
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = root().join("migrations").join(engine);
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert_eq!(sqlite, postgres);
    for (position, name) in sqlite.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", position + 1)), "{name} is not number {}", position + 1);
        assert!(Path::new(name).extension().is_some_and(|extension| extension == "sql"), "{name}");
    }
}
