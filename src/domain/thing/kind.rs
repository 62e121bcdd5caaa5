//! What kinds of things there are.

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
    fn every_kind_is_found_under_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        assert_eq!(Kind::parse("Extension"), None);
    }
}
