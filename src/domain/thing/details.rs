//! What is known of a thing besides its key: one type for each class, kept as JSON.

use super::audio::Audio;
use super::destination::{Owner, Target};
use super::extension::Extension;
use super::key::{Key, KeyError, NumberingPlan, assignable};
use super::kind::{Class, Kind};
use super::number::Block;
use super::text::Label;
use crate::base::e164::E164;
use crate::base::ids::EmployeeId;
use crate::base::mail_address::MailAddress;

/// The details of a phone number.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberDetails {
    /// The block it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
}

/// The details of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionDetails {
    /// The phone number it is tied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<E164>,
}

/// The details of a device. Its secret is not among them: that has a table of its own (S2).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceDetails {
    /// What kind of telephone it is.
    #[serde(default, skip_serializing_if = "Label::is_empty")]
    pub model: Label,
}

/// The details of a destination.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationDetails {
    /// Where it leads.
    pub target: Target,
    /// Whose it is.
    #[serde(default)]
    pub owner: Owner,
}

/// The details of an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementDetails {
    /// What it says.
    #[serde(default, skip_serializing_if = "Label::is_empty")]
    pub description: Label,
    /// Its sound, once a file has been given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<Audio>,
}

/// The details of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailboxDetails {
    /// The number or extension whose calls it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Line>,
    /// Who is told of a new message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<MailAddress>,
}

/// What can be called: a phone number or an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A phone number.
    Number(E164),
    /// An extension.
    Extension(Extension),
}

impl Line {
    /// Reads 2 to 6 digits as an extension and everything else as a phone number.
    ///
    /// # Errors
    ///
    /// What to change.
    pub fn parse(text: &str, plan: NumberingPlan) -> Result<Self, KeyError> {
        let text = text.trim();
        if Extension::from_canonical(text).is_some() {
            return Ok(Self::Extension(Extension::parse(text, plan.extensions)?));
        }
        Ok(Self::Number(assignable(text, plan.region)?))
    }

    /// The key of the thing.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Number(number) => Key::Number(number),
            Self::Extension(extension) => Key::Extension(extension),
        }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Extension(extension) => extension.fmt(f),
        }
    }
}

/// The details of a thing, by its class.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Details {
    /// Of a phone number, whatever it is used for.
    Number(NumberDetails),
    /// Of an extension.
    Extension(ExtensionDetails),
    /// Of a device.
    Device(DeviceDetails),
    /// Of a destination.
    Destination(DestinationDetails),
    /// Of an announcement.
    Announcement(AnnouncementDetails),
    /// Of a mailbox.
    Mailbox(MailboxDetails),
}

/// Why a JSON text is no details of its kind.
#[derive(Debug, thiserror::Error)]
#[error("these are no details of a {}: {source}", kind.name())]
pub struct DetailsError {
    kind: Kind,
    source: serde_json::Error,
}

impl Details {
    /// Reads the JSON of [`to_json`](Self::to_json), or what an administrator sends; unknown members are errors.
    ///
    /// # Errors
    ///
    /// What is wrong, with line and column.
    pub fn from_json(kind: Kind, text: &str) -> Result<Self, DetailsError> {
        // Serde would take the members in their order from an array, too.
        let is_object = text.trim_start().starts_with('{');
        let read = match kind.class() {
            _ if !is_object => Err(serde::de::Error::custom("an object is expected")),
            Class::Number => serde_json::from_str(text).map(Self::Number),
            Class::Extension => serde_json::from_str(text).map(Self::Extension),
            Class::Device => serde_json::from_str(text).map(Self::Device),
            Class::Destination => serde_json::from_str(text).map(Self::Destination),
            Class::Announcement => serde_json::from_str(text).map(Self::Announcement),
            Class::Mailbox => serde_json::from_str(text).map(Self::Mailbox),
        };
        read.map_err(|source| DetailsError { kind, source })
    }

    /// The JSON to keep; the kind is not in it.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("details have no maps with other keys than text")
    }

    /// The key of another thing that has to be in stock for it: the number of an extension, the number or extension that a
    /// mailbox answers, the device or mailbox behind a destination.
    #[must_use]
    pub fn needs(&self) -> Option<Key> {
        match self {
            Self::Extension(details) => details.number.map(Key::Number),
            Self::Mailbox(details) => details.answers.map(Line::key),
            Self::Destination(details) => match &details.target {
                Target::Device(name) => Some(Key::Device(name.clone())),
                Target::Mailbox(name) => Some(Key::Mailbox(name.clone())),
                Target::SipAddress(_) | Target::Number(_) => None,
            },
            Self::Number(_) | Self::Device(_) | Self::Announcement(_) => None,
        }
    }

    /// Whose own it is, of a destination that an employee made for himself.
    #[must_use]
    pub const fn owner(&self) -> Option<EmployeeId> {
        match self {
            Self::Destination(DestinationDetails { owner: Owner::Employee(id), .. }) => Some(*id),
            _ => None,
        }
    }

    /// The class they belong to.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Number(_) => Class::Number,
            Self::Extension(_) => Class::Extension,
            Self::Device(_) => Class::Device,
            Self::Destination(_) => Class::Destination,
            Self::Announcement(_) => Class::Announcement,
            Self::Mailbox(_) => Class::Mailbox,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AnnouncementDetails, DestinationDetails, Details, DeviceDetails, ExtensionDetails, Line, MailboxDetails,
        NumberDetails,
    };
    use crate::base::e164::E164;
    use crate::base::ids::EmployeeId;
    use crate::base::mail_address::MailAddress;
    use crate::domain::thing::audio::{Audio, AudioFormat};
    use crate::domain::thing::destination::{Owner, Target};
    use crate::domain::thing::key::NumberingPlan;
    use crate::domain::thing::kind::Kind;
    use crate::domain::thing::number::Block;
    use crate::domain::thing::text::Label;

    #[test]
    fn details_are_kept_as_json_and_read_back() {
        let number = E164::from_canonical("+49301234100").unwrap();
        let block = Block::from_canonical("+49301234-100…199");
        let audio = Audio { format: AudioFormat::Wav, milliseconds: 1500, bytes: 24_044 };
        let line = Line::parse("201", NumberingPlan::default()).unwrap();
        let notify = MailAddress::parse("team@example.com").ok();
        let owner = Owner::Employee(EmployeeId::generate());
        let target = Target::Number(number);
        for (kind, details, json) in [
            (Kind::PersonalFax, Details::Number(NumberDetails { block }), r#"{"block":"+49301234-100…199"}"#),
            (Kind::VoiceNumber, Details::Number(NumberDetails::default()), "{}"),
            (
                Kind::Extension,
                Details::Extension(ExtensionDetails { number: Some(number) }),
                r#"{"number":"+49301234100"}"#,
            ),
            (
                Kind::Device,
                Details::Device(DeviceDetails { model: Label::parse("Desk phone").unwrap() }),
                r#"{"model":"Desk phone"}"#,
            ),
            (
                Kind::Destination,
                Details::Destination(DestinationDetails { target: target.clone(), owner: Owner::Administrator }),
                r#"{"target":{"number":"+49301234100"},"owner":"administrator"}"#,
            ),
            (
                Kind::Announcement,
                Details::Announcement(AnnouncementDetails { description: Label::default(), audio: Some(audio) }),
                r#"{"audio":{"format":"wav","milliseconds":1500,"bytes":24044}}"#,
            ),
            (
                Kind::Mailbox,
                Details::Mailbox(MailboxDetails { answers: Some(line), notify }),
                r#"{"answers":{"extension":"201"},"notify":"team@example.com"}"#,
            ),
        ] {
            assert_eq!(details.to_json(), json);
            assert_eq!(Details::from_json(kind, json).unwrap(), details);
            assert_eq!(details.class(), kind.class());
        }
        let own = Details::Destination(DestinationDetails { target, owner });
        assert_eq!(Details::from_json(Kind::Destination, &own.to_json()).unwrap(), own);
    }

    #[test]
    fn t5_unknown_and_malformed_details_are_refused() {
        for (kind, json) in [
            (Kind::VoiceNumber, r#"{"colour":"red"}"#),
            (Kind::VoiceNumber, r#"{"block":"1-2"}"#),
            (Kind::Extension, r#"{"number":"030 1234500"}"#),
            (Kind::Device, r#"{"model":"a\u0000b"}"#),
            (Kind::Device, r#"{"secret":"x"}"#),
            (Kind::Destination, "{}"),
            (Kind::Destination, r#"{"target":{"sip_address":"http://x"}}"#),
            (Kind::Mailbox, r#"{"notify":"x"}"#),
            (Kind::Mailbox, "[]"),
        ] {
            let error = Details::from_json(kind, json).unwrap_err().to_string();
            assert!(error.starts_with(&format!("these are no details of a {}: ", kind.name())), "{error}");
        }
    }
}
