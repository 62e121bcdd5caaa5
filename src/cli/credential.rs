//! What the commands on tokens and on clients have in common.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use ipnet::IpNet;
use serde::Serialize;

use super::failure::Failure;
use super::output::{Sheet, instant, note, print, print_json};
use crate::base::clock::Ts;
use crate::domain::credential::{CredentialSummary, ROTATION_OVERLAP, TokenState, announcement_due};

/// What JSON says of a credential beside its summary.
#[derive(Debug, Serialize)]
pub(super) struct Standing {
    state: TokenState,
    /// I3: so many days are left at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_announced: Option<u8>,
}

impl Standing {
    pub(super) fn of<Id>(credential: &CredentialSummary<Id>, now: Ts) -> Self {
        let state = credential.state(now);
        let due = announcement_due(credential.expires_at, now);
        Self { state, expiry_announced: due.filter(|_| state == TokenState::Active) }
    }
}

/// Prints the tokens or clients of a tenant. `kind` is what one of them is called, and the command that makes one.
pub(super) fn show_list<'a, T, S: Serialize, Id: Display + 'a>(
    kind: &str,
    all: &'a [T],
    json: bool,
    shown: impl Fn(&'a T) -> S,
    credential: impl Fn(&'a T) -> &'a CredentialSummary<Id>,
    sheet: impl Fn(&[T]) -> Sheet,
) -> Result<(), Failure> {
    if json {
        let all: Vec<_> = all.iter().map(shown).collect();
        return print_json(&BTreeMap::from([(format!("{kind}s"), all)]));
    }
    if all.is_empty() {
        note(&format!("The tenant has no {kind}s. Make one: deskgate {kind} create --tenant NAME"));
        return Ok(());
    }
    print(&sheet(all).text())?;
    all.iter().filter_map(|one| refusal(kind, credential(one))).for_each(|line| note(&line));
    Ok(())
}

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

/// When and why the credential was refused last, if it was.
fn refusal<Id: Display>(kind: &str, credential: &CredentialSummary<Id>) -> Option<String> {
    let why = match credential.last_refused_for.as_deref()? {
        "expired" => "it had expired",
        "revoked" => "it was revoked",
        "address" => "it came from an address that it is not for",
        other => other,
    };
    let CredentialSummary { id, label, last_refused_at, .. } = credential;
    Some(format!("! the {kind} {id} ({label}) was refused last on {}: {why}.", instant((*last_refused_at)?)))
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
        let mut token = super::super::token::example();
        let told = refusal("token", &token).unwrap();
        let id = token.id;
        assert_eq!(
            told,
            format!(
                "! the token {id} (Entra, spring) was refused last on 2026-11-03 10:00:00Z: it came from an address \
                 that it is not for."
            )
        );
        token.last_refused_for = None;
        assert_eq!(refusal("token", &token), None);
    }

    #[test]
    fn i3_an_end_that_is_near_is_marked() {
        let (now, end) = (Ts::parse("2026-11-01T00:00:00Z").unwrap(), Ts::parse("2026-12-05T00:00:00Z"));
        assert_eq!(state_shown(TokenState::Active, end, now), "active until 2026-12-05");
        let later = Ts::parse("2026-11-06T00:00:00Z").unwrap();
        assert_eq!(state_shown(TokenState::Active, end, later), "active until 2026-12-05 (!)");
    }
}
