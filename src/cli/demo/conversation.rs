//! Recorded conversations of identity providers: one JSON object per line, to be run in order.
//!
//! The form is that of the recordings under `tests/fixtures`: the first line says where the shapes are from, every other
//! line is a step, that is a request with placeholders such as `${user1.id}`, what to keep of the answer, and what the
//! answer should look like.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::check::Check;

/// The steps of one tenant's life.
#[derive(Debug)]
pub struct Conversation {
    /// Whose dialect it is, e.g. `Entra`.
    pub name: String,
    /// Where its shapes are from, if it says so.
    pub origin: Option<Origin>,
    /// The requests, in order.
    pub steps: Vec<Step>,
}

/// Where the shapes of a recording are from. Names and values in it are made up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Pages, and public repositories (`gh:`) with an issue or a path.
    pub sources: Vec<String>,
    /// What the provider's own pages and observed traffic do not show, and whose word it is then; empty: nothing.
    pub second_hand: String,
}

/// One request and what should come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number, from 1.
    pub step: u32,
    /// `connect`, `joiner`, `mover`, `group`, `leaver`, `rehire`, `import`, `discovery`, `end`.
    pub phase: String,
    /// What it is about; may be empty (then it checks the step before).
    pub note: String,
    /// The HTTP method.
    pub method: String,
    /// After the base URL, percent-encoded but for the placeholders.
    pub path: String,
    /// Request headers.
    pub headers: BTreeMap<String, String>,
    /// The JSON body as it was recorded, byte by byte: the order of its keys is part of the dialect.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
    /// Name of a variable → path into the answer's body.
    #[serde(default)]
    pub save: BTreeMap<String, String>,
    /// What should come back.
    pub expect: Expectation,
}

/// What an answer should look like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The statuses that are right.
    pub status: Vec<u16>,
    /// Headers and their values; `""`: the header is not there.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What should hold of the body, if there is one.
    pub checks: Vec<Check>,
}

/// The phase whose steps delete everybody again.
const CLEAN_UP: &str = "end";

impl Step {
    /// Whether the step only clears up after the replay.
    #[must_use]
    pub fn is_clean_up(&self) -> bool {
        self.phase == CLEAN_UP
    }

    /// The resource endpoint that the request is about, e.g. `/Users`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        let end = self.path.char_indices().skip(1).find(|(_, c)| matches!(c, '/' | '?')).map(|(index, _)| index);
        self.path.get(..end.unwrap_or(self.path.len())).unwrap_or_default()
    }
}

impl Conversation {
    /// Reads a recording.
    ///
    /// # Errors
    ///
    /// The line that is malformed, and why.
    pub fn parse(name: &str, lines: &str) -> Result<Self, MalformedRecording> {
        let mut lines = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
        let origin = lines.peek().and_then(|(_, line)| serde_json::from_str(line).ok());
        let steps = lines
            .skip(usize::from(origin.is_some()))
            .map(|(index, line)| {
                serde_json::from_str(line).map_err(|source| MalformedRecording { line: index + 1, source })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), origin, steps })
    }

    /// A tenant's life as Microsoft Entra ID tells it.
    #[must_use]
    pub fn entra() -> Self {
        Self::embedded("Entra", include_str!("../../../tests/fixtures/entra/life.jsonl"))
    }

    /// A tenant's life as Okta tells it.
    #[must_use]
    pub fn okta() -> Self {
        Self::embedded("Okta", include_str!("../../../tests/fixtures/okta/life.jsonl"))
    }

    /// How a small company gets its telephones: joiners, a mover, a leaver, and a pool that runs out. It needs the stock
    /// and the rules of the demo.
    #[must_use]
    pub fn joiners() -> Self {
        Self::embedded("Contoso", include_str!("joiners.jsonl"))
    }

    fn embedded(name: &str, lines: &str) -> Self {
        Self::parse(name, lines).expect("a test reads the embedded recordings")
    }
}

/// A line of a recording that is no step.
#[derive(Debug, thiserror::Error)]
#[error("line {line} is no step of a conversation")]
pub struct MalformedRecording {
    line: usize,
    source: serde_json::Error,
}

#[cfg(test)]
mod tests {
    use super::Conversation;

    #[test]
    fn the_embedded_recordings_are_whole_and_numbered_from_1() {
        for (conversation, length) in
            [(Conversation::entra(), 56), (Conversation::okta(), 48), (Conversation::joiners(), 24)]
        {
            let numbers: Vec<u32> = conversation.steps.iter().map(|step| step.step).collect();
            assert_eq!(numbers, (1..=length).collect::<Vec<u32>>(), "{}", conversation.name);
            assert!(conversation.steps.iter().all(|step| !step.expect.status.is_empty()));
        }
    }

    #[test]
    fn a_step_knows_its_endpoint() {
        let mut step = Conversation::okta().steps.remove(0);
        for (path, endpoint) in [
            ("/Users?startIndex=1", "/Users"),
            ("/Users/${user1.id}", "/Users"),
            ("/Groups", "/Groups"),
            ("/Schemas", "/Schemas"),
            ("", ""),
        ] {
            path.clone_into(&mut step.path);
            assert_eq!(step.endpoint(), endpoint);
        }
    }

    #[test]
    fn a_malformed_line_is_named() {
        let error = Conversation::parse("x", "\n{\"step\": 1}\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2 is no step of a conversation");
    }

    #[test]
    fn the_first_line_may_say_where_the_shapes_are_from() {
        let origin = r#"{"sources": ["gh:x/y#1"], "second_hand": ""}"#;
        let parsed = Conversation::parse("x", &format!("\n{origin}\n")).unwrap();
        assert_eq!((parsed.origin.unwrap().sources, parsed.steps.len()), (vec!["gh:x/y#1".to_owned()], 0));
        let error = Conversation::parse("x", &format!("{origin}\n{origin}")).unwrap_err();
        assert_eq!(error.to_string(), "line 2 is no step of a conversation");
    }
}
