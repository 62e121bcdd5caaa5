//! Takes each setting out of what was given, and notes what becomes of it.

use std::collections::BTreeMap;

use super::error::{ConfigError, ConfigErrors};
use super::key::{Given, Key, Origin, Setting};

pub(super) struct Reader<'a> {
    given: &'a BTreeMap<&'static str, Given>,
    settings: Vec<Setting>,
    errors: Vec<ConfigError>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(given: &'a BTreeMap<&'static str, Given>, errors: Vec<ConfigError>) -> Self {
        Self { given, settings: Vec::new(), errors, warnings: Vec::new() }
    }

    /// The value of `key`, or `default` when nobody gave one. A value that `parse` refuses is noted as an error, and
    /// reading goes on with the default.
    pub(super) fn read<T>(
        &mut self,
        key: &'static Key,
        default: T,
        parse: impl Fn(&str) -> Result<T, String>,
        show: impl Fn(&T) -> String,
    ) -> T {
        let (value, origin) = match self.given.get(key.name) {
            None => (default, Origin::Default),
            Some(given) => match parse(&given.text) {
                Ok(value) => (value, given.origin.clone()),
                Err(problem) => {
                    self.errors.push(ConfigError::at(&given.origin, format!("{}: {problem}", key.name)));
                    (default, Origin::Default)
                }
            },
        };
        self.settings.push(Setting { key, value: show(&value), origin });
        value
    }

    /// Like [`Reader::read`], for a setting that may be left out.
    pub(super) fn read_optional<T>(
        &mut self,
        key: &'static Key,
        parse: impl Fn(&str) -> Result<T, String>,
        show: impl Fn(&T) -> String,
    ) -> Option<T> {
        self.read(key, None, |text| parse(text).map(Some), |value| value.as_ref().map_or_else(String::new, &show))
    }

    /// Replaces the text of the setting just read, where its default depends on another setting.
    pub(super) fn show_instead(&mut self, value: String) {
        if let Some(last) = self.settings.last_mut() {
            last.value = value;
        }
    }

    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    pub(super) fn finish(mut self) -> Result<(Vec<Setting>, Vec<String>), ConfigErrors> {
        if self.errors.is_empty() {
            return Ok((self.settings, self.warnings));
        }
        self.errors.sort_by_key(ConfigError::rank);
        Err(ConfigErrors(self.errors))
    }
}
