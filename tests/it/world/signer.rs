//! Key pairs of clients, made for one test.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskgate::base::jws::PublicKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::Value;

/// Somebody who can sign.
pub struct Signer {
    pub algorithm: Algorithm,
    key: EncodingKey,
    /// The public key, as a file holds it.
    pub pem: String,
}

impl Signer {
    /// A new key pair for the algorithm.
    pub fn new(algorithm: Algorithm) -> Self {
        let (key, spki) = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => rsa(KeySize::Rsa2048),
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
                let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
                let private = pair.to_pkcs8v1().unwrap();
                (EncodingKey::from_ec_der(private.as_ref()), spki.as_ref().to_vec())
            }
            Algorithm::EdDSA => {
                let pair = Ed25519KeyPair::generate().unwrap();
                let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
                let private = pair.to_pkcs8v1().unwrap();
                (EncodingKey::from_ed_der(private.as_ref()), spki.as_ref().to_vec())
            }
            other => panic!("nobody signs with {other:?}"),
        };
        Self { algorithm, key, pem: pem("PUBLIC KEY", &spki) }
    }

    /// The public key.
    pub fn public(&self) -> Vec<PublicKey> {
        PublicKey::parse_all(&self.pem).unwrap()
    }

    /// Signs claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&Header::new(self.algorithm), claims)
    }

    /// Signs claims under a header of one's own.
    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }
}

fn rsa(size: KeySize) -> (EncodingKey, Vec<u8>) {
    let pair = RsaKeyPair::generate(size).unwrap();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let private = pem("PRIVATE KEY", private.as_ref());
    (EncodingKey::from_rsa_pem(private.as_bytes()).unwrap(), spki.as_ref().to_vec())
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
}
