//! Clients that sign (I2): `private_key_jwt`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskgate::app::clients::ClientError;
use deskgate::base::jws::{self, KeyError, PublicKey};
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};

use super::{HERE, access_token, refused};
use crate::world::idp::with;
use crate::world::on_each_engine;
use crate::world::signer::Signer;
use crate::world::tenancy::{House, PUBLIC_URL};

const ALL: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// Good claims, never the same twice.
fn claims(house: &House, client: &str) -> Value {
    json!({
        "iss": client,
        "sub": client,
        "aud": format!("{PUBLIC_URL}/oauth2/token"),
        "exp": house.app.now().micros() / 1_000_000 + 120,
        "jti": uuid::Uuid::new_v4().to_string(),
    })
}

on_each_engine! {
    async fn i2_a_client_signs_with_any_algorithm_of_the_list_and_an_assertion_is_good_once(house: House) {
        house.bare_tenant("acme").await;
        for algorithm in ALL {
            let signer = Signer::new(algorithm);
            let client = house.client("acme", Some(signer.public())).await;
            assert!(client.secret.is_none());
            let id = client.summary.credential.id.to_string();
            let assertion = signer.sign(&claims(&house, &id));
            let token = access_token(&house.with_assertion(HERE, &assertion, &[]).await.expect(200));
            house.scim(HERE, &token, "GET", "/scim/v2/Users", "").await.expect(200);
            refused(&house.with_assertion(HERE, &assertion, &[]).await, 401, "invalid_client");
            let to_the_issuer = signer.sign(&with(claims(&house, &id), json!({"aud": [PUBLIC_URL]})));
            house.with_assertion(HERE, &to_the_issuer, &[("client_id", &id)]).await.expect(200);
        }
    }
}

on_each_engine! {
    async fn i2_an_assertion_is_good_once_on_all_replicas_together_and_is_forgotten_in_time(house: House) {
        house.bare_tenant("acme").await;
        let signer = Signer::new(Algorithm::EdDSA);
        let id = house.client("acme", Some(signer.public())).await.summary.credential.id.to_string();
        let assertion = signer.sign(&claims(&house, &id));
        house.with_assertion(HERE, &assertion, &[]).await.expect(200);
        let other = House { app: house.replica().await, clock: house.clock.clone(), database: house.database };
        refused(&other.with_assertion(HERE, &assertion, &[]).await, 401, "invalid_client");
        assert_eq!(other.database.count("client_assertions").await, 1);
        other.clock.turn(Duration::from_mins(4));
        refused(&other.with_assertion(HERE, &assertion, &[]).await, 401, "invalid_client");
        other.with_assertion(HERE, &signer.sign(&claims(&other, &id)), &[]).await.expect(200);
        assert_eq!(other.database.count("client_assertions").await, 2, "another replica's clock may be behind");
        other.clock.turn(Duration::from_hours(26));
        other.with_assertion(HERE, &signer.sign(&claims(&other, &id)), &[]).await.expect(200);
        assert_eq!(other.database.count("client_assertions").await, 1, "nobody could use the first ones any more");
    }
}

on_each_engine! {
    async fn i2_an_assertion_that_is_not_quite_right_is_refused(house: House) {
        house.bare_tenant("acme").await;
        let (signer, stranger) = (Signer::new(Algorithm::ES256), Signer::new(Algorithm::ES256));
        let id = house.client("acme", Some(signer.public())).await.summary.credential.id.to_string();
        let other = house.client("acme", Some(stranger.public())).await.summary.credential.id.to_string();
        let now = house.app.now().micros() / 1_000_000;
        let good = || claims(&house, &id);
        let mut bad: Vec<String> = [
            json!({"exp": now - 120}), json!({"exp": now + 600}), json!({"exp": "soon"}), json!({"exp": null}),
            json!({"aud": "https://elsewhere.example/token"}), json!({"aud": []}),
            json!({"aud": [PUBLIC_URL, "https://elsewhere.example"]}), json!({"iss": other}), json!({"sub": other}),
            json!({"sub": "nobody"}), json!({"jti": ""}), json!({"jti": null}), json!({"nbf": now + 300}), json!({"iat": now + 300}),
        ].into_iter().map(|change| signer.sign(&with(good(), change))).collect();
        bad.push(stranger.sign(&good()));
        bad.push(signer.sign_with(&Header { crit: Some(vec!["b64".into()]), ..Header::new(Algorithm::ES256) }, &good()));
        // RFC 8725, section 2.1: no signature at all, and the public key taken for a shared secret.
        let parts: Vec<String> = signer.sign(&good()).split('.').map(str::to_owned).collect();
        let header = |text: &str| URL_SAFE_NO_PAD.encode(text);
        bad.push(format!("{}.{}.", header(r#"{"alg":"none","typ":"JWT"}"#), parts[1]));
        bad.push(format!("{}.{}.{}", header(r#"{"alg":"none","typ":"JWT"}"#), parts[1], parts[2]));
        let shared = jsonwebtoken::EncodingKey::from_secret(signer.pem.as_bytes());
        bad.push(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &good(), &shared).unwrap());
        bad.push(format!("{}.{}", parts[0], parts[1]));
        bad.push(format!("{}.{}.{}", parts[0], parts[1], &parts[2][1..]));
        bad.extend(["".to_owned(), "x".to_owned(), "..".to_owned()]);
        for (number, assertion) in bad.iter().enumerate() {
            // From a new address each time: the limiter is another test's business.
            let answer = house.with_assertion(&format!("192.0.2.{}", number + 2), assertion, &[]).await;
            let expected = if assertion.is_empty() { (400, "invalid_request") } else { (401, "invalid_client") };
            refused(&answer, expected.0, expected.1);
        }
        let answer = house.with_assertion("198.51.100.1", &signer.sign(&good()), &[("client_id", &other)]).await;
        refused(&answer, 401, "invalid_client");
        house.with_assertion(HERE, &signer.sign(&good()), &[]).await.expect(200);
        assert_eq!(house.database.count("access_tokens").await, 1);
    }
}

on_each_engine! {
    async fn i2_a_key_is_rotated_without_a_gap(house: House) {
        house.bare_tenant("acme").await;
        let (old, new) = (Signer::new(Algorithm::ES256), Signer::new(Algorithm::EdDSA));
        let client = house.client("acme", Some(old.public())).await.summary.credential.id;
        let day = Duration::from_hours(24);
        house.app.rotate_client("acme", client, Some(new.public()), day, "test").await.unwrap();
        let id = client.to_string();
        for signer in [&old, &new] {
            house.with_assertion(HERE, &signer.sign(&claims(&house, &id)), &[]).await.expect(200);
        }
        house.clock.turn(day);
        refused(&house.with_assertion(HERE, &old.sign(&claims(&house, &id)), &[]).await, 401, "invalid_client");
        house.with_assertion(HERE, &new.sign(&claims(&house, &id)), &[]).await.expect(200);
    }
}

on_each_engine! {
    async fn i2_a_public_key_is_taken_once_and_never_comes_back(house: House) {
        house.bare_tenant("acme").await;
        let [first, second, third] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].map(|algorithm| {
            let [key] = Signer::new(algorithm).public().try_into().unwrap();
            key
        });
        let again = |key: &PublicKey| {
            // Another name, and a zero before the number, make no other key.
            let mut jwk: Value = serde_json::from_str(&key.to_json()).unwrap();
            jwk["kid"] = "another".into();
            if let Some(modulus) = jwk["n"].as_str() {
                let bytes = [vec![0], URL_SAFE_NO_PAD.decode(modulus).unwrap()].concat();
                jwk["n"] = URL_SAFE_NO_PAD.encode(bytes).into();
            }
            PublicKey::parse_all(&jwk.to_string()).unwrap()
        };
        let client = house.client("acme", Some(vec![first.clone()])).await.summary.credential.id;
        let rotate = async |keys, overlap| house.app.rotate_client("acme", client, Some(keys), overlap, "test").await;
        let day = Duration::from_hours(24);
        for overlap in [day, Duration::ZERO] {
            let refused = rotate(again(&first), overlap).await;
            assert!(matches!(refused, Err(ClientError::SameKey)), "{refused:?}");
        }
        let twice = rotate([vec![second.clone()], again(&second)].concat(), Duration::ZERO).await;
        assert!(matches!(twice, Err(ClientError::SameKey)), "{twice:?}");
        assert!(house.app.clients("acme").await.unwrap()[0].keys[0].revoked_at.is_none(), "nothing has happened");
        rotate(vec![second], Duration::ZERO).await.unwrap();
        let refused = rotate(again(&first), day).await;
        assert!(matches!(refused, Err(ClientError::SameKey)), "one that has ended is no new one: {refused:?}");
        // What died a month ago is forgotten, with the access tokens that were asked for with it.
        house.clock.turn(day * 31);
        rotate(vec![third], day).await.unwrap();
        assert_eq!(house.database.count("client_keys").await, 2);
    }
}

on_each_engine! {
    /// A provider that has not heard of the last rotations is no guesser, and its tenant is told. Beyond that nobody
    /// looks: each key would cost a signature check with every assertion.
    async fn i2_the_good_keys_are_tried_and_of_the_dead_ones_only_the_last(house: House) {
        house.bare_tenant("acme").await;
        let signers: Vec<_> = (0..8).map(|_| Signer::new(Algorithm::EdDSA)).collect();
        let client = house.client("acme", Some(signers[0].public())).await.summary.credential.id;
        for signer in &signers[1..] {
            house.app.rotate_client("acme", client, Some(signer.public()), Duration::ZERO, "test").await.unwrap();
        }
        let id = client.to_string();
        for _ in 0..30 {
            refused(&house.with_assertion(HERE, &signers[5].sign(&claims(&house, &id)), &[]).await, 401, "invalid_client");
        }
        house.with_assertion(HERE, &signers[7].sign(&claims(&house, &id)), &[]).await.expect(200);
        let mut answers = Vec::new();
        for _ in 0..30 {
            answers.push(house.with_assertion("192.0.2.2", &signers[0].sign(&claims(&house, &id)), &[]).await.status);
        }
        assert!(answers.contains(&429), "{answers:?}");
    }
}

#[test]
fn i2_the_key_that_an_assertion_names_is_the_one_it_is_checked_against() {
    let (named, other) = (Signer::new(Algorithm::EdDSA), Signer::new(Algorithm::EdDSA));
    let mut jwk: Value = serde_json::from_str(&named.public()[0].to_json()).unwrap();
    jwk["kid"] = "spring".into();
    let keys = [other.public(), PublicKey::parse_all(&jwk.to_string()).unwrap()].concat();
    let signed = |signer: &Signer, kid: Option<&str>| {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::EdDSA) };
        jws::verified::<Value>(&signer.sign_with(&header, &json!({"x": 1})), &keys).map(|(place, _)| place)
    };
    assert_eq!((signed(&named, Some("spring")), signed(&named, None)), (Some(1), Some(1)));
    // A name that no key has may be that of one without a name, and of no other.
    assert_eq!((signed(&other, Some("autumn")), signed(&named, Some("autumn"))), (Some(0), None));
    assert_eq!(signed(&other, Some("spring")), None);
}

#[test]
fn i2_public_keys_are_read_as_pem_jwk_and_jwks_and_private_ones_refused() {
    for algorithm in ALL {
        let signer = Signer::new(algorithm);
        let [key] = signer.public().try_into().unwrap();
        assert_eq!(PublicKey::from_stored(&key.to_json()).as_ref(), Some(&key));
        let mut jwk: Value = serde_json::from_str(&key.to_json()).unwrap();
        jwk["kid"] = "spring".into();
        jwk["use"] = "sig".into();
        let [named] = PublicKey::parse_all(&jwk.to_string()).unwrap().try_into().unwrap();
        assert_eq!(named.id(), Some("spring"));
        let set = json!({"keys": [jwk, serde_json::from_str::<Value>(&key.to_json()).unwrap()]});
        assert_eq!(PublicKey::parse_all(&set.to_string()).unwrap(), [named, key]);
        jwk["d"] = "secret".into();
        assert_eq!(PublicKey::parse_all(&jwk.to_string()), Err(KeyError::Private));
        assert_eq!(PublicKey::parse_all(&json!({"keys": [jwk]}).to_string()), Err(KeyError::Private));
        assert_eq!(PublicKey::parse_all(&signer.pem.replace("PUBLIC", "PRIVATE")), Err(KeyError::Private));
    }
    for nothing in ["", "x", "{\"keys\":[]}", "[]", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
        assert_eq!(PublicKey::parse_all(nothing), Err(KeyError::Form), "{nothing}");
    }
    let shared = json!({"kty": "oct", "k": "AAAA"}).to_string();
    assert_eq!(PublicKey::parse_all(&shared), Err(KeyError::Private));
    let short = json!({"kty": "RSA", "n": "AAAA", "e": "AQAB"}).to_string();
    assert_eq!(PublicKey::parse_all(&short), Err(KeyError::Kind));
}
