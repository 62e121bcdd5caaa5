//! What is left of each change: one event, one audit record, the outbox messages that belong to it, all at once.

use serde_json::{Value, json};

use crate::world::daemon::Daemon;
use crate::world::database::Database;
use crate::world::idp::{id, user, with};
use crate::world::on_each_engine;

/// What the last change left, newest of each table; and that it left nothing else.
struct Trail<'a> {
    database: &'a Database,
    events: i64,
    records: i64,
    messages: i64,
}

#[derive(Debug, PartialEq)]
struct Left {
    operations: Vec<String>,
    actions: Vec<String>,
    topics: Vec<String>,
}

impl<'a> Trail<'a> {
    async fn of(daemon: &'a Daemon) -> Self {
        let database = &daemon.database;
        Self {
            database,
            events: database.count("provisioning_events").await,
            records: database.count("audit_records").await,
            messages: database.count("outbox").await,
        }
    }

    /// What came since the last call.
    async fn left(&mut self) -> Left {
        // Identifiers are made one after the other, and each begins with the time of its making.
        let newest = async |table: &str, column: &str, order: &str, known: i64| {
            let sql = format!("SELECT {column} FROM {table} ORDER BY {order}");
            self.database.texts(&sql).await.split_off(usize::try_from(known).unwrap())
        };
        let left = Left {
            operations: newest("provisioning_events", "operation", "id", self.events).await,
            actions: newest("audit_records", "action", "id", self.records).await,
            topics: newest("outbox", "replace(topic, 'urn:ietf:params:scim:event:prov:', '')", "seq", self.messages)
                .await,
        };
        self.events += left.operations.len() as i64;
        self.records += left.actions.len() as i64;
        self.messages += left.topics.len() as i64;
        left
    }
}

fn left(operation: &str, action: &str, topics: &[&str]) -> Left {
    Left {
        operations: vec![operation.to_owned()],
        actions: vec![action.to_owned()],
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
    }
}

on_each_engine! {
    async fn u1_every_change_leaves_one_event_one_record_and_its_messages(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mut trail = Trail::of(&daemon).await;
        let created = idp.create(&user("ada")).await;
        let ada = id(&created);
        assert_eq!(trail.left().await, left("create", "employee.created", &["create:notice"]));

        let set = |path: &str, value: Value| idp.patch(ada, json!([{"op": "replace", "path": path, "value": value}]));
        set("title", json!("x")).await.expect(200);
        assert_eq!(trail.left().await, left("modify", "employee.changed", &["patch:notice"]));
        set("active", json!(false)).await.expect(200);
        let locked = ["patch:notice", "deactivate"];
        assert_eq!(trail.left().await, left("modify", "employee.changed", &locked));
        set("title", json!("y")).await.expect(200);
        assert_eq!(trail.left().await, left("modify", "employee.changed", &["patch:notice"]));
        set("active", json!(true)).await.expect(200);
        let unlocked = ["patch:notice", "activate"];
        assert_eq!(trail.left().await, left("modify", "employee.changed", &unlocked));

        idp.put(ada, &with(user("ada"), json!({"active": false}))).await.expect(200);
        assert_eq!(trail.left().await, left("replace", "employee.changed", &["put:notice", "deactivate"]));
        idp.create(&user("ada")).await;
        let back = ["put:notice", "activate"];
        assert_eq!(trail.left().await, left("revive", "employee.revived", &back));
        idp.delete(ada).await.expect(204);
        assert_eq!(trail.left().await, left("delete", "employee.deleted", &["delete"]));
        idp.create(&user("ada")).await;
        assert_eq!(trail.left().await, left("revive", "employee.revived", &["create:notice"]));
        idp.create(&with(user("bo"), json!({"active": false}))).await;
        let born_locked = ["create:notice", "deactivate"];
        assert_eq!(trail.left().await, left("create", "employee.created", &born_locked));
    }
}

on_each_engine! {
    /// Under the administrator's key the IdP's own changes lock and unlock nobody.
    async fn under_the_administrators_key_nobody_is_told_of_an_unlock(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        daemon.database.set_administrators_key(id(&created), true).await;
        let mut trail = Trail::of(&daemon).await;
        for active in [false, true] {
            idp.patch(id(&created), json!([{"op": "replace", "path": "active", "value": active}])).await.expect(200);
            assert_eq!(trail.left().await, left("modify", "employee.changed", &["patch:notice"]));
        }
    }
}

on_each_engine! {
    /// An administrator sees what was asked, what came of it and what changed; never a value.
    async fn r1_events_name_what_changed_and_hold_no_values(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&with(user("ada"), json!({"name": {"familyName": "Lovelace"}}))).await;
        let change = json!([{"op": "Replace", "path": "name.familyName", "value": "King"}]);
        let headers = [("x-request-id", "change-1")];
        let path = format!("/Users/{}", id(&created));
        let body = crate::world::idp::patch_op(change);
        let answer = idp.send("PATCH", &path, &headers, body).await.expect(200);
        assert_eq!(answer.header("x-request-id"), "change-1");

        let events = daemon.command(&["events", "--tenant", "acme", "--employee", id(&created), "--json"]);
        let event = &events["events"][0];
        assert_eq!(event["operation"], "modify");
        assert_eq!(event["request_id"], "change-1");
        assert_eq!((&event["status"], &event["changed"]), (&json!(200), &json!(["name.familyName"])));
        assert_eq!(events["events"].as_array().unwrap().len(), 2);
        for (table, column) in [
            ("provisioning_events", "request"),
            ("provisioning_events", "changed"),
            ("audit_records", "changes"),
            ("outbox", "payload"),
        ] {
            let text = daemon.database.texts(&format!("SELECT {column} FROM {table}")).await.concat();
            assert!(!text.contains("King") && !text.contains("Lovelace"), "{table}.{column}: {text}");
        }
    }
}

on_each_engine! {
    /// A refusal is seen by the administrator too. It is written beside the answer, so the test waits for it.
    async fn a_refusal_leaves_an_event_and_nothing_else(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        idp.create(&user("ada")).await;
        let (records, messages) = (daemon.database.count("audit_records").await, daemon.database.count("outbox").await);
        idp.post("/Users", &user("ada")).await.refused(409, Some("uniqueness"));
        let events = loop {
            let events = daemon.command(&["events", "--tenant", "acme", "--refused", "--json"]);
            if events["events"] != json!([]) {
                break events;
            }
        };
        let event = &events["events"][0];
        assert_eq!((&event["operation"], &event["status"]), (&json!("create"), &json!(409)));
        assert_eq!(event["scim_type"], "uniqueness");
        assert_eq!(daemon.database.count("audit_records").await, records);
        assert_eq!(daemon.database.count("outbox").await, messages);
    }
}
