//! The columns of a file, and which kinds have something to say in them.

use super::super::kind::{Class, Kind};
use crate::base::caseless::fold;

/// A column that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// What the line's things are.
    Kind,
    /// Their keys.
    Key,
    /// Their pool.
    Pool,
    /// The note on them.
    Label,
    /// The number that an extension is tied to, or that a mailbox answers.
    Number,
    /// Where a destination leads.
    Target,
    /// Who is told of a mailbox's messages.
    Notify,
    /// What an announcement says.
    Description,
    /// What kind of telephone a device is.
    Model,
    /// Whether they are out of use.
    Disabled,
}

/// Columns of an export that an import passes over: they are the daemon's to say.
pub(in super::super) const PASSED_OVER: [&str; 5] = ["id", "state", "holder", "held_until", "held_for"];

impl Column {
    /// All of them, as an export orders them.
    pub const ALL: [Self; 10] = [
        Self::Kind,
        Self::Key,
        Self::Pool,
        Self::Label,
        Self::Number,
        Self::Target,
        Self::Notify,
        Self::Description,
        Self::Model,
        Self::Disabled,
    ];

    /// The name in the first line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Key => "key",
            Self::Pool => "pool",
            Self::Label => "label",
            Self::Number => "number",
            Self::Target => "target",
            Self::Notify => "notify",
            Self::Description => "description",
            Self::Model => "model",
            Self::Disabled => "disabled",
        }
    }

    /// The column of a name, English or German, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let folded = fold(name);
        Self::ALL.into_iter().find(|column| column.name() == folded || column.german().contains(&folded.as_str()))
    }

    /// What it is called in German, in small letters.
    #[must_use]
    pub const fn german(self) -> &'static [&'static str] {
        match self {
            Self::Kind => &["art"],
            Self::Key => &["schlüssel", "nummer", "name"],
            Self::Pool => &[],
            Self::Label => &["bezeichnung", "notiz"],
            Self::Number => &["rufnummer"],
            Self::Target => &["ziel"],
            Self::Notify => &["benachrichtigung"],
            Self::Description => &["beschreibung"],
            Self::Model => &["modell"],
            Self::Disabled => &["deaktiviert"],
        }
    }

    /// Whether a cell of it means something for things of the kind.
    #[must_use]
    pub const fn is_for(self, kind: Kind) -> bool {
        match self {
            Self::Kind | Self::Key | Self::Pool | Self::Disabled => true,
            Self::Label => matches!(kind.class(), Class::Number | Class::Extension | Class::Device),
            Self::Number => matches!(kind.class(), Class::Extension | Class::Mailbox),
            Self::Target => matches!(kind.class(), Class::Destination),
            Self::Notify => matches!(kind.class(), Class::Mailbox),
            Self::Description => matches!(kind.class(), Class::Announcement),
            Self::Model => matches!(kind.class(), Class::Device),
        }
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
