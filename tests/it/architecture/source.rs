//! The files of `src/` as the rules look at them: without comments, each line at its place.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The top of the tree.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One file.
#[derive(Clone)]
pub struct Source {
    /// From the top of the tree, e.g. `src/app/tenants.rs`.
    pub path: String,
    /// Its text without comments and without what its literals hold; the line ends are kept.
    code: String,
    /// The same with the names in strings: `serialize_with = "crate::domain::tenant::rfc3339"` is a use like any other.
    with_strings: String,
}

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut found = Vec::new();
    collect(&root().join("src"), &mut found);
    assert!(found.len() > 20, "src/ was not found");
    found
});

/// All files of `src/`.
pub fn sources() -> &'static [Source] {
    &SOURCES
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(Source::new(path.strip_prefix(root()).unwrap().to_str().unwrap(), &text));
        }
    }
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), code: stripped(text, false), with_strings: stripped(text, true) }
    }

    /// The folder below `src`, e.g. `app`, also for `src/app.rs`; empty for `lib.rs` and `main.rs`.
    pub fn folder(&self) -> &str {
        match self.path.trim_start_matches("src/").split_once('/') {
            Some((folder, _)) => folder,
            None if ["src/lib.rs", "src/main.rs"].contains(&self.path.as_str()) => "",
            None => self.path.trim_start_matches("src/").trim_end_matches(".rs"),
        }
    }

    /// How many modules the file lies below the crate: 2 for `src/app/tenants.rs`.
    fn depth(&self) -> usize {
        let modules = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        modules.matches('/').count()
    }

    /// The numbers of the lines in which the word occurs, not as a part of a longer name.
    pub fn lines_with(&self, word: &str) -> Vec<usize> {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let mut lines = Vec::new();
        for (number, line) in self.code.lines().enumerate() {
            let alone = |(start, _): (usize, &str)| {
                let longer = word.ends_with(part) && line[start + word.len()..].starts_with(part);
                !line[..start].ends_with(part) && !longer
            };
            if line.match_indices(word).any(alone) {
                lines.push(number + 1);
            }
        }
        lines
    }

    /// The top-level modules that the file names, each with its line.
    pub fn uses_of_the_crate(&self) -> Vec<(usize, String)> {
        let mut uses = Vec::new();
        let supers = "super::".repeat(self.depth());
        for start in ["crate::", "deskgate::", supers.as_str()] {
            for (at, _) in self.with_strings.match_indices(start) {
                let before = self.with_strings[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                    continue;
                }
                let line = self.with_strings[..at].matches('\n').count() + 1;
                uses.extend(first_names(&self.with_strings[at + start.len()..]).into_iter().map(|name| (line, name)));
            }
        }
        uses
    }

    /// The same file without its `#[cfg(test)]` modules; empty for a file that is one (`tests.rs`, `tests/…`).
    pub fn without_tests(&self) -> Self {
        let own_file = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        let cut = |code: &str| if own_file { String::new() } else { without_test_modules(code) };
        Self { path: self.path.clone(), code: cut(&self.code), with_strings: cut(&self.with_strings) }
    }
}

fn without_test_modules(code: &str) -> String {
    let mut code = code.to_owned();
    while let Some(start) = code.find("#[cfg(test)]") {
        let end = start + item_length(&code[start..]);
        let blank: String = code[start..end].chars().filter(|c| *c == '\n').collect();
        code.replace_range(start..end, &blank);
    }
    code
}

/// The first names of a path or of the group `{a::b, c}` that stands in its place.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut names = vec![name(group.trim_start())];
    let mut depth = 0_usize;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names
}

/// The length of an item: to its closing brace, or to the semicolon if that comes first.
fn item_length(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// Takes out `// …`, `/* … */` and what literals hold, or all of that but the names in strings.
fn stripped(text: &str, keep_names: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = string_literal(rest) {
            let kept = |c: char| c == '\n' || keep_names && (c.is_alphanumeric() || "_:".contains(c));
            out.extend(rest[..length].chars().filter(|c| kept(*c)));
            rest = &rest[length..];
            continue;
        } else if let Some(length) = character_literal(rest) {
            length
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        out.extend(rest[..length].chars().filter(|c| *c == '\n'));
        rest = &rest[length..];
    }
    out
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, _) in text.char_indices() {
        if text[at..].starts_with("/*") {
            depth += 1;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
    }
    text.len()
}

/// The length of a string literal that begins here: `"…"`, `r"…"`, `r#"…"#`.
fn string_literal(text: &str) -> Option<usize> {
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let open = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(1 + hashes + 1 + open.find(&close)? + close.len());
    }
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 2),
            _ => {}
        }
    }
    Some(text.len())
}

/// The length of a character literal that begins here; `None` for a lifetime.
fn character_literal(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        return Some(inner[2..].find('\'')? + 4);
    }
    let c = inner.chars().next()?;
    inner[c.len_utf8()..].starts_with('\'').then(|| c.len_utf8() + 2)
}

#[test]
fn comments_go_and_names_stay() {
    let text = concat!(
        "use crate::{app::App, storage}; // crate::http\n",
        "/* crate::cli\n */ const A: char = '\"';\n",
        "fn f<'a>() { g(\"https://x\", r#\"a \"b\" \"#); }\n",
        "#[serde(serialize_with = \"crate::domain::w\")]\n",
        "#[cfg(test)]\nmod tests { use crate::jobs; }\n",
    );
    let source = Source::new("src/http/state.rs", text);
    let uses: Vec<_> = source.uses_of_the_crate().into_iter().map(|(line, name)| format!("{line} {name}")).collect();
    assert_eq!(uses, ["1 app", "1 storage", "5 domain", "7 jobs"]);
    assert_eq!(source.without_tests().uses_of_the_crate().len(), 3);
    let nested = Source::new("src/http/scim/users.rs", "use super::super::super::storage::Store; \"Shop\"");
    assert_eq!(nested.uses_of_the_crate(), [(1, "storage".to_owned())]);
    assert!(nested.lines_with("Store").len() == 1 && nested.lines_with("Stor").is_empty());
    assert!(nested.lines_with("Shop").is_empty());
}
