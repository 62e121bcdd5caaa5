//! The TOML file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Sources;
use super::error::ConfigError;
use super::key::{Given, Key, Origin, Shape, keys};
use crate::base::suggest::closest;

/// Which file is read: `--config`, else `DESKGATE_CONFIG`, else the default one when it exists.
pub(super) fn locate(sources: &Sources, variable: Option<&Path>) -> Option<PathBuf> {
    sources
        .file
        .clone()
        .or_else(|| variable.map(Path::to_owned))
        // `try_exists` fails where a directory may not be entered: then reading says so, instead of using defaults.
        .or_else(|| sources.default_file.try_exists().unwrap_or(true).then(|| sources.default_file.clone()))
}

pub(super) fn read(path: &Path, given: &mut BTreeMap<&'static str, Given>, errors: &mut Vec<ConfigError>) {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            errors.push(ConfigError::new(path.display(), format!("the settings cannot be read: {error}")));
            return;
        }
    };
    let mut walk = Walk { path, text: &text, given, errors };
    match DeTable::parse(&text) {
        Ok(table) => walk.table("", table.get_ref()),
        // Only the message: the whole text of the error quotes the line, and the line may hold a password (R1).
        Err(error) => {
            walk.complain(error.span().unwrap_or_default(), format!("this is no TOML: {}", error.message()));
        }
    }
}

struct Walk<'a> {
    path: &'a Path,
    text: &'a str,
    given: &'a mut BTreeMap<&'static str, Given>,
    errors: &'a mut Vec<ConfigError>,
}

impl Walk<'_> {
    fn table(&mut self, section: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name =
                if section.is_empty() { key.get_ref().to_string() } else { format!("{section}.{}", key.get_ref()) };
            match value.get_ref() {
                DeValue::Table(inner) if is_section(&name) => self.table(&name, inner),
                DeValue::Table(_) => self.unknown_section(&name, key.span()),
                other => match keys().find(|known| known.name == name) {
                    Some(known) => self.setting(known, other, key.span()),
                    None => self.unknown_key(&name, key.span()),
                },
            }
        }
    }

    fn setting(&mut self, key: &'static Key, value: &DeValue<'_>, span: Range<usize>) {
        match text_of(key.shape, value) {
            Some(text) => {
                let origin = Origin::File { path: self.path.to_owned(), line: self.line(span.start) };
                self.given.insert(key.name, Given { text, origin });
            }
            None => self.complain(span, format!("{} must be {}", key.name, key.shape.article_and_name())),
        }
    }

    fn unknown_key(&mut self, name: &str, span: Range<usize>) {
        if is_section(name) {
            self.complain(span, format!("{name} is a section, write [{name}]"));
            return;
        }
        let hint = closest(name, keys().map(|key| key.name))
            .and_then(|name| name.split_once('.'))
            .map_or_else(String::new, |(section, leaf)| format!("; did you mean {leaf} in the section [{section}]?"));
        self.complain(span, format!("there is no setting {name}{hint}"));
    }

    fn unknown_section(&mut self, name: &str, span: Range<usize>) {
        if keys().any(|key| key.name == name) {
            self.complain(span, format!("{name} is a setting, no section"));
            return;
        }
        let hint = closest(name, sections()).map_or_else(String::new, |name| format!("; did you mean [{name}]?"));
        self.complain(span, format!("there is no section [{name}]{hint}"));
    }

    fn complain(&mut self, span: Range<usize>, problem: String) {
        let place = Origin::File { path: self.path.to_owned(), line: self.line(span.start) };
        self.errors.push(ConfigError::at(&place, problem));
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

fn sections() -> impl Iterator<Item = &'static str> {
    keys().filter_map(|key| key.name.split_once('.')).map(|(section, _)| section)
}

fn is_section(name: &str) -> bool {
    sections().any(|section| section == name)
}

/// The value as it would stand in an environment variable; `None`: of another shape.
fn text_of(shape: Shape, value: &DeValue<'_>) -> Option<String> {
    match (shape, value) {
        (_, DeValue::String(text)) => Some(text.to_string()),
        // A number without a unit is refused where a duration is read, with a better sentence than here.
        (Shape::Whole | Shape::Duration, DeValue::Integer(number)) => {
            i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok().map(|n| n.to_string())
        }
        (Shape::List, DeValue::Array(items)) => {
            let items: Option<Vec<_>> = items.iter().map(|item| text_item(item)).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}

fn text_item<'v>(item: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
    item.get_ref().as_str()
}
