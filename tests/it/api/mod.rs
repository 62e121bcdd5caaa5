//! The admin API, as a tenant's programs see it. What the manuals let an administrator do by hand stands in
//! [`manuals`](crate::manuals).

mod adoption;
mod desks;
mod employees;
mod frame;
mod idempotency;
mod lists;
mod lock;
mod photo;
mod pools;
mod returners;
mod rules;
mod stock;
mod tenant;

use deskgate::domain::credential::TokenScope;
use serde_json::{Value, json};

use crate::world::database::Engine;
use crate::world::door::Answer;
use crate::world::tenancy::House;

const HERE: &str = "192.0.2.1";

/// A tenant with a program of its administrators, and its identity provider.
pub struct Office {
    pub house: House,
    /// A token with scope `admin:write`.
    pub writer: String,
    /// One for SCIM.
    pub provider: String,
}

impl Office {
    pub async fn open(engine: Engine) -> Self {
        let house = House::open(engine).await;
        house.bare_tenant("acme").await;
        let writer = house.token_for(TokenScope::AdminWrite, "acme", "program", None).await.token.reveal().to_owned();
        let provider = house.token("acme", "provider", None).await.token.reveal().to_owned();
        Self { house, writer, provider }
    }

    /// Sends a request to the admin API; `path` comes after its base.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        let bearer = format!("Bearer {}", self.writer);
        let mut all = vec![("authorization", bearer.as_str())];
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            all.push(("content-type", "application/json"));
        }
        all.extend_from_slice(headers);
        self.house.clock.turn(std::time::Duration::from_millis(100));
        self.house.ask(HERE, method, &format!("/api/v1{path}"), &all, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], body.to_string()).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[], body.to_string()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], "").await
    }

    /// Sends a request to SCIM; `path` comes after its base.
    pub async fn scim(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.house.clock.turn(std::time::Duration::from_millis(100));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.house.scim(HERE, &self.provider, method, &format!("/scim/v2{path}"), body).await
    }

    /// An employee made by hand.
    pub async fn employee(&self, name: &str) -> Value {
        self.post("/employees", &person(name)).await.expect(201).json()
    }

    /// A thing in stock, past the daemon, held by nobody.
    pub async fn thing(&self, kind: &str, class: &str, key: &str) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        let database = &self.house.database;
        let now = if database.file().is_some() { "1" } else { "now()" };
        let sql = format!(
            "INSERT INTO things (tenant_id, id, kind, class, key, sort_key, version, created_at, updated_at)
             SELECT t.id, {}, '{kind}', '{class}', '{key}', '{key}', 1, {now}, {now} FROM tenants t WHERE t.name = 'acme'",
            database.literal(&id)
        );
        assert_eq!(database.execute(&sql).await, 1);
        id
    }

    /// The last audit record, as `action changes`.
    pub async fn last_record(&self) -> String {
        let sql = "SELECT action || ' ' || changes FROM audit_records ORDER BY id DESC LIMIT 1";
        self.house.database.texts(sql).await.remove(0)
    }

    /// The topics of all messages in their order.
    pub async fn topics(&self) -> Vec<String> {
        self.house.database.texts("SELECT topic FROM outbox ORDER BY seq").await
    }
}

/// An image of that size, as a PNG file.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(width, height).write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

/// A second of silence at 8 kHz, eight bits a sample, whose every byte is ASCII.
pub fn silence() -> String {
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&8036_u32.to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&8000_u32.to_le_bytes());
    file.extend_from_slice(&8000_u32.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&8_u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&8000_u32.to_le_bytes());
    file.resize(8044, 0x7f);
    String::from_utf8(file).unwrap()
}

/// What makes an employee.
pub fn person(name: &str) -> Value {
    json!({"given_name": name, "family_name": "Muster", "email": format!("{name}@x.example")})
}

pub fn id(resource: &Value) -> &str {
    resource["id"].as_str().expect("every resource has an id")
}

impl Answer {
    /// A problem (RFC 9457) of this status and kind, in words; gives the words.
    #[track_caller]
    pub fn problem(&self, status: u16, kind: &str) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["type"], format!("urn:deskgate:problem:{kind}"), "{self:?}");
        assert_eq!(body["status"], status, "{self:?}");
        assert_eq!(body["instance"], format!("urn:deskgate:request:{}", self.header("x-request-id")), "{self:?}");
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(detail.split_whitespace().count() > 3, "no words in {self:?}");
        detail.to_owned()
    }

    /// The pointers of a problem's errors.
    #[track_caller]
    pub fn pointers(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().unwrap_or_else(|| panic!("no errors in {self:?}"));
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    }
}
