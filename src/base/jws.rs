//! Public keys of others, and what they have signed: the compact form of a JSON Web Signature (RFC 7515, section 7.1).
//!
//! The signature alone is checked here, against a short list of algorithms; `none` and everything with a shared secret
//! are not in it, and the key decides which of them may be used (RFC 8725, sections 3.1 and 3.2). What the claims say is
//! for the caller to judge, by his own clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The algorithms that a signature may have, as they are called on the wire.
pub const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];
/// More than any public key needs, and less than would be work to read.
const MAX_KEY_TEXT: usize = 16 * 1024;
/// RFC 7518, section 3.3.
const MIN_RSA_BYTES: usize = 256;
/// What the cryptography verifies.
const MAX_RSA_BYTES: usize = 1024;
const COORDINATE_BYTES: usize = 32;

/// Why a text is no public key that we can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It holds what must never leave its owner.
    #[error("this is a private key, which nobody but the client may have; give the public one, and replace this pair")]
    Private,
    /// It is no PEM of a public key, no JWK and no JWKS.
    #[error("this is no public key: neither PEM (BEGIN PUBLIC KEY) nor JSON (a JWK or a JWKS)")]
    Form,
    /// A key for which there is no algorithm in [`ALGORITHMS`].
    #[error("the key is neither RSA with 2048 to 8192 bits nor EC on P-256 nor Ed25519")]
    Kind,
}

/// A public key, as a JWK in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Jwk);

impl PublicKey {
    /// Reads what an administrator has in a file: one key as PEM or JWK, or the keys of a JWKS.
    ///
    /// # Errors
    ///
    /// See [`KeyError`]; nothing of the text is repeated.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, KeyError> {
        let text = text.trim();
        if text.len() > MAX_KEY_TEXT {
            return Err(KeyError::Form);
        }
        if text.starts_with('{') {
            return Self::from_json(text);
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let readers = [DecodingKey::from_rsa_pem, DecodingKey::from_ec_pem, DecodingKey::from_ed_pem];
        let key = readers.into_iter().find_map(|read| read(text.as_bytes()).ok()).ok_or(KeyError::Form)?;
        let jwk = Jwk::from_decoding_key(&key, None).map_err(|_| KeyError::Kind)?;
        Ok(vec![Self::checked(jwk)?])
    }

    fn from_json(text: &str) -> Result<Vec<Self>, KeyError> {
        let value: Value = serde_json::from_str(text).map_err(|_| KeyError::Form)?;
        let is_private = |key: &Value| key.get("d").is_some() || key.get("k").is_some();
        let keys: Vec<Jwk> = match value.get("keys") {
            Some(Value::Array(keys)) if keys.iter().any(is_private) => return Err(KeyError::Private),
            Some(_) => serde_json::from_value::<JwkSet>(value).map_err(|_| KeyError::Form)?.keys,
            None if is_private(&value) => return Err(KeyError::Private),
            None => vec![serde_json::from_value(value).map_err(|_| KeyError::Form)?],
        };
        if keys.is_empty() {
            return Err(KeyError::Form);
        }
        keys.into_iter().map(Self::checked).collect()
    }

    fn checked(mut jwk: Jwk) -> Result<Self, KeyError> {
        let length = |text: &str| URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len());
        if let AlgorithmParameters::RSA(key) = &mut jwk.algorithm {
            (key.n, key.e) = (without_leading_zeros(&key.n), without_leading_zeros(&key.e));
        }
        let fits = match &jwk.algorithm {
            AlgorithmParameters::RSA(key) => (MIN_RSA_BYTES..=MAX_RSA_BYTES).contains(&length(&key.n)),
            AlgorithmParameters::EllipticCurve(key) => {
                key.curve == EllipticCurve::P256
                    && length(&key.x) == COORDINATE_BYTES
                    && length(&key.y) == COORDINATE_BYTES
            }
            AlgorithmParameters::OctetKeyPair(key) => {
                key.curve == EllipticCurve::Ed25519 && length(&key.x) == COORDINATE_BYTES
            }
            // Shared secrets, and kinds that no algorithm of the list uses.
            _ => false,
        };
        let for_signatures = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
        if !fits || !for_signatures {
            return Err(KeyError::Kind);
        }
        // Of what may stand beside a key only its name and its algorithm are kept.
        let common = std::mem::take(&mut jwk.common);
        jwk.common.key_id = common.key_id;
        jwk.common.key_algorithm = common.key_algorithm;
        let key = Self(jwk);
        if key.algorithms().is_empty() { Err(KeyError::Kind) } else { Ok(key) }
    }

    /// Reads a key that [`to_json`](Self::to_json) wrote.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The key as a JWK.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("a JWK has string keys and no failing serializers")
    }

    /// The key's own name, if it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.common.key_id.as_deref()
    }

    /// Whether both are one key, whatever each is called (by their thumbprints, RFC 7638).
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let thumbprint = |key: &Self| key.0.thumbprint(ThumbprintHash::SHA256).ok();
        thumbprint(self).is_some_and(|ours| thumbprint(other) == Some(ours))
    }

    fn algorithms(&self) -> Vec<Algorithm> {
        let of_the_kind: &[Algorithm] = match &self.0.algorithm {
            AlgorithmParameters::RSA(_) => &[Algorithm::RS256, Algorithm::PS256],
            AlgorithmParameters::EllipticCurve(_) => &[Algorithm::ES256],
            AlgorithmParameters::OctetKeyPair(_) => &[Algorithm::EdDSA],
            _ => &[],
        };
        let named = self.0.common.key_algorithm;
        let allowed = |algorithm: &&Algorithm| named.is_none_or(|named| named == KeyAlgorithm::from(**algorithm));
        of_the_kind.iter().filter(allowed).copied().collect()
    }
}

/// A number as it is written (RFC 7518, section 2); zeros before it would hide that two keys are one.
fn without_leading_zeros(number: &str) -> String {
    let significant =
        |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>());
    URL_SAFE_NO_PAD.decode(number).map_or_else(|_| number.to_owned(), significant)
}

/// Reads the claims without asking who signed them: only to learn whose keys to ask.
#[must_use]
pub fn unverified<T: DeserializeOwned>(token: &str) -> Option<T> {
    jsonwebtoken::dangerous::insecure_decode_claims(token).ok()
}

/// The place of the key that has signed the token with an algorithm that it may use, and the claims.
///
/// A token that names its key is checked against the key of that name; where there is none, against those without a name.
/// A header that demands extensions (`crit`) is refused, since none is understood.
#[must_use]
pub fn verified<T: DeserializeOwned>(token: &str, keys: &[PublicKey]) -> Option<(usize, T)> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.crit.is_some() {
        return None;
    }
    let name = header.kid.as_deref();
    let is_named = |key: &PublicKey| name.is_some() && key.id() == name;
    let named = keys.iter().any(is_named);
    let fits = |key: &PublicKey| if named { is_named(key) } else { name.is_none() || key.id().is_none() };
    keys.iter().enumerate().filter(|(_, key)| fits(key) && key.algorithms().contains(&header.alg)).find_map(
        |(place, key)| {
            let mut validation = Validation::new(header.alg);
            // The library would ask the machine's clock.
            validation.validate_exp = false;
            validation.validate_aud = false;
            validation.required_spec_claims.clear();
            let decoder = DecodingKey::from_jwk(&key.0).ok()?;
            Some((place, jsonwebtoken::decode(token, &decoder, &validation).ok()?.claims))
        },
    )
}
