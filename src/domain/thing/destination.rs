//! Destinations: where calls can be sent.

use super::device::{SipName, is_host};
use super::key::{KeyError, NumberingPlan, assignable};
use super::text::{Name, NameKey, TextError};
use crate::base::e164::E164;
use crate::base::ids::EmployeeId;
use crate::base::json::shortened;

/// What lies behind a destination.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A device of the tenant, by its SIP user name.
    Device(SipName),
    /// An IP device elsewhere.
    SipAddress(SipAddress),
    /// A mailbox of the tenant, by the key of its name.
    Mailbox(NameKey),
    /// A number in the telephone network.
    Number(E164),
}

/// Why a text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing there.
    #[error("a target is missing: write a phone number, sip:name@host, device:NAME or mailbox:NAME")]
    Missing,
    /// No SIP address.
    #[error("{0:?} is no SIP address: write it like sip:door@192.0.2.7 or sip:desk@pbx.example.com:5060")]
    SipAddress(String),
    /// No SIP user name, or no phone number that a call may be sent to.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No name of a mailbox.
    #[error(transparent)]
    Name(#[from] TextError),
}

impl Target {
    /// Reads `sip:name@host`, `device:NAME`, `mailbox:NAME`, or a phone number in any notation.
    ///
    /// # Errors
    ///
    /// What to change; emergency and service numbers are refused, so that no call is forwarded to what costs extra.
    pub fn parse(text: &str, plan: &NumberingPlan) -> Result<Self, TargetError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TargetError::Missing);
        }
        if text.starts_with("sip:") || text.starts_with("sips:") {
            return SipAddress::parse(text).map(Self::SipAddress);
        }
        if let Some(name) = text.strip_prefix("device:") {
            return Ok(Self::Device(SipName::parse(name).map_err(KeyError::from)?));
        }
        if let Some(name) = text.strip_prefix("mailbox:") {
            return Ok(Self::Mailbox(Name::parse(name)?.key().clone()));
        }
        Ok(Self::Number(assignable(text, plan.region)?))
    }

    /// Whether calls to it leave for the telephone network and cost money: only who may forward `paid` may use it.
    #[must_use]
    pub const fn is_paid(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::Device(_) | Self::SipAddress(_) | Self::Mailbox(_) => false,
        }
    }
}

impl std::fmt::Display for Target {
    /// What [`parse`](Self::parse) reads.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Device(name) => write!(f, "device:{name}"),
            Self::SipAddress(address) => f.write_str(&address.0),
            Self::Mailbox(name) => write!(f, "mailbox:{name}"),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// A SIP address of the plain kind (RFC 3261, section 19.1): `sip:` or `sips:`, a user, a host, perhaps a port; no
/// password, parameters or headers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct SipAddress(String);

impl SipAddress {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let refused = || TargetError::SipAddress(shortened(text).to_owned());
        let rest = text.strip_prefix("sips:").or_else(|| text.strip_prefix("sip:")).ok_or_else(refused)?;
        let (user, place) = rest.split_once('@').ok_or_else(refused)?;
        let (host, port) = place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port)));
        let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,?/".contains(&byte);
        let is_port = |port: &str| {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        let well_formed =
            (1..=64).contains(&user.len()) && user.bytes().all(is_user) && is_host(host) && port.is_none_or(is_port);
        if well_formed { Ok(Self(text.to_owned())) } else { Err(refused()) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for SipAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Whose a destination is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The administrator made it; it is granted like anything in stock.
    #[default]
    Administrator,
    /// An employee made it for himself; nobody else sees it.
    Employee(EmployeeId),
}

#[cfg(test)]
mod tests {
    use super::{SipAddress, Target};
    use crate::domain::thing::key::NumberingPlan;

    #[test]
    fn a_target_is_a_number_a_sip_address_a_device_or_a_mailbox() {
        let plan = NumberingPlan::default();
        for (text, shown, paid) in [
            ("0170 12345678", "+4917012345678", true),
            ("sip:door@192.0.2.7", "sip:door@192.0.2.7", false),
            ("sips:desk@pbx.example.com:5061", "sips:desk@pbx.example.com:5061", false),
            ("device:ada.desk", "device:ada.desk", false),
            ("mailbox: Sales", "mailbox:sales", false),
        ] {
            let target = Target::parse(text, &plan).unwrap();
            assert_eq!((target.to_string().as_str(), target.is_paid()), (shown, paid));
            assert_eq!(Target::parse(shown, &plan).as_ref(), Ok(&target));
            let json = serde_json::to_string(&target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), target, "{json}");
        }
    }

    #[test]
    fn no_call_is_sent_to_what_costs_extra_or_to_what_is_no_place() {
        let plan = NumberingPlan::default();
        for wrong in
            ["", "112", "0900 1234567", "0137 1234567", "device:Ada", "mailbox:", "sip:x", "http://x", "Zentrale"]
        {
            assert!(Target::parse(wrong, &plan).is_err(), "{wrong}");
        }
        for wrong in [
            "sip:@host",
            "sip:a@",
            "sip:a@b:0",
            "sip:a@b:+5",
            "sip:a@b:65536",
            "sip:a@b;transport=tcp",
            "sip:a:secret@b",
            "sip:a@b?x=y",
            "sip:a b@c",
            "sip:a@b\r\nX: y",
        ] {
            assert!(SipAddress::parse(wrong).is_err(), "{wrong}");
        }
    }
}
