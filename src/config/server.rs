//! `[server]`: where the daemon is reached.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use ipnet::IpNet;
use url::{Host, Url};

use super::key::{Audience, Key, Shape};
use super::parse::{list, show_list};
use super::reader::Reader;

/// `server.listen`
pub const LISTEN: Key = Key {
    name: "server.listen",
    variable: "DESKGATE_LISTEN",
    flag: "listen",
    placeholder: "ADDRESS:PORT",
    shape: Shape::Text,
    default: "127.0.0.1:8080",
    help: "The address on which the daemon takes requests",
    audience: Audience::Daemon,
};

/// `server.public_url`
pub const PUBLIC_URL: Key = Key {
    name: "server.public_url",
    variable: "DESKGATE_PUBLIC_URL",
    flag: "public-url",
    placeholder: "URL",
    shape: Shape::Text,
    default: "http:// and the listen address",
    help: "The address under which the identity providers reach the daemon, e.g. https://scim.example.com",
    audience: Audience::Everyone,
};

/// `server.trusted_proxies`
pub const TRUSTED_PROXIES: Key = Key {
    name: "server.trusted_proxies",
    variable: "DESKGATE_TRUSTED_PROXIES",
    flag: "trusted-proxy",
    placeholder: "NETWORK",
    shape: Shape::List,
    default: "",
    help: "A reverse proxy whose X-Forwarded-For is believed, as an address or network; may be repeated",
    audience: Audience::Daemon,
};

/// The section.
pub const KEYS: &[Key] = &[LISTEN, PUBLIC_URL, TRUSTED_PROXIES];

/// Where the daemon is reached.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where it takes requests.
    pub listen: SocketAddr,
    /// Where the world finds it; `None`: where it listens.
    pub public_url: Option<PublicUrl>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl Server {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        let listen = reader.read(&LISTEN, default, parse_listen, ToString::to_string);
        let public_url = reader.read_optional(&PUBLIC_URL, PublicUrl::parse, ToString::to_string);
        if public_url.is_none() {
            reader.show_instead(Self::local_url(listen));
        }
        let trusted_proxies = reader.read(&TRUSTED_PROXIES, Vec::new(), list(parse_network), |list| show_list(list));
        let server = Self { listen, public_url, trusted_proxies };
        for warning in server.doubts() {
            reader.warn(warning);
        }
        server
    }

    /// The address under which the identity providers reach the daemon when it is bound to `bound`, without a final
    /// slash.
    #[must_use]
    pub fn public_url(&self, bound: SocketAddr) -> String {
        self.public_url.as_ref().map_or_else(|| Self::local_url(bound), ToString::to_string)
    }

    fn local_url(bound: SocketAddr) -> String {
        // "All addresses" is no address that anybody could call.
        if bound.ip().is_unspecified() {
            format!("http://localhost:{}", bound.port())
        } else {
            format!("http://{bound}")
        }
    }

    fn doubts(&self) -> Vec<String> {
        let Some(public_url) = &self.public_url else {
            return if self.listen.ip().is_loopback() {
                Vec::new()
            } else {
                vec![format!(
                    "server.public_url is not set: identity providers would be sent to {}; set it to the address they \
                     use",
                    Self::local_url(self.listen)
                )]
            };
        };
        public_url.doubts()
    }
}

/// An `http` or `https` address without a final slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Reads an absolute address with a host, and without user, query and fragment. A path is allowed, for a daemon
    /// behind a proxy that serves other things too.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text)
            .map_err(|error| format!("{text:?} is no address such as https://scim.example.com ({error})"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{text:?} must begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the public URL must not hold a user name or password".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("{text:?} must not hold a query (?) or fragment (#)"));
        }
        if url.path().trim_end_matches('/').ends_with("/scim/v2") {
            return Err(format!("{text:?} must not hold /scim/v2: the daemon adds it"));
        }
        Ok(Self(url))
    }

    /// Whether requests and tokens are encrypted on their way.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether only this machine can use the address.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// What is allowed but probably not meant.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if self.0.host_str().is_some_and(|host| host.contains('_')) {
            doubts.push("server.public_url: Okta refuses host names with an underscore".to_owned());
        }
        if !self.is_https() && !self.is_local() {
            doubts.push(
                "server.public_url begins with http://: the token of the identity provider crosses the network in \
                 clear; Entra and Okta insist on https://"
                    .to_owned(),
            );
        }
        doubts
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    // The one name whose meaning needs no resolver.
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse::<u16>().ok()) {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    Err(format!("{text:?} is no IP address with port, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080"))
}

fn parse_network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{text:?} is no address or network such as 192.0.2.7 or 192.0.2.0/24"))
}

#[cfg(test)]
mod tests {
    use super::{PublicUrl, parse_listen, parse_network};

    #[test]
    fn public_urls_lose_their_final_slash_and_keep_their_path() {
        for (text, shown) in [
            ("https://scim.example.com", "https://scim.example.com"),
            ("https://scim.example.com/", "https://scim.example.com"),
            ("http://127.0.0.1:8080/desk/", "http://127.0.0.1:8080/desk"),
        ] {
            assert_eq!(PublicUrl::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn public_urls_that_cannot_work_are_refused_with_a_reason() {
        for (text, reason) in [
            ("scim.example.com", "is no address such as https://"),
            ("ftp://scim.example.com", "must begin with https://"),
            ("https://", "is no address"),
            ("https://ada:geheim@scim.example.com", "must not hold a user name"),
            ("https://scim.example.com/?tenant=1", "must not hold a query"),
            ("https://scim.example.com/#top", "fragment"),
            ("https://scim.example.com/scim/v2/", "the daemon adds it"),
        ] {
            let error = PublicUrl::parse(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(!error.contains("geheim"));
        }
    }

    #[test]
    fn doubtful_public_urls_are_told() {
        let doubts = |text| PublicUrl::parse(text).unwrap().doubts().join("\n");
        assert_eq!(doubts("https://scim.example.com"), "");
        assert_eq!(doubts("http://localhost:8080"), "");
        assert_eq!(doubts("http://[::1]:8080"), "");
        assert!(doubts("http://scim.example.com").contains("in clear"));
        assert!(doubts("https://our_scim.example.com").contains("underscore"));
    }

    #[test]
    fn listen_addresses_have_a_port() {
        for right in ["127.0.0.1:8080", "0.0.0.0:0", "[::]:80", "localhost:8080"] {
            assert!(parse_listen(right).is_ok(), "{right}");
        }
        for wrong in ["", "8080", ":8080", "127.0.0.1", "example.com:80", "127.0.0.1:99999"] {
            assert!(parse_listen(wrong).unwrap_err().contains("such as 127.0.0.1:8080"), "{wrong}");
        }
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        assert_eq!(parse_network("192.0.2.7").unwrap().to_string(), "192.0.2.7/32");
        assert_eq!(parse_network("2001:db8::/32").unwrap().to_string(), "2001:db8::/32");
        assert!(parse_network("proxy.example").is_err());
    }
}
