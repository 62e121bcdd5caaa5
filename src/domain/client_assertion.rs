//! What a client says when it proves who it is with a signature instead of a secret: `private_key_jwt` (RFC 7523,
//! section 3; OpenID Connect Core 1.0, section 9). The signature is checked elsewhere.

use std::time::Duration;

use crate::base::clock::Ts;
use crate::base::ids::ClientId;

/// How far the clocks of both sides may be apart.
pub const LEEWAY: Duration = Duration::from_mins(1);
/// How long an assertion may live from now on.
pub const MAX_LIFETIME: Duration = Duration::from_mins(5);
/// The longest `jti`, in bytes.
const MAX_JTI: usize = 255;

/// The claims. Others may stand beside them and mean nothing to us.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Claims {
    /// Who made it: the client.
    pub iss: String,
    /// Who asks: the client as well.
    pub sub: String,
    /// For whom it was made: one text or several.
    pub aud: Audience,
    /// Until when it may be used, in seconds since 1970; RFC 7519 allows decimals.
    pub exp: f64,
    /// When it was made.
    #[serde(default)]
    pub iat: Option<f64>,
    /// From when on it may be used.
    #[serde(default)]
    pub nbf: Option<f64>,
    /// Its name, by which a second use is known.
    pub jti: String,
}

/// RFC 7519, section 4.1.3.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// Why an assertion is no good, for the log and the tests; the client hears `invalid_client`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// `iss` and `sub` are not both the client.
    #[error("iss and sub are not both the client")]
    Party,
    /// `aud` names nobody, or anybody but us.
    #[error("aud names somebody else")]
    Audience,
    /// `exp` has passed.
    #[error("the assertion has expired")]
    Expired,
    /// `exp` lies further ahead than an assertion may live.
    #[error("the assertion lives too long")]
    TooLong,
    /// `nbf` or `iat` lies ahead.
    #[error("the assertion is from the future")]
    Early,
    /// `jti` is empty or too long.
    #[error("the jti is empty or too long")]
    Id,
}

impl Claims {
    /// The client that the claims are about, if it can be one of ours.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        ClientId::parse(&self.sub)
    }

    /// Judges the claims of `client` at `now`; gives the instant until which the `jti` must be remembered.
    ///
    /// `audiences` are the names under which we are known: the token endpoint and the issuer. All that `aud` names must
    /// be ours: an assertion that another server may use as well could come from there.
    ///
    /// # Errors
    ///
    /// See [`AssertionError`].
    pub fn judge(&self, client: ClientId, audiences: &[&str], now: Ts) -> Result<Ts, AssertionError> {
        let client = client.to_string();
        if self.iss != client || self.sub != client {
            return Err(AssertionError::Party);
        }
        let named: &[String] = match &self.aud {
            Audience::One(one) => std::slice::from_ref(one),
            Audience::Many(many) => many,
        };
        if named.is_empty() || !named.iter().all(|name| audiences.contains(&name.as_str())) {
            return Err(AssertionError::Audience);
        }
        let end = instant(self.exp).ok_or(AssertionError::TooLong)?.after(LEEWAY);
        if end <= now {
            return Err(AssertionError::Expired);
        }
        if end > now.after(MAX_LIFETIME + LEEWAY + LEEWAY) {
            return Err(AssertionError::TooLong);
        }
        for begin in [self.nbf, self.iat].into_iter().flatten() {
            if instant(begin).is_none_or(|begin| begin > now.after(LEEWAY)) {
                return Err(AssertionError::Early);
            }
        }
        if self.jti.is_empty() || self.jti.len() > MAX_JTI {
            return Err(AssertionError::Id);
        }
        Ok(end)
    }
}

/// A `NumericDate`; `None` for what is no instant between 1970 and 9999.
#[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
fn instant(seconds: f64) -> Option<Ts> {
    (0.0..=253_402_300_799.0).contains(&seconds).then(|| Ts::from_micros((seconds * 1e6) as i64))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{AssertionError, Audience, Claims};
    use crate::base::clock::Ts;
    use crate::base::ids::ClientId;

    const ENDPOINT: &str = "https://scim.example.com/oauth2/token";
    const ISSUER: &str = "https://scim.example.com";
    const NOW: f64 = 1_795_000_000.0;

    fn now() -> Ts {
        Ts::from_micros(1_795_000_000_000_000)
    }

    fn claims(client: ClientId) -> Claims {
        Claims {
            iss: client.to_string(),
            sub: client.to_string(),
            aud: Audience::One(ENDPOINT.to_owned()),
            exp: NOW + 60.0,
            iat: None,
            nbf: None,
            jti: "1".to_owned(),
        }
    }

    fn judged(change: impl FnOnce(&mut Claims)) -> Result<Ts, AssertionError> {
        let client = ClientId::generate();
        let mut claims = claims(client);
        change(&mut claims);
        claims.judge(client, &[ENDPOINT, ISSUER], now())
    }

    #[test]
    fn i2_an_assertion_is_remembered_until_it_cannot_be_used_again() {
        assert_eq!(judged(|_| ()), Ok(now().after(Duration::from_mins(2))));
    }

    #[test]
    fn i2_every_claim_is_judged() {
        let many = |names: &[&str]| Audience::Many(names.iter().map(|name| (*name).to_owned()).collect());
        assert!(judged(|claims| claims.aud = Audience::One(ISSUER.to_owned())).is_ok());
        assert!(judged(|claims| claims.aud = many(&[ISSUER, ENDPOINT])).is_ok());
        for aud in [many(&[]), many(&[ENDPOINT, "https://evil.example"]), Audience::One(format!("{ENDPOINT}/"))] {
            assert_eq!(judged(|claims| claims.aud = aud), Err(AssertionError::Audience));
        }
        assert_eq!(judged(|claims| claims.iss = ClientId::generate().to_string()), Err(AssertionError::Party));
        assert_eq!(judged(|claims| claims.sub = ClientId::generate().to_string()), Err(AssertionError::Party));
        for (exp, expected) in [
            (NOW - 59.0, None),
            (NOW - 60.0, Some(AssertionError::Expired)),
            (NOW + 359.0, None),
            (NOW + 361.0, Some(AssertionError::TooLong)),
            (f64::INFINITY, Some(AssertionError::TooLong)),
            (f64::NAN, Some(AssertionError::TooLong)),
            (-1.0, Some(AssertionError::TooLong)),
        ] {
            assert_eq!(judged(|claims| claims.exp = exp).err(), expected, "{exp}");
        }
        for (begin, expected) in [(NOW - 600.0, None), (NOW + 60.0, None), (NOW + 61.0, Some(AssertionError::Early))] {
            assert_eq!(judged(|claims| claims.iat = Some(begin)).err(), expected, "{begin}");
            assert_eq!(judged(|claims| claims.nbf = Some(begin)).err(), expected, "{begin}");
        }
        assert_eq!(judged(|claims| claims.jti.clear()), Err(AssertionError::Id));
        assert_eq!(judged(|claims| claims.jti = "x".repeat(256)), Err(AssertionError::Id));
    }
}
