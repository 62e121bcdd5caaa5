//! Numbers that belong to a service and to nobody's stock.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType};

use super::E164;

/// What answers under a number that nobody can hold. Such a number is never shown when calling either (TKG, § 120).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Police, fire brigade, ambulance, and the authorities' and social services' short numbers.
    Emergency,
    /// Directory enquiries.
    Directory,
    /// Numbers for votes and lotteries.
    MassTraffic,
    /// Calls that cost the caller extra.
    Premium,
    /// Calls whose cost is shared.
    SharedCost,
}

impl Service {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "an emergency or short service number",
            Self::Directory => "a directory enquiry number",
            Self::MassTraffic => "a mass traffic number",
            Self::Premium => "a premium rate number",
            Self::SharedCost => "a shared cost service number",
        }
    }

    /// The service behind digits dialled as they are, without an area code: 110, 112, 115, 116 and three more,
    /// 118 and two or three more, 19222.
    #[must_use]
    pub fn of_short(digits: &str) -> Option<Self> {
        match (digits, digits.len()) {
            ("110" | "112" | "115" | "19222", _) => Some(Self::Emergency),
            (_, 6) if digits.starts_with("116") => Some(Self::Emergency),
            (_, 5 | 6) if digits.starts_with("118") => Some(Self::Directory),
            _ => None,
        }
    }
}

/// Ranges of the German numbering plan, each the beginning of the national number. Freephone (0800), personal (0700) and
/// national (032) numbers are not among them: a company holds those like any other.
const GERMAN: [(&str, Service); 8] = [
    ("118", Service::Directory),
    ("11", Service::Emergency),
    ("12", Service::Premium),
    ("137", Service::MassTraffic),
    ("138", Service::MassTraffic),
    ("180", Service::SharedCost),
    ("1900", Service::Premium),
    ("900", Service::Premium),
];

pub(super) fn of(number: E164) -> Option<Service> {
    let digits = number.digits();
    if let Some(national) = digits.strip_prefix("49") {
        let by_range = GERMAN.into_iter().find(|(range, _)| national.starts_with(range));
        return by_range.map(|(_, service)| service).or_else(|| Service::of_short(national));
    }
    match PHONE_NUMBER_UTIL.get_number_type(&number.known()?) {
        PhoneNumberType::PremiumRate => Some(Service::Premium),
        PhoneNumberType::SharedCost => Some(Service::SharedCost),
        _ => None,
    }
}
