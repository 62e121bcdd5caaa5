//! Who gets in, with what, and how often: clients, rotation, expiry, limits, and what no credential of another tenant
//! ever reaches.

mod behind_a_path;
mod clients;
mod expiry;
mod isolation;
mod key;
mod limits;
mod rotation;
mod signed;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskgate::app::clients::ClientWithSecret;

use crate::world::door::Answer;
use crate::world::tenancy::House;

/// Where a peer sits who has done no wrong.
const HERE: &str = "192.0.2.1";
pub const FORM: &str = "application/x-www-form-urlencoded";

pub fn form(parameters: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

pub fn basic(client: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
}

impl House {
    /// Asks for an access token with a secret.
    async fn with_secret(&self, peer: &str, client: &str, secret: &str, more: &[(&str, &str)]) -> Answer {
        let authorization = basic(client, secret);
        let headers = [("content-type", FORM), ("authorization", authorization.as_str())];
        let parameters = [&[("grant_type", "client_credentials")], more].concat();
        self.ask(peer, "POST", "/oauth2/token", &headers, form(&parameters)).await
    }

    /// Asks for an access token with a signature.
    async fn with_assertion(&self, peer: &str, assertion: &str, more: &[(&str, &str)]) -> Answer {
        let parameters = [
            &[
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion),
            ],
            more,
        ]
        .concat();
        self.ask(peer, "POST", "/oauth2/token", &[("content-type", FORM)], form(&parameters)).await
    }

    /// An access token of a client with a secret.
    async fn access_token(&self, client: &ClientWithSecret) -> String {
        let secret = client.secret.as_ref().unwrap().reveal();
        access_token(&self.with_secret(HERE, &client.summary.credential.id.to_string(), secret, &[]).await.expect(200))
    }
}

/// RFC 6749, section 5.1.
fn access_token(answer: &Answer) -> String {
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["scope"]), (&"Bearer".into(), &"scim".into()));
    let token = body["access_token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("dga_"));
    token
}

/// RFC 6749, section 5.2.
#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)), "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.json()["error_description"].is_string());
    assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401, "{answer:?}");
    assert_eq!(answer.headers.contains_key("retry-after"), matches!(status, 429 | 503), "{answer:?}");
}
