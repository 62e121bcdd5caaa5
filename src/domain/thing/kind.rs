//! What kinds of things there are.

use crate::base::caseless::fold;
use crate::base::json::shortened;
use crate::base::suggest::closest;

/// The kind of a thing; for a phone number it is what the number is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A phone number to call and be called under.
    VoiceNumber,
    /// A fax number that one employee has for himself.
    PersonalFax,
    /// A fax number of a team.
    SharedFax,
    /// A number that leads into a conference.
    Conference,
    /// An internal number.
    Extension,
    /// A SIP account or phone.
    Device,
    /// Where calls can be sent.
    Destination,
    /// An audio announcement.
    Announcement,
    /// A voice mailbox.
    Mailbox,
}

/// The name space of a thing's key: within a tenant, and there in its class, a key names one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Phone numbers of every usage; the key is the number as E.164.
    Number,
    /// Extensions; the key is their digits.
    Extension,
    /// Devices; the key is the SIP user name.
    Device,
    /// Destinations; the key is the folded name, as with those below.
    Destination,
    /// Announcements.
    Announcement,
    /// Mailboxes.
    Mailbox,
}

/// What people who speak German call them: the words of the telephone system's manual, and those of daily use. A fax
/// number is one person's unless somebody says that it is shared.
const GERMAN: [(&str, Kind); 18] = [
    ("rufnummer", Kind::VoiceNumber),
    ("telefonnummer", Kind::VoiceNumber),
    ("persönliche faxnummer", Kind::PersonalFax),
    ("faxnummer", Kind::PersonalFax),
    ("fax", Kind::PersonalFax),
    ("gemeinsame faxnummer", Kind::SharedFax),
    ("gemeinsames fax", Kind::SharedFax),
    ("konferenznummer", Kind::Conference),
    ("konferenz", Kind::Conference),
    ("nebenstelle", Kind::Extension),
    ("durchwahl", Kind::Extension),
    ("endgerät", Kind::Device),
    ("gerät", Kind::Device),
    ("ziel", Kind::Destination),
    ("ansage", Kind::Announcement),
    ("mailbox", Kind::Mailbox),
    ("postfach", Kind::Mailbox),
    ("sprachbox", Kind::Mailbox),
];

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::VoiceNumber,
        Self::PersonalFax,
        Self::SharedFax,
        Self::Conference,
        Self::Extension,
        Self::Device,
        Self::Destination,
        Self::Announcement,
        Self::Mailbox,
    ];

    /// The closed-set name, as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VoiceNumber => "voice_number",
            Self::PersonalFax => "personal_fax",
            Self::SharedFax => "shared_fax",
            Self::Conference => "conference",
            Self::Extension => "extension",
            Self::Device => "device",
            Self::Destination => "destination",
            Self::Announcement => "announcement",
            Self::Mailbox => "mailbox",
        }
    }

    /// The kind of a [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind that somebody means who writes its [`name`](Self::name) or its German word, letter case aside.
    ///
    /// # Errors
    ///
    /// What may be meant, or what is read.
    pub fn read(text: &str) -> Result<Self, String> {
        let folded = fold(text.trim());
        let german = || GERMAN.into_iter().find(|(word, _)| *word == folded).map(|(_, kind)| kind);
        Self::parse(&folded.replace([' ', '-'], "_")).or_else(german).ok_or_else(|| {
            let written = shortened(text);
            if let Some(meant) = closest(shortened(&folded), Self::words()) {
                return format!("{written:?} is no kind: did you mean {meant:?}?");
            }
            let names = Self::ALL.map(Self::name).join(", ");
            let german: Vec<&str> = GERMAN.into_iter().map(|(word, _)| word).collect();
            format!("{written:?} is no kind: write one of {names}; or in German {}", german.join(", "))
        })
    }

    /// Every word that is read as a kind, in small letters.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name).chain(GERMAN.into_iter().map(|(word, _)| word))
    }

    /// The name space of its key.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::VoiceNumber | Self::PersonalFax | Self::SharedFax | Self::Conference => Class::Number,
            Self::Extension => Class::Extension,
            Self::Device => Class::Device,
            Self::Destination => Class::Destination,
            Self::Announcement => Class::Announcement,
            Self::Mailbox => Class::Mailbox,
        }
    }

    /// Whether it has one holder at a time.
    #[must_use]
    pub const fn is_exclusive(self) -> bool {
        match self {
            Self::VoiceNumber | Self::PersonalFax | Self::Extension | Self::Device => true,
            Self::SharedFax | Self::Conference | Self::Destination | Self::Announcement | Self::Mailbox => false,
        }
    }
}

impl Class {
    /// The closed-set name, as it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Extension => "extension",
            Self::Device => "device",
            Self::Destination => "destination",
            Self::Announcement => "announcement",
            Self::Mailbox => "mailbox",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn what_people_write_is_read_and_the_rest_is_told_what_would_be() {
        for word in Kind::words() {
            assert!(Kind::read(&word.to_uppercase()).is_ok(), "{word}");
        }
        assert_eq!(Kind::read("Voice Number"), Ok(Kind::VoiceNumber));
        assert_eq!(Kind::read(" Durchwahl "), Ok(Kind::Extension));
        assert_eq!(Kind::read("Nebenstele").unwrap_err(), "\"Nebenstele\" is no kind: did you mean \"nebenstelle\"?");
        let told = Kind::read("colour").unwrap_err();
        assert!(told.contains("voice_number, personal_fax") && told.contains("in German rufnummer"), "{told}");
    }

    #[test]
    fn every_kind_is_found_under_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        assert_eq!(Kind::parse("Extension"), None);
    }
}
