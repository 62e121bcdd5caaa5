//! `client_secret_basic`: HTTP Basic with both halves form-encoded first (RFC 6749, section 2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

/// What the `Authorization` header holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Basic {
    /// There is no such header.
    Absent,
    /// It is of another scheme, there are two of them, or it cannot be read.
    Unreadable,
    /// Name and secret.
    Given(String, Zeroizing<String>),
}

/// Reads name and secret of a client.
pub fn read(headers: &HeaderMap) -> Basic {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Basic::Absent };
    if values.next().is_some() {
        return Basic::Unreadable;
    }
    let decoded = value.to_str().ok().and_then(decode);
    decoded.map_or(Basic::Unreadable, |(name, secret)| Basic::Given(name, secret))
}

fn decode(header: &str) -> Option<(String, Zeroizing<String>)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let (name, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((form_decoded(name)?, Zeroizing::new(form_decoded(secret)?)))
}

/// One form-encoded value. What a client left unencoded reads the same, unless it holds `%`, `+`, `&` or `=`; no
/// identifier or secret of ours does.
fn form_decoded(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    let (value, _) = url::form_urlencoded::parse(text.as_bytes()).next().unwrap_or_default();
    Some(value.into_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use http::header::AUTHORIZATION;
    use http::{HeaderMap, HeaderValue};

    use super::{Basic, read};

    fn sent(value: &str) -> Basic {
        read(&HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(value).unwrap())]))
    }

    fn given(name: &str, secret: &str) -> Basic {
        Basic::Given(name.to_owned(), secret.to_owned().into())
    }

    #[test]
    fn i2_both_halves_are_form_decoded() {
        let basic = |text: &str| sent(&format!("bAsIc {}", STANDARD.encode(text)));
        assert_eq!(basic("client:dgc_a-b_c"), given("client", "dgc_a-b_c"));
        assert_eq!(basic("a%3Ab+c:d%2Be%20f:g"), given("a:b c", "d+e f:g"));
        assert_eq!(basic(":"), given("", ""));
        for wrong in ["", "client", "a=b:c", "a:b&c"] {
            assert_eq!(basic(wrong), Basic::Unreadable, "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_read_for_certain_is_nobodys_name() {
        assert_eq!(read(&HeaderMap::new()), Basic::Absent);
        for wrong in ["Basic", "Basic !", "Bearer YTpi", "Basic YTpi YTpi"] {
            assert_eq!(sent(wrong), Basic::Unreadable, "{wrong}");
        }
        let mut two = HeaderMap::new();
        two.append(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        two.append(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        assert_eq!(read(&two), Basic::Unreadable);
    }
}
