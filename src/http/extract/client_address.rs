//! Where a request comes from (L5): the peer of the connection, or whom a trusted reverse proxy names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::header::FORWARDED;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address; `0.0.0.0`, which no address range of a token names, when there is no connection.
pub fn of(parts: &Parts, trusted: &[IpNet]) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip().to_canonical());
    behind(peer, &parts.headers, trusted)
}

/// Looks behind a trusted proxy: the last address in the header that is not a trusted proxy itself. What stands before it
/// may be anybody's invention.
///
/// A proxy that writes one of the two headers usually lets the other one through as the client sent it. So when both are
/// there and name different clients, neither is believed and the peer counts.
fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let forwarded_for = named(headers, &X_FORWARDED_FOR, trusted, peer, |element| Some(element));
    let forwarded = named(headers, &FORWARDED, trusted, peer, for_parameter);
    match (forwarded_for, forwarded) {
        (Some(client), None) | (None, Some(client)) => client,
        (Some(one), Some(other)) if one == other => one,
        (Some(_), Some(_)) | (None, None) => peer,
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|range| range.contains(&address))
}

/// The client that a header names, as far as it can be read; `None` without the header.
fn named(
    headers: &HeaderMap,
    name: &HeaderName,
    trusted: &[IpNet],
    peer: IpAddr,
    node: impl Fn(&str) -> Option<&str>,
) -> Option<IpAddr> {
    let mut client = headers.contains_key(name).then_some(peer)?;
    // Several headers of one name mean one list, in order.
    for value in headers.get_all(name).iter().rev() {
        let Ok(value) = value.to_str() else { return Some(client) };
        for element in value.rsplit(',') {
            let Some(address) = node(element.trim()).and_then(address) else { return Some(client) };
            client = address;
            if !is_trusted(client, trusted) {
                return Some(client);
            }
        }
    }
    Some(client)
}

/// The `for` parameter of one element of `Forwarded` (RFC 7239, section 4).
fn for_parameter(element: &str) -> Option<&str> {
    let mut parameters = element.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    Some(value.trim().trim_matches('"'))
}

/// An address as proxies write it: bare, in brackets, with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse().ok();
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare().or_else(bracketed).or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::behind;

    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"].map(|range| range.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        behind(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn l5_a_stranger_cannot_choose_his_address() {
        for headers in [("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4")] {
            assert_eq!(client("192.0.2.1", &[headers]), "192.0.2.1");
        }
    }

    #[test]
    fn l5_behind_a_trusted_proxy_the_last_untrusted_address_counts() {
        for (value, expected) in [
            ("1.2.3.4", "1.2.3.4"),
            ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
            ("6.6.6.6, 1.2.3.4, 10.1.1.1", "1.2.3.4"),
            ("1.2.3.4:5678", "1.2.3.4"),
            ("[2a00::1]:443", "2a00::1"),
            ("2a00::1", "2a00::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("10.2.2.2, 10.1.1.1", "10.2.2.2"),
            ("1.2.3.4, unknown", "10.0.0.1"),
            ("1.2.3.4, unknown, 10.1.1.1", "10.1.1.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[("x-forwarded-for", value)]), expected, "{value}");
        }
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4")]), "1.2.3.4");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn forwarded_is_read_too() {
        for (value, expected) in [
            ("for=1.2.3.4;proto=https;by=10.0.0.1", "1.2.3.4"),
            ("proto=https; For=\"[2a00::1]:4711\"", "2a00::1"),
            ("for=6.6.6.6, for=1.2.3.4", "1.2.3.4"),
            ("for=_hidden", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[("forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn l5_two_headers_that_disagree_are_not_believed() {
        let both = |one, other| client("10.0.0.1", &[("x-forwarded-for", one), ("forwarded", other)]);
        assert_eq!(both("1.2.3.4", "for=1.2.3.4"), "1.2.3.4");
        assert_eq!(both("1.2.3.4", "for=6.6.6.6"), "10.0.0.1");
    }
}
