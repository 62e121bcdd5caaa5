//! Groups in groups.

use serde_json::{Value, json};

use super::{found, get, group, make, members, patch, people, put, sorted};
use crate::world::daemon::Daemon;
use crate::world::database::Database;
use crate::world::idp::Idp;
use crate::world::on_each_engine;

/// The groups of a user as `name type`.
async fn groups_of(idp: &Idp, user: &str) -> Vec<String> {
    let shown = idp.user(user).await;
    let groups = shown["groups"].as_array().cloned().unwrap_or_default();
    let text = |group: &Value, key: &str| group[key].as_str().unwrap().to_owned();
    groups.iter().map(|group| format!("{} {}", text(group, "display"), text(group, "type"))).collect()
}

on_each_engine! {
    async fn whoever_is_in_a_group_is_in_those_that_hold_it(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a] = people(&idp, ["a"]).await;
        let team = make(&idp, "Team", &[&a]).await;
        let department = make(&idp, "Department", &[&team]).await;
        let company = make(&idp, "Company", &[]).await;
        assert_eq!(groups_of(&idp, &a).await, ["Team direct", "Department indirect"]);
        let add = |id: &str| json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
        patch(&idp, &company, add(&department)).await.expect(204);
        assert_eq!(groups_of(&idp, &a).await, ["Team direct", "Department indirect", "Company indirect"]);
        let member = &get(&idp, &department).await["members"][0];
        assert_eq!((member["type"].as_str(), member["display"].as_str()), (Some("Group"), Some("Team")));
        assert!(member["$ref"].as_str().unwrap().ends_with(&format!("/Groups/{team}")));
        assert_eq!(found(&idp, "Users", &format!("groups.value eq \"{company}\"")).await, sorted(&[&a]));
        assert_eq!(found(&idp, "Groups", &format!("members eq \"{team}\"")).await, sorted(&[&department]));
        // Directly and indirectly is directly.
        patch(&idp, &company, add(&a)).await.expect(204);
        assert_eq!(groups_of(&idp, &a).await[2], "Company direct");
        patch(&idp, &company, json!([{"op": "remove", "path": "members[type eq \"User\"]"}])).await.expect(204);
        assert_eq!(members(&idp, &company).await, sorted(&[&department]));
        // A second way keeps what the first one's end would take.
        patch(&idp, &company, add(&team)).await.expect(204);
        patch(&idp, &company, json!([{"op": "remove", "path": format!("members[value eq \"{department}\"]")}])).await.expect(204);
        assert_eq!(groups_of(&idp, &a).await, ["Team direct", "Department indirect", "Company indirect"]);
        patch(&idp, &company, json!([{"op": "replace", "path": "members", "value": []}])).await.expect(204);
        assert_eq!(groups_of(&idp, &a).await, ["Team direct", "Department indirect"]);
    }
}

on_each_engine! {
    async fn a_group_in_the_middle_that_goes_takes_the_way_with_it(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a] = people(&idp, ["a"]).await;
        let team = make(&idp, "Team", &[&a]).await;
        let department = make(&idp, "Department", &[&team]).await;
        let company = make(&idp, "Company", &[&department]).await;
        let before = get(&idp, &company).await["meta"]["version"].clone();
        idp.send("DELETE", &format!("/Groups/{department}"), &[], "").await.expect(204);
        assert_eq!(groups_of(&idp, &a).await, ["Team direct"]);
        assert_ne!(get(&idp, &company).await["meta"]["version"], before);
        assert_eq!(daemon.database.count("group_closure").await, 2);
    }
}

on_each_engine! {
    async fn a_cycle_is_refused_and_nothing_changes(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [one, two, three] = [make(&idp, "One", &[]).await, make(&idp, "Two", &[]).await, make(&idp, "Three", &[]).await];
        let add = |id: &str| json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
        patch(&idp, &one, add(&two)).await.expect(204);
        patch(&idp, &two, add(&three)).await.expect(204);
        for (group, member) in [(&three, &one), (&three, &two), (&two, &one), (&one, &one)] {
            let detail = patch(&idp, group, add(member)).await.refused(400, Some("invalidValue"));
            assert!(detail.contains(member.as_str()), "{detail}");
        }
        assert_eq!(members(&idp, &three).await, Vec::<String>::new());
        assert_eq!(daemon.database.count("group_closure").await, 6);
    }
}

on_each_engine! {
    async fn two_halves_of_a_cycle_at_once_do_not_make_one(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for round in 0..10 {
            let (one, two) = (make(&idp, &format!("One {round}"), &[]).await, make(&idp, &format!("Two {round}"), &[]).await);
            let add = |id: &str| json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
            let (left, right) = tokio::join!(patch(&idp, &one, add(&two)), patch(&idp, &two, add(&one)));
            let mut statuses = [left.status, right.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [204, 400], "{left:?} {right:?}");
        }
    }
}

/// What was told of a group, with the last part of the topic; sorted.
async fn told(database: &Database, group: &str) -> Vec<(String, Value)> {
    let of = format!("FROM outbox WHERE group_id = {} ORDER BY seq", database.literal(group));
    let topics = database.texts(&format!("SELECT topic {of}")).await;
    let payloads = database.texts(&format!("SELECT payload {of}")).await;
    let short = |topic: &str| topic.trim_start_matches("urn:ietf:params:scim:event:prov:").to_owned();
    let mut told: Vec<(String, Value)> = topics
        .iter()
        .zip(payloads)
        .map(|(topic, payload)| (short(topic), serde_json::from_str(&payload).unwrap()))
        .collect();
    // In which order those of one request come is not said.
    told.sort_by_key(|(topic, payload)| (topic.clone(), payload.to_string()));
    told
}

on_each_engine! {
    async fn u1_whoever_goes_unnamed_is_named_to_those_who_listen_and_counted(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b] = people(&idp, ["a", "b"]).await;
        let [one, two] = [make(&idp, "One", &[&a, &b]).await, make(&idp, "Two", &[]).await];
        let company = make(&idp, "Company", &[&a, &b, &one, &two]).await;
        put(&idp, &company, &group("Company", &[&a, &two])).await.expect(200);
        assert_eq!(told(&daemon.database, &company).await[1..], [
            ("put:notice".to_owned(), json!({"changed": ["members"]})),
            ("put:notice".to_owned(), json!({"members": {"groupsRemoved": [one]}})),
            ("put:notice".to_owned(), json!({"members": {"removed": [b]}})),
        ]);
        patch(&idp, &company, json!([{"op": "add", "path": "members", "value": [one]}])).await.expect(204);
        patch(&idp, &company, json!([{"op": "remove", "path": "members[type eq \"Group\"]"}])).await.expect(204);
        let removed = ("patch:notice".to_owned(), json!({"members": {"groupsRemoved": sorted(&[&one, &two])}}));
        assert!(told(&daemon.database, &company).await.contains(&removed));
        // A deletion names nobody.
        patch(&idp, &company, json!([{"op": "add", "path": "members", "value": [one]}])).await.expect(204);
        patch(&idp, &one, json!([{"op": "add", "path": "members", "value": [two]}])).await.expect(204);
        idp.send("DELETE", &format!("/Groups/{one}"), &[], "").await.expect(204);
        let told_of_one = told(&daemon.database, &one).await;
        let deleted: Vec<&Value> = told_of_one.iter().filter(|(topic, _)| topic == "delete").map(|(_, payload)| payload).collect();
        assert_eq!(deleted, [
            &json!({"changed": ["displayName", "externalId", "members"]}),
            &json!({"members": {"groupsRemoved": [two]}}),
            &json!({"members": {"removed": sorted(&[&a, &b])}}),
        ]);
        let lost = ("patch:notice".to_owned(), json!({"changed": ["members"], "members": {"groupsRemoved": [one]}}));
        assert!(told(&daemon.database, &company).await.contains(&lost));
        let events = "SELECT operation || ' ' || members_added || ' ' || members_removed FROM provisioning_events WHERE members_added IS NOT NULL ORDER BY id";
        let events = daemon.database.texts(events).await;
        assert_eq!(events[events.len() - 6..], ["replace 0 2", "modify 1 0", "modify 0 2", "modify 1 0", "modify 1 0", "delete 0 3"]);
        let record = daemon.database.texts("SELECT changes FROM audit_records WHERE action = 'group.deleted'").await;
        assert_eq!(serde_json::from_str::<Value>(&record[0]).unwrap()["members"]["removed"], 3);
    }
}
