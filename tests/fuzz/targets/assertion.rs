//! What a client proves with who it is: an assertion before its signature is checked and after, its claims, and the public
//! key that it is checked with. Never a panic, never slow; what is believed is what was signed.
//!
//! An input is taken for an assertion, for the claims of one that is signed here, and for a file with public keys.

#![no_main]

use std::sync::LazyLock;

use deskgate::base::clock::Ts;
use deskgate::base::ids::ClientId;
use deskgate::base::jws::{self, PublicKey};
use deskgate::domain::client_assertion::{Claims, LEEWAY, MAX_LIFETIME};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;

/// Everything before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7).
const PKCS8: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
static SIGNER: LazyLock<EncodingKey> = LazyLock::new(|| EncodingKey::from_ed_der(&[&PKCS8[..], &[7; 32]].concat()));
static KEYS: LazyLock<Vec<PublicKey>> = LazyLock::new(|| {
    let key = r#"{"kty":"OKP","crv":"Ed25519","x":"6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw"}"#;
    let named = key.replace('{', r#"{"kid":"spring","#);
    [key, &named].into_iter().flat_map(|key| PublicKey::parse_all(key).expect("a key")).collect()
});
const ENDPOINT: &str = "https://deskgate.example/oauth2/token";
const ISSUER: &str = "https://deskgate.example";
const NOBODY: &str = "0192f7c4-52a1-7c3e-9a67-000000000000";
/// 2026-11-22T08:00:00Z.
const NOW: Ts = Ts::from_micros(1_795_334_400_000_000);

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    deskgate_fuzz::in_time(|| believed(text));
    deskgate_fuzz::in_time(|| public_keys(text));
    if let Ok(claims) = serde_json::from_str::<Value>(text) {
        let signed =
            jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &SIGNER).expect("JSON can be signed");
        // Registered claims of a wrong type are refused with the signature.
        let is_one = serde_json::from_value::<Claims>(claims).is_ok();
        assert!(jws::verified::<Value>(&signed, &KEYS).is_some() || !is_one, "{signed}");
        deskgate_fuzz::in_time(|| believed(&signed));
    }
    Corpus::Keep
});

/// As the token endpoint reads it.
fn believed(assertion: &str) {
    let told: Option<Claims> = jws::unverified(assertion);
    if let Some((_, signed)) = jws::verified::<Claims>(assertion, &KEYS) {
        assert_eq!(told.as_ref(), Some(&signed), "what was read before the check is not what was signed");
    }
    let Some(claims) = told else { return };
    let client = claims.client().or_else(|| ClientId::parse(NOBODY)).expect("a UUID");
    if let Ok(end) = claims.judge(client, &[ENDPOINT, ISSUER], NOW) {
        assert_eq!((claims.client(), &claims.iss), (Some(client), &claims.sub));
        assert!(NOW < end && end <= NOW.after(MAX_LIFETIME + LEEWAY * 2), "remembered until {end}");
    }
}

fn public_keys(file: &str) {
    for key in PublicKey::parse_all(file).into_iter().flatten() {
        let stored = key.to_json();
        assert_eq!(PublicKey::from_stored(&stored).as_ref(), Some(&key), "{stored}");
        assert!(key.is_same(&key), "{stored}");
        assert_eq!(PublicKey::parse_all(&stored).as_deref(), Ok(&[key][..]), "{stored}");
    }
}
