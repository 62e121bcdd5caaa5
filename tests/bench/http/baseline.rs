//! What the databases can do without us: the same rows, written and read by the shortest way there is.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use uuid::Uuid;

/// A User as it is stored; a little over a kilobyte with its folded copy.
pub fn document(number: u64) -> String {
    format!(
        r#"{{"active":true,"displayName":"Person Number {number}","emails":[{{"primary":true,"type":"work","value":"person{number}@contoso.example"}}],"externalId":"ext-{number}","name":{{"familyName":"Number{number}","formatted":"Person Number{number}","givenName":"Person"}},"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","urn:deskgate:params:scim:schemas:extension:telephony:2.0:User"],"title":"Agent","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{{"department":"Support","employeeNumber":"{number}"}},"userName":"person{number}@contoso.example"}}"#
    )
}

const CHANGED: &str =
    "userName name.formatted name.familyName name.givenName displayName title active emails externalId";
const REQUEST: &str =
    r#"{"active":true,"displayName":"…","emails":[{"primary":true,"type":"work","value":"…"}],"externalId":"…"}"#;
const AUDITED: &str =
    r#"{"active":"changed","displayName":"changed","emails":"changed","externalId":"changed","userName":"changed"}"#;

/// A raw loop: the five rows of a new employee, `group` employees to a commit; gives employees a second.
pub fn sqlite_creates(path: &Path, group: usize, time: Duration) -> f64 {
    let (connection, tenant, link) = sqlite_open(path);
    let began = Instant::now();
    let mut written = 0u64;
    while began.elapsed() < time {
        connection.prepare_cached("BEGIN IMMEDIATE").unwrap().execute([]).unwrap();
        for _ in 0..group {
            written += 1;
            sqlite_create(&connection, &tenant, &link);
        }
        connection.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
    }
    written as f64 / began.elapsed().as_secs_f64()
}

/// The 99th percentile of the time from when a write is due to when it is committed, in milliseconds, with `rate` due each
/// second and whatever is due written in one commit: what the disk alone makes of it.
pub fn sqlite_p99(path: &Path, rate: u32, time: Duration) -> f64 {
    let (connection, tenant, link) = sqlite_open(path);
    let gap = Duration::from_secs(1) / rate;
    let total = (time.as_secs_f64() * f64::from(rate)) as u32;
    let began = Instant::now();
    let (mut written, mut times) = (0, Vec::new());
    while written < total {
        std::thread::sleep((gap * written).saturating_sub(began.elapsed()));
        let due = written;
        connection.prepare_cached("BEGIN IMMEDIATE").unwrap().execute([]).unwrap();
        while written < total && gap * written <= began.elapsed() {
            written += 1;
            sqlite_create(&connection, &tenant, &link);
        }
        connection.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
        times.extend((due..written).map(|number| began.elapsed().saturating_sub(gap * number)));
    }
    times.sort_unstable();
    times.get(times.len() * 99 / 100).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

fn sqlite_open(path: &Path) -> (Connection, Vec<u8>, Vec<u8>) {
    let connection = Connection::open(path).expect("the file opens");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000; PRAGMA busy_timeout = 10000;")
        .expect("pragmas");
    let (tenant, link) = connection
        .query_row("SELECT tenant_id, id FROM connections LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("a tenant");
    (connection, tenant, link)
}

fn sqlite_create(connection: &Connection, tenant: &[u8], link: &[u8]) {
    let number = fastrand::u64(..);
    let (id, event, audit) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let name = format!("person{number}@contoso.example");
    let document = document(number);
    let at = 1_780_000_000_000_000i64;
    connection
        .prepare_cached(
            "INSERT INTO employees (tenant_id, id, connection_id, external_id, user_name, user_name_key, display_name,
                 given_name, family_name, email, language, version, created_at, updated_at, document, search)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'Person', 'Person', 'Number', ?5, NULL, 1, ?6, ?6, ?7, ?7)",
        )
        .and_then(|mut s| s.execute(params![tenant, id, link, format!("ext-{number}"), name, at, document]))
        .expect("an employee");
    connection
        .prepare_cached("INSERT INTO employee_keys (tenant_id, attribute, value_key, employee_id) VALUES (?1, 'emails.value', ?2, ?3)")
        .and_then(|mut s| s.execute(params![tenant, name, id]))
        .expect("a key");
    connection
        .prepare_cached(
            "INSERT INTO provisioning_events (tenant_id, id, connection_id, token_id, at, request_id, operation, employee_id, status, changed, request)
             VALUES (?1, ?2, ?3, ?3, ?4, ?5, 'create', ?6, 201, ?7, ?8)",
        )
        .and_then(|mut s| s.execute(params![tenant, event, link, at, event.to_string(), id, CHANGED, REQUEST]))
        .expect("an event");
    connection
        .prepare_cached(
            "INSERT INTO audit_records (tenant_id, id, at, actor, actor_id, cause, action, subject_id, changes)
             VALUES (?1, ?2, ?3, 'token', ?4, ?4, 'employee.created', ?5, ?6)",
        )
        .and_then(|mut s| s.execute(params![tenant, audit, at, event.to_string(), id, AUDITED]))
        .expect("a record");
    connection
        .prepare_cached("INSERT INTO outbox (tenant_id, employee_id, topic, payload, created_at) VALUES (?1, ?2, 'employee.created', ?3, ?4)")
        .and_then(|mut s| s.execute(params![tenant, id, AUDITED, at]))
        .expect("a message");
}

/// What the rows hold, as a table: `pgbench` takes every colon in a script for a variable.
pub fn postgres_samples() -> String {
    let document = document(1).replace('\'', "''");
    format!(
        "CREATE TABLE samples AS SELECT '{document}'::text AS document, '{document}'::jsonb AS search,
             '{CHANGED}'::text AS changed, '{REQUEST}'::text AS request, '{AUDITED}'::text AS audited"
    )
}

/// The same rows by `pgbench`, one statement in one round trip.
pub fn postgres_create_script() -> String {
    "WITH c AS (SELECT tenant_id, id AS link, s.* FROM connections, samples s LIMIT 1), n AS (SELECT gen_random_uuid() AS id),
     e AS (INSERT INTO employees (tenant_id, id, connection_id, external_id, user_name, user_name_key, display_name,
             given_name, family_name, email, version, created_at, updated_at, document, search)
         SELECT c.tenant_id, n.id, c.link, CAST(n.id AS text), n.id || '@contoso.example', n.id || '@contoso.example',
             'Person', 'Person', 'Number', n.id || '@contoso.example', 1, now(), now(), c.document, c.search FROM c, n),
     k AS (INSERT INTO employee_keys SELECT c.tenant_id, 'emails.value', n.id || '@contoso.example', n.id FROM c, n),
     v AS (INSERT INTO provisioning_events (tenant_id, id, connection_id, token_id, at, request_id, operation, employee_id, status, changed, request)
         SELECT c.tenant_id, gen_random_uuid(), c.link, c.link, now(), CAST(n.id AS text), 'create', n.id, 201, c.changed, c.request FROM c, n),
     a AS (INSERT INTO audit_records SELECT c.tenant_id, gen_random_uuid(), now(), 'token', CAST(n.id AS text), CAST(n.id AS text),
         'employee.created', n.id, c.audited FROM c, n)
     INSERT INTO outbox (tenant_id, employee_id, topic, payload, created_at)
     SELECT c.tenant_id, n.id, 'employee.created', c.audited, now() FROM c, n;\n"
        .replace("\n     ", " ")
}

/// One employee by its identifier.
pub fn postgres_select_script(id: &str, tenant: &str) -> String {
    format!(
        "SELECT id, version, created_at, updated_at, idp_locked_at, admin_locked_at, document FROM employees WHERE tenant_id = '{tenant}' AND id = '{id}';\n"
    )
}

/// Runs a script with `pgbench` so many times a second; gives the 99th percentile of the time from when a transaction was
/// due until it was done, in milliseconds.
pub fn pgbench_p99(url: &str, script: &str, clients: usize, rate: u32, time: Duration) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("script.sql");
    std::fs::write(&file, script).expect("a script");
    let seconds = time.as_secs().max(1).to_string();
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-c", &clients.to_string(), "-R", &rate.to_string(), "-T", &seconds, "-l", "-f"])
        .arg(&file)
        .arg(url)
        .current_dir(folder.path())
        .output()
        .expect("pgbench can be started");
    assert!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
    // Client, transaction, microseconds from when it was due, script, second, microsecond, lag.
    let mut times: Vec<u64> = std::fs::read_dir(folder.path())
        .expect("the folder")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("pgbench_log"))
        .flat_map(|entry| {
            let log = std::fs::read_to_string(entry.path()).expect("a log");
            log.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok()).collect::<Vec<u64>>()
        })
        .collect();
    times.sort_unstable();
    times.get(times.len() * 99 / 100).map_or(0.0, |micros| *micros as f64 / 1000.0)
}

/// Runs a script with `pgbench`; gives transactions a second.
pub fn pgbench(url: &str, script: &str, clients: usize, time: Duration) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("script.sql");
    std::fs::write(&file, script).expect("a script");
    let seconds = time.as_secs().max(1).to_string();
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-c", &clients.to_string(), "-T", &seconds, "-f"])
        .arg(&file)
        .arg(url)
        .output()
        .expect("pgbench can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = tps.unwrap_or_else(|| panic!("pgbench: {text} {}", String::from_utf8_lossy(&output.stderr)));
    tps.split_whitespace().next().and_then(|figure| figure.parse().ok()).expect("a rate")
}
