//! What the commands on tokens and on clients have in common.

use std::time::Duration;

use ipnet::IpNet;

use super::output::instant;
use crate::base::clock::Ts;
use crate::domain::credential::{ROTATION_OVERLAP, TokenState, announcement_due};

/// A secret, so that it is seen and can be copied.
pub(super) fn framed(secret: &str) -> String {
    let line = "─".repeat(secret.chars().count() + 2);
    format!("┌{line}┐\n│ {secret} │\n└{line}┘\n")
}

/// The state for the eye, with the end if there is one and a mark while it is announced (I3).
pub(super) fn state_shown(state: TokenState, expires_at: Option<Ts>, now: Ts) -> String {
    match (state, expires_at) {
        (TokenState::Active, Some(end)) => {
            let mark = if announcement_due(expires_at, now).is_some() { " (!)" } else { "" };
            format!("active until {}{mark}", end.to_offset().date())
        }
        (TokenState::Active, None) => "active".to_owned(),
        (TokenState::Expired, _) => "expired".to_owned(),
        (TokenState::Revoked, _) => "revoked".to_owned(),
    }
}

/// When and from where it was used last.
pub(super) fn used(at: Option<Ts>, from: Option<&str>) -> Option<String> {
    at.map(|at| match from {
        Some(address) => format!("{} from {address}", instant(at)),
        None => instant(at),
    })
}

/// When and why the credential of that name was refused last, if it was.
pub(super) fn refusal(name: &str, at: Option<Ts>, reason: Option<&str>) -> Option<String> {
    let why = match reason? {
        "expired" => "it had expired",
        "revoked" => "it was revoked",
        "address" => "it came from an address that it is not for",
        other => other,
    };
    Some(format!("! {name} was refused last on {}: {why}.", instant(at?)))
}

pub(super) fn lifetime(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(lifetime) if !lifetime.is_zero() => Ok(lifetime),
        _ => Err("write a duration with its unit, such as 90d or 12h".to_owned()),
    }
}

pub(super) fn overlap(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(overlap) if overlap <= ROTATION_OVERLAP => Ok(overlap),
        _ => Err("write a duration of 24h at most, such as 2h or 0s".to_owned()),
    }
}

pub(super) fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| "write an address or network, such as 192.0.2.7 or 192.0.2.0/24".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{framed, lifetime, network, overlap, refusal, state_shown};
    use crate::base::clock::Ts;
    use crate::domain::credential::TokenState;

    #[test]
    fn arguments_are_checked() {
        assert_eq!(lifetime("90d").unwrap().as_secs(), 90 * 86400);
        assert!(lifetime("90").is_err() && lifetime("0s").is_err());
        assert!(overlap("0s").is_ok() && overlap("24h").is_ok() && overlap("25h").is_err());
        assert_eq!(network("192.0.2.7").unwrap().to_string(), "192.0.2.7/32");
        assert!(network("example").is_err());
        assert_eq!(framed("ab").lines().map(|line| line.chars().count()).collect::<Vec<_>>(), [6, 6, 6]);
    }

    #[test]
    fn i3_a_refusal_is_told_with_name_time_and_reason() {
        let at = Ts::parse("2026-11-03T10:00:00Z");
        let told = refusal("the token 7 (Entra, spring)", at, Some("expired")).unwrap();
        assert_eq!(told, "! the token 7 (Entra, spring) was refused last on 2026-11-03 10:00:00Z: it had expired.");
        assert_eq!(refusal("x", None, None), None);
    }

    #[test]
    fn i3_an_end_that_is_near_is_marked() {
        let (now, end) = (Ts::parse("2026-11-01T00:00:00Z").unwrap(), Ts::parse("2026-12-05T00:00:00Z"));
        assert_eq!(state_shown(TokenState::Active, end, now), "active until 2026-12-05");
        let later = Ts::parse("2026-11-06T00:00:00Z").unwrap();
        assert_eq!(state_shown(TokenState::Active, end, later), "active until 2026-12-05 (!)");
    }
}
