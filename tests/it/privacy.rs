//! R1, X29: no name, address, number, token, secret or assertion of anybody gets into the log, whatever is sent and at whatever level the
//! log is; nor into events, audit records and outbox messages.

use std::collections::BTreeSet;

use deskgate::cli::demo::conversation::Conversation;
use deskgate::cli::demo::replay::Replay;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::access::{FORM, basic, form};
use crate::world::daemon::Daemon;
use crate::world::database::Engine;
use crate::world::idp::{Idp, USER, id, patch_op, user, with};
use crate::world::signer::Signer;

/// The marked person; each in letters that occur nowhere else.
const NAME: &str = "Zebulonia";
const FAMILY: &str = "Quastenflosser";
const ADDRESS: &str = "zq.canary@privat.example";
const NUMBER: &str = "+49307770001112";
/// Stands where names of attributes stand: events keep the structure of a request, so that an administrator sees what his
/// identity provider sends. The log does not.
const ATTRIBUTE: &str = "krokodilatorXattribute";
const WORDS: [&str; 4] = [NAME, FAMILY, "canary", "7770001112"];

/// Keys whose values are the protocol's, and keys that hold identifiers of ours.
const OF_THE_PROTOCOL: [&str; 8] = ["schemas", "op", "path", "type", "primary", "active", "meta", "id"];

/// Every text that a request carries about somebody.
fn personal(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Array(elements) => elements.iter().for_each(|element| personal(element, found)),
        Value::Object(entries) => {
            let own = entries.iter().filter(|(key, _)| !OF_THE_PROTOCOL.contains(&key.as_str()));
            own.for_each(|(_, value)| personal(value, found));
        }
        _ => {}
    }
}

/// What both conversations say about people.
async fn converse(daemon: &Daemon) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for conversation in [Conversation::entra(), Conversation::okta()] {
        let idp = daemon.tenant(&conversation.name);
        let results = Replay::new(&idp.base(), &idp.token).run(&conversation, |_| ()).await.unwrap();
        for result in results {
            result.request.iter().for_each(|request| personal(request, &mut found));
        }
        found.insert(idp.token);
    }
    // Short words and numbers occur by chance (in a timestamp, say), and identifiers may be logged.
    let tells = |text: &str| text.len() > 7 || (text.len() > 4 && text.chars().any(char::is_alphabetic));
    found.retain(|text| tells(text) && uuid::Uuid::parse_str(text).is_err());
    assert!(found.len() > 40, "{found:?}");
    found
}

fn person() -> Value {
    with(
        user("zq"),
        json!({
            "userName": ADDRESS,
            "externalId": "canary-7",
            "displayName": format!("{NAME} {FAMILY}"),
            "name": {"givenName": NAME, "familyName": FAMILY},
            "emails": [{"value": ADDRESS, "type": "work", "primary": true}],
            "phoneNumbers": [{"value": NUMBER, "type": "work"}],
            "password": "canary-password",
        }),
    )
}

/// Requests that succeed, and many that do not, about the marked person.
async fn misbehave(daemon: &Daemon, idp: &Idp) {
    let created = idp.create(&person()).await;
    let zq = id(&created);
    idp.post("/Users", &with(person(), json!({"externalId": "canary-8"}))).await.expect(409);
    for filter in [
        format!("userName eq \"{ADDRESS}\""),
        format!("emails.value eq \"{ADDRESS}\" and {ATTRIBUTE} eq 1"),
        FAMILY.into(),
    ] {
        idp.filter(&filter).await;
        idp.post("/Users/.search", &json!({"filter": filter})).await;
        idp.get(&format!("/Users?sortBy={NAME}&attributes={FAMILY}")).await;
    }
    for operations in [
        json!([{"op": "replace", "path": "name.familyName", "value": format!("{FAMILY}-{NAME}")}]),
        json!([{"op": "replace", "path": format!("emails[value eq \"{ADDRESS}\"].type"), "value": "home"}]),
        json!([{"op": "replace", "path": format!("emails[{ATTRIBUTE} eq \"{ADDRESS}\"].type"), "value": FAMILY}]),
        json!([{"op": FAMILY, "path": ATTRIBUTE, "value": ADDRESS}]),
        json!([{"op": "replace", "path": ATTRIBUTE, "value": ADDRESS}]),
        json!([{"op": "replace", "path": "active", "value": NAME}]),
        json!([{"op": "add", "value": {ATTRIBUTE: FAMILY, "phoneNumbers": NUMBER}}]),
    ] {
        idp.patch(zq, operations).await;
    }
    idp.put(zq, &with(person(), json!({"active": NAME}))).await.expect(400);
    for body in [
        format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"{ADDRESS}\",\"{ATTRIBUTE}\":1,\"{ATTRIBUTE}\":2}}"),
        format!("{{\"userName\": \"{ADDRESS}\", {FAMILY}"),
        format!("{{\"{ATTRIBUTE}\\u0000\": \"{NUMBER}\"}}"),
        format!("\"{ADDRESS}\""),
        format!("{{\"schemas\":[\"{NAME}\"],\"userName\":\"{ADDRESS}\"}}"),
        format!("{{\"schemas\":[\"{USER}\"],\"userName\":[\"{ADDRESS}\", \"{NAME}\"]}}"),
        format!("{}{}", person(), " ".repeat(1 << 20)),
    ] {
        for (method, path) in [("POST", "/Users"), ("PATCH", &format!("/Users/{zq}")), ("POST", "/.search")] {
            idp.send(method, path, &[], body.clone()).await;
        }
    }
    in_a_group(idp, zq).await;
    let odd = [
        ("user-agent", ADDRESS),
        ("x-forwarded-for", NUMBER),
        ("cookie", NAME),
        ("if-match", FAMILY),
        ("from", ADDRESS),
    ];
    idp.send("GET", &format!("/Users/{ADDRESS}"), &odd, "").await.expect(404);
    idp.send("DELETE", &format!("/Users/{NAME}%2F{FAMILY}"), &odd, "").await.expect(400);
    idp.send("GET", &format!("/{NAME}/{FAMILY}?x={NUMBER}"), &odd, "").await.expect(404);
    idp.send("PUT", &format!("/Users/{zq}"), &[("content-type", ADDRESS)], "x").await.expect(415);
    idp.send("POST", "/Users", &[("content-encoding", NAME)], "x").await.expect(415);
    let strange = daemon.door().request(&NAME.to_uppercase(), "/scim/v2/Users", &[], "").await;
    assert_eq!(strange.status, 405, "{strange:?}");
    let stranger = [("authorization", "Bearer dgs_canarycanarycanary"), ("x-request-id", "not so; canary")];
    daemon
        .door()
        .request("GET", &format!("/scim/v2/Users?access_token={}", idp.token), &stranger, "")
        .await
        .expect(401);
    refused_by_the_database(daemon, idp).await;
    idp.patch(zq, json!([{"op": "replace", "path": "active", "value": false}])).await.expect(200);
    idp.send("PATCH", &format!("/Users/{zq}"), &[("if-match", "\"99\"")], patch_op(json!([]))).await;
    idp.delete(zq).await.expect(204);
}

/// The marked person in a group with a marked name, and mistakes about both.
async fn in_a_group(idp: &Idp, zq: &str) {
    const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
    let body = json!({"schemas": [GROUP], "displayName": FAMILY, "externalId": "canary-g", "members": [{"value": zq, "display": NAME}]});
    let made = idp.post("/Groups", &body).await.expect(201).json();
    idp.post("/Groups", &body).await.expect(409);
    let path = format!("/Groups/{}", id(&made));
    for operations in [
        json!([{"op": "add", "path": "members", "value": [{"value": ADDRESS, "display": NAME}]}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{ADDRESS}\"]")}]),
        json!([{"op": "remove", "path": format!("members[display eq \"{NAME}\"]")}]),
        json!([{"op": "replace", "value": {"displayName": format!("{FAMILY} {NAME}"), ATTRIBUTE: NUMBER}}]),
    ] {
        idp.send("PATCH", &path, &[], patch_op(operations)).await;
    }
    idp.get(&format!("/Groups?filter=displayName%20eq%20%22{FAMILY}%22")).await.expect(200);
    idp.send("PUT", &path, &[], json!({"schemas": [GROUP], "displayName": NAME, "members": [NAME]}).to_string())
        .await
        .expect(400);
    idp.send("DELETE", &path, &[], "").await.expect(204);
}

/// A client with a secret and one that signs, each through what succeeds and what does not; gives every credential that
/// crossed the wire, and where it stands. The operator's commands show a secret once, when they have made it.
async fn fetch_tokens(daemon: &Daemon, idp: &Idp) -> Vec<String> {
    const TENANT: [&str; 3] = ["--tenant", "canary-free", "--json"];
    let command = |words: &[&str]| daemon.command(&[words, &TENANT].concat());
    let made = command(&["client", "create"]);
    let id = made["client_id"].as_str().unwrap();
    let first = made["client_secret"].as_str().unwrap().to_owned();
    let second = command(&["client", "rotate", id])["client_secret"].as_str().unwrap().to_owned();
    let mut secrets = vec![first.clone(), second.clone()];
    for (secret, scope, status) in [
        (first.as_str(), "scim", 200),
        (&second, "scim", 200),
        (&first, FAMILY, 400),
        (&first[..first.len() - 1], "scim", 401),
        (idp.token.as_str(), "scim", 401),
    ] {
        let authorization = basic(id, secret);
        let body = form(&[("grant_type", "client_credentials"), ("scope", scope), ("x", NAME)]);
        let answer = daemon
            .door()
            .request("POST", "/oauth2/token", &[("content-type", FORM), ("authorization", &authorization)], body)
            .await
            .expect(status);
        secrets.extend(answer.json()["access_token"].as_str().map(str::to_owned));
        secrets.push(authorization.replace("Basic ", ""));
    }
    // In the wrong places: the body, the query, another header, the path.
    let body = form(&[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", &first)]);
    daemon.door().request("POST", "/oauth2/token", &[("content-type", FORM)], body.clone()).await.expect(400);
    daemon.door().request("POST", &format!("/oauth2/token?{body}"), &[("content-type", FORM)], "").await.expect(400);
    idp.send("GET", &format!("/Users/{first}"), &[("x-client-secret", &first), ("user-agent", &second)], "")
        .await
        .expect(404);
    idp.with_token(&first).get("/Users").await.expect(401);

    let signer = Signer::new(Algorithm::ES256);
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    std::fs::write(&key, &signer.pem).unwrap();
    let made = command(&["client", "create", "--public-key", key.to_str().unwrap()]);
    let signing = made["client_id"].as_str().unwrap();
    let endpoint = format!("http://{}/oauth2/token", daemon.door().address());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({"iss": signing, "sub": signing, "aud": endpoint, "exp": now + 120, "jti": "canary-jti"});
    let good = signer.sign(&claims);
    for (assertion, status) in [
        (good.clone(), 200),
        (good, 401),
        (signer.sign(&with(claims.clone(), json!({"jti": "canary-late", "exp": now - 600}))), 401),
        (Signer::new(Algorithm::ES256).sign(&with(claims, json!({"name": NAME}))), 401),
        (format!("canary.{FAMILY}"), 401),
    ] {
        let body = form(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ]);
        let answer =
            daemon.door().request("POST", "/oauth2/token", &[("content-type", FORM)], body).await.expect(status);
        secrets.extend(answer.json()["access_token"].as_str().map(str::to_owned));
        secrets.push(assertion);
    }
    // Access tokens at work, where they may not be, and when their client is no more.
    let access: Vec<_> = secrets.iter().filter(|secret| secret.starts_with("dga_")).cloned().collect();
    assert_eq!(access.len(), 3);
    for token in &access {
        let idp = idp.with_token(token);
        idp.post("/Users", &user(&format!("by-client-{}", secrets.len()))).await;
        idp.get(&format!("/Users?access_token={token}&filter={token}")).await.expect(400);
        idp.post("/Users", &json!({"schemas": [token], "userName": token})).await.expect(400);
    }
    command(&["client", "revoke", id]);
    while idp.with_token(&access[0]).get("/Users").await.status == 200 {}
    daemon
        .door()
        .request(
            "POST",
            "/oauth2/token",
            &[("content-type", FORM), ("authorization", &basic(id, &second))],
            form(&[("grant_type", "client_credentials")]),
        )
        .await
        .expect(401);
    for words in [&["client", "list"][..], &["client", "revoke", id], &["token", "list"], &["events"], &["employees"]] {
        let told = command(words).to_string();
        let found = secrets.iter().chain([&idp.token]).find(|secret| told.contains(secret.as_str()));
        assert_eq!(found, None, "{words:?}: {told}");
    }
    secrets
}

/// A row that the database itself will not have. Its words about that may quote the row, and are ours to keep.
async fn refused_by_the_database(daemon: &Daemon, idp: &Idp) {
    let (add, remove) = if daemon.database.file().is_some() {
        (
            "CREATE TRIGGER no_titles BEFORE UPDATE ON employees WHEN NEW.document LIKE '%untold%' BEGIN
             SELECT RAISE(ABORT, 'no titles'); END",
            "DROP TRIGGER no_titles",
        )
    } else {
        (
            "ALTER TABLE employees ADD CONSTRAINT no_titles CHECK (document NOT LIKE '%untold%')",
            "ALTER TABLE employees DROP CONSTRAINT no_titles",
        )
    };
    daemon.database.execute(add).await;
    let found = idp.found(&format!("userName eq \"{ADDRESS}\"")).await;
    let patch = json!([{"op": "replace", "path": "title", "value": format!("untold {NAME}")}]);
    let answer = idp.patch(&found[0], patch).await;
    assert!(answer.status >= 500, "{answer:?}");
    assert!(!answer.text.contains(NAME), "{answer:?}");
    daemon.database.execute(remove).await;
}

async fn nothing_personal_is_told(engine: Engine, filter: &str) {
    let daemon = Daemon::with(engine, &[("DESKGATE_LOG_FILTER", filter)]).await;
    let mut forbidden = converse(&daemon).await;
    let idp = daemon.tenant("canary-free");
    misbehave(&daemon, &idp).await;
    let mut secrets = fetch_tokens(&daemon, &idp).await;
    secrets.push(idp.token.clone());
    forbidden.extend(secrets.iter().cloned());
    forbidden.extend(WORDS.map(str::to_owned));
    forbidden.insert(ATTRIBUTE.to_owned());
    // Everything is written by the time it has ended: log, events of refusals, the last use of tokens.
    assert!(daemon.terminate().success());
    let log = daemon.log().replace("canary-free", "");
    assert!(log.lines().count() > 100, "{log}");
    let mut told = Vec::new();
    for line in log.lines() {
        let found = forbidden.iter().find(|text| line.to_lowercase().contains(&text.to_lowercase()));
        told.extend(found.map(|text| format!("{text} in {line}")));
    }
    assert!(told.is_empty(), "{} lines tell of people, such as:\n{}", told.len(), told[..told.len().min(5)].join("\n"));
    for (table, column) in [
        ("provisioning_events", "request_id || operation || changed || request"),
        ("audit_records", "actor || actor_id || cause || action || changes"),
        ("outbox", "topic || payload"),
    ] {
        for row in daemon.database.texts(&format!("SELECT {column} FROM {table}")).await {
            let found = WORDS.into_iter().chain(secrets.iter().map(String::as_str)).find(|word| row.contains(word));
            assert_eq!(found, None, "{table}: {row}");
        }
    }
}

macro_rules! on_each_engine_and_level {
    ($($name:ident: $engine:ident, $filter:literal;)+) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            nothing_personal_is_told(Engine::$engine, $filter).await;
        }
    )+ };
}

on_each_engine_and_level! {
    r1_the_log_tells_nothing_of_anybody_on_sqlite: Sqlite, "info";
    r1_the_log_tells_nothing_of_anybody_on_postgres: Postgres, "info";
    r1_the_log_at_its_loudest_tells_nothing_of_anybody_on_sqlite: Sqlite, "trace";
    r1_the_log_at_its_loudest_tells_nothing_of_anybody_on_postgres: Postgres, "trace";
}
