//! Who is in a group.

use serde_json::{Value, json};

use super::{GROUP, get, group, make, members, patch, people, put, sorted};
use crate::world::daemon::Daemon;
use crate::world::database::Database;
use crate::world::idp::{id, user};
use crate::world::on_each_engine;

on_each_engine! {
    async fn members_come_and_go_in_every_form_that_providers_send(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b, c] = people(&idp, ["a", "b", "c"]).await;
        let sales = make(&idp, "Sales", &[&a]).await;
        for (operations, expected) in [
            (json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": b}]}]), sorted(&[&a, &b])),
            (json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": b}]}]), sorted(&[&a, &b])),
            (json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": b}]}]), sorted(&[&a])),
            (
                json!([{"op": "remove", "path": format!("members[value eq \"{a}\"]")}, {"op": "add", "path": "members", "value": [{"value": c, "display": "c"}]}]),
                sorted(&[&c]),
            ),
            (json!([{"op": "replace", "value": {"id": sales, "members": [{"value": a}, {"value": b}]}}]), sorted(&[&a, &b])),
            (json!([{"op": "remove", "path": format!("members[value eq \"{a}\" or value eq \"{c}\"]")}]), sorted(&[&b])),
            (json!([{"op": "add", "path": "members", "value": [a, c]}]), sorted(&[&a, &b, &c])),
            (json!([{"op": "remove", "path": "members", "value": ["nobody", uuid::Uuid::new_v4().to_string()]}]), sorted(&[&a, &b, &c])),
            (json!([{"op": "remove", "path": "members[type eq \"Group\"]"}]), sorted(&[&a, &b, &c])),
            (json!([{"op": "remove", "path": "members"}]), vec![]),
            (json!([{"op": "replace", "path": "members", "value": [{"value": c}]}]), sorted(&[&c])),
            (json!([{"op": "replace", "path": "members", "value": []}]), vec![]),
        ] {
            let answer = patch(&idp, &sales, operations.clone()).await.expect(204);
            assert_eq!(answer.text, "", "{operations}");
            assert_eq!(members(&idp, &sales).await, expected, "{operations}");
        }
    }
}

on_each_engine! {
    async fn put_replaces_members_that_it_names_and_leaves_them_alone_otherwise(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b, c] = people(&idp, ["a", "b", "c"]).await;
        let sales = make(&idp, "Sales", &[&a, &b]).await;
        put(&idp, &sales, &group("Sales North", &[])).await.expect(200);
        assert_eq!(members(&idp, &sales).await, sorted(&[&a, &b]), "decision 16");
        let shown = put(&idp, &sales, &group("Sales North", &[&b, &c])).await.expect(200).json();
        assert_eq!((shown["displayName"].as_str(), shown["members"].as_array().unwrap().len()), (Some("Sales North"), 2));
        assert_eq!(members(&idp, &sales).await, sorted(&[&b, &c]));
        for nobody in [json!([]), Value::Null] {
            put(&idp, &sales, &group("Sales", &[&a])).await.expect(200);
            let body = json!({"schemas": [GROUP], "displayName": "Sales", "MEMBERS": nobody});
            put(&idp, &sales, &body).await.expect(200);
            assert_eq!(members(&idp, &sales).await, Vec::<String>::new());
        }
    }
}

on_each_engine! {
    async fn t6_unknown_and_foreign_members_are_refused_by_name_and_nothing_changes(daemon: Daemon) {
        let (idp, stranger) = (daemon.tenant("acme"), daemon.tenant("other"));
        let [a] = people(&idp, ["a"]).await;
        let [foreign] = people(&stranger, ["x"]).await;
        let foreign_group = make(&stranger, "Theirs", &[]).await;
        let sales = make(&idp, "Sales", &[&a]).await;
        let before = get(&idp, &sales).await;
        for nobody in ["fake-member-id", &foreign, &foreign_group, &uuid::Uuid::new_v4().to_string()] {
            for operations in [
                json!([{"op": "add", "path": "members", "value": [{"value": nobody}]}]),
                json!([{"op": "replace", "path": "members", "value": [{"value": nobody}]}]),
                json!([{"op": "replace", "path": "displayName", "value": "Other"}, {"op": "add", "path": "members", "value": [{"value": nobody}]}]),
            ] {
                let detail = patch(&idp, &sales, operations).await.refused(400, Some("invalidValue"));
                assert!(detail.contains(nobody), "{detail}");
            }
            assert!(put(&idp, &sales, &group("Other", &[nobody])).await.refused(400, Some("invalidValue")).contains(nobody));
            let refused = idp.post("/Groups", &group("New", &[&a, nobody])).await;
            assert!(refused.refused(400, Some("invalidValue")).contains(nobody));
        }
        assert_eq!(get(&idp, &sales).await, before);
        let many: Vec<Value> = (0..50).map(|number| json!({"value": format!("nobody-{number:02}")})).collect();
        let detail = patch(&idp, &sales, json!([{"op": "add", "path": "members", "value": many}])).await;
        assert!(detail.refused(400, Some("invalidValue")).contains("and 40 more"));
        // Theirs is as good as missing (T2).
        for path in [format!("/Groups/{foreign_group}"), format!("/Groups/{}", uuid::Uuid::new_v4())] {
            idp.get(&path).await.refused(404, None);
        }
        patch(&idp, &foreign_group, json!([{"op": "add", "path": "members", "value": a}])).await.refused(404, None);
        idp.send("DELETE", &format!("/Groups/{foreign_group}"), &[], "").await.refused(404, None);
    }
}

/// How many rows all tables have that a change writes.
async fn rows(database: &Database) -> i64 {
    let mut all = 0;
    for table in ["provisioning_events", "audit_records", "outbox", "group_changes", "group_members"] {
        all += database.count(table).await;
    }
    all
}

on_each_engine! {
    async fn what_changes_nothing_leaves_nothing(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b] = people(&idp, ["a", "b"]).await;
        let sales = make(&idp, "Sales", &[&a]).await;
        let before = (get(&idp, &sales).await, rows(&daemon.database).await);
        for operations in [
            json!([{"op": "add", "path": "members", "value": [{"value": a}]}]),
            json!([{"op": "remove", "path": "members", "value": [{"value": b}]}]),
            json!([{"op": "replace", "path": "members", "value": [{"value": a}]}]),
            json!([{"op": "add", "path": "members", "value": b}, {"op": "remove", "path": format!("members[value eq \"{b}\"]")}]),
            json!([{"op": "replace", "value": {"id": sales, "displayName": "Sales"}}]),
        ] {
            patch(&idp, &sales, operations).await.expect(204);
        }
        put(&idp, &sales, &group("Sales", &[&a])).await.expect(200);
        assert_eq!((get(&idp, &sales).await, rows(&daemon.database).await), before);
    }
}

on_each_engine! {
    async fn u1_a_change_of_members_leaves_a_version_an_event_a_record_and_a_message(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b, c] = people(&idp, ["a", "b", "c"]).await;
        let sales = make(&idp, "Sales", &[&a]).await;
        let before = get(&idp, &sales).await;
        assert_eq!(before["meta"]["version"], "W/\"1\"");
        patch(&idp, &sales, json!([{"op": "add", "path": "members", "value": [b, c]}, {"op": "remove", "path": "members", "value": [a]}])).await.expect(204);
        let after = get(&idp, &sales).await;
        assert_eq!(after["meta"]["version"], "W/\"2\"");
        assert_ne!(after["meta"]["lastModified"], before["meta"]["lastModified"]);
        let event = "SELECT changed || ' ' || members_added || ' ' || members_removed FROM provisioning_events WHERE group_id IS NOT NULL ORDER BY id DESC LIMIT 1";
        assert_eq!(daemon.database.texts(event).await, ["members 2 1"]);
        let record: Value = serde_json::from_str(&daemon.database.texts("SELECT changes FROM audit_records WHERE action = 'group.changed'").await[0]).unwrap();
        assert_eq!((&record["members"]["added"], &record["members"]["firstRemoved"]), (&json!(2), &json!([a])));
        let message: Value = serde_json::from_str(&daemon.database.texts("SELECT payload FROM outbox WHERE topic LIKE '%:patch:notice'").await[0]).unwrap();
        assert_eq!(message, json!({"changed": ["members"], "members": {"added": sorted(&[&b, &c]), "removed": [a]}}));
        let shown = daemon.command(&["events", "--tenant", "acme", "--group", &sales, "--json"]);
        assert_eq!((&shown["events"][0]["group_name"], &shown["events"][0]["members_added"]), (&json!("Sales"), &json!(2)));
        // A replacement does not name those who go; each is named all the same.
        put(&idp, &sales, &group("Sales", &[&a])).await.expect(200);
        let gone = daemon.database.texts("SELECT payload FROM outbox WHERE topic LIKE '%:put:notice' ORDER BY seq").await;
        let gone: Vec<Value> = gone.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        assert!(gone.contains(&json!({"members": {"removed": sorted(&[&b, &c])}})), "{gone:?}");
    }
}

on_each_engine! {
    async fn a_user_shows_his_groups_right_after_each_change(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a] = people(&idp, ["a"]).await;
        assert!(idp.user(&a).await.get("groups").is_none());
        let sales = make(&idp, "Sales \"North\"", &[&a]).await;
        let base = idp.user(&a).await["groups"][0]["$ref"].as_str().unwrap().to_owned();
        assert!(base.ends_with(&format!("/scim/v2/Groups/{sales}")), "{base}");
        let expected = json!([{"value": sales, "$ref": base, "display": "Sales \"North\"", "type": "direct"}]);
        assert_eq!(idp.user(&a).await["groups"], expected);
        let list = idp.filter("userName sw \"a@\"").await.expect(200).json();
        assert_eq!(list["Resources"][0]["groups"], expected);
        let plain = idp.get("/Users").await.expect(200).json();
        assert_eq!(plain["Resources"][0]["groups"], expected);
        let patched = idp.patch(&a, json!([{"op": "replace", "path": "title", "value": "x"}])).await.expect(200).json();
        assert_eq!(patched["groups"], expected);
        let put = idp.put(&a, &user("a")).await.expect(200).json();
        assert_eq!(put["groups"], expected, "read-only in the body");
        assert!(idp.get(&format!("/Users/{a}?excludedAttributes=groups")).await.json().get("groups").is_none());
        patch(&idp, &sales, json!([{"op": "remove", "path": "members"}])).await.expect(204);
        assert!(idp.user(&a).await.get("groups").is_none());
    }
}

on_each_engine! {
    async fn locking_keeps_memberships_and_deleting_ends_them(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b] = people(&idp, ["a", "b"]).await;
        let sales = make(&idp, "Sales", &[&a, &b]).await;
        idp.patch(&a, json!([{"op": "replace", "path": "active", "value": false}])).await.expect(200);
        assert_eq!(members(&idp, &sales).await, sorted(&[&a, &b]));
        let before = get(&idp, &sales).await;
        idp.delete(&a).await.expect(204);
        let after = get(&idp, &sales).await;
        assert_eq!(members(&idp, &sales).await, sorted(&[&b]));
        assert_ne!(before["meta"]["version"], after["meta"]["version"], "the group has lost a member");
        let back = idp.create(&user("a")).await;
        assert_eq!(id(&back), a, "he is the same person");
        assert!(back.get("groups").is_none());
        assert_eq!(members(&idp, &sales).await, sorted(&[&b]));
        idp.send("DELETE", &format!("/Groups/{sales}"), &[], "").await.expect(204);
        assert!(idp.user(&b).await.get("groups").is_none());
        for table in ["group_members", "group_closure", "group_changes"] {
            assert_eq!(daemon.database.count(table).await, 0, "{table}");
        }
    }
}

on_each_engine! {
    async fn l3_eight_thousand_members_in_one_patch_are_accepted_shown_and_taken_out(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let sales = make(&idp, "Sales", &[]).await;
        let wanted: Vec<String> = (0..8_000).map(|_| uuid::Uuid::now_v7().to_string()).collect();
        daemon.database.employ(&wanted).await;
        let list: Vec<Value> = wanted.iter().map(|id| json!({"value": id})).collect();
        patch(&idp, &sales, json!([{"op": "add", "path": "members", "value": list}])).await.expect(204);
        let mut expected = wanted.clone();
        expected.sort();
        // More than one piece.
        assert_eq!(members(&idp, &sales).await, expected);
        let shown = idp.get(&format!("/Groups/{sales}?attributes=members.value")).await.expect(200).json();
        assert_eq!(shown["members"][0].as_object().unwrap().len(), 1);
        assert!(shown.get("displayName").is_none());
        // Events and records stay small, and every employee is named in some message.
        assert_eq!(daemon.database.number("SELECT count(*) FROM provisioning_events WHERE length(request) > 5000").await, 0);
        assert_eq!(daemon.database.number("SELECT count(*) FROM audit_records WHERE length(changes) > 10000").await, 0);
        assert!(daemon.database.number("SELECT count(*) FROM outbox WHERE group_id IS NOT NULL").await >= 9);
        put(&idp, &sales, &group("Sales", &[&wanted[0]])).await.expect(200);
        assert_eq!(members(&idp, &sales).await, [wanted[0].clone()]);
    }
}

on_each_engine! {
    /// Keycloak's plug-ins repeat the whole group to add one: what is written is the one.
    async fn a_patch_that_repeats_everybody_is_about_those_who_come_and_go(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let everybody: Vec<String> = (0..2_000).map(|_| uuid::Uuid::now_v7().to_string()).collect();
        daemon.database.employ(&everybody).await;
        let (last, others) = everybody.split_last().unwrap();
        let listed = |ids: &[String]| ids.iter().map(|id| json!({"value": id, "type": "User"})).collect::<Value>();
        let sales = make(&idp, "Sales", &others.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let event = "SELECT members_added || ' ' || members_removed FROM provisioning_events WHERE group_id IS NOT NULL ORDER BY id DESC LIMIT 1";
        for (version, op, sent, told) in [
            (2, "add", &everybody[..], "1 0"),
            (2, "add", &everybody[..], "1 0"),
            (3, "replace", others, "0 1"),
            (4, "replace", &everybody[1..], "1 1"),
        ] {
            patch(&idp, &sales, json!([{"op": op, "path": "members", "value": listed(sent)}])).await.expect(204);
            assert_eq!(daemon.database.texts(event).await, [told]);
            assert_eq!(get(&idp, &sales).await["meta"]["version"], format!("W/\"{version}\""));
        }
        assert_eq!(members(&idp, &sales).await, everybody[1..], "ids of version 7 are sorted as they were made");
        assert!(members(&idp, &sales).await.contains(last));
    }
}

on_each_engine! {
    async fn a_client_that_asks_whether_a_user_is_still_so_hears_of_his_groups(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a] = people(&idp, ["a"]).await;
        let path = format!("/Users/{a}");
        let alone = idp.get(&path).await.expect(200).header("etag").to_owned();
        let sales = make(&idp, "Sales", &[&a]).await;
        let ask = async |tag: &str, path: &str| idp.send("GET", path, &[("if-none-match", tag)], "").await;
        let inside = ask(&alone, &path).await.expect(200);
        let tag = inside.header("etag").to_owned();
        assert_eq!(inside.json()["meta"]["version"], tag.as_str());
        ask(&tag, &path).await.expect(304);
        // Where they are not shown they do not matter.
        ask(&alone, &format!("{path}?excludedAttributes=groups")).await.expect(304);
        patch(&idp, &sales, json!([{"op": "replace", "path": "displayName", "value": "Sales DE"}])).await.expect(204);
        ask(&tag, &path).await.expect(200);
        // And they are no reason to refuse a write.
        let body = crate::world::idp::patch_op(json!([{"op": "replace", "path": "title", "value": "x"}]));
        idp.send("PATCH", &path, &[("if-match", &tag)], body).await.expect(200);
    }
}

on_each_engine! {
    /// One after the other, in whatever order, one of them is the last; the union of two is what nobody asked for.
    async fn of_two_who_say_who_is_in_a_group_one_is_the_last(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b, c] = people(&idp, ["a", "b", "c"]).await;
        for round in 0..40 {
            // Now with nobody in it, now with one who stays.
            let before: &[&str] = if round % 2 == 0 { &[] } else { &[&c] };
            let sales = make(&idp, &format!("Sales {round}"), before).await;
            let replaced = |who: &'static str, id: String| {
                let (idp, sales, c) = (&idp, &sales, &c);
                async move {
                    let mut members = vec![id];
                    members.extend((round % 2 == 1).then(|| c.clone()));
                    if who == "put" {
                        let members: Vec<&str> = members.iter().map(String::as_str).collect();
                        put(idp, sales, &group(&format!("Sales {round}"), &members)).await.expect(200);
                    } else {
                        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
                        let replace = json!([{"op": "replace", "path": "members", "value": members}]);
                        patch(idp, sales, replace).await.expect(204);
                    }
                }
            };
            futures_util::join!(replaced("put", a.clone()), replaced("patch", b.clone()));
            let now = members(&idp, &sales).await;
            let wanted = [&a, &b].map(|one| {
                let mut wanted = vec![one.as_str()];
                wanted.extend(before);
                sorted(&wanted)
            });
            assert!(wanted.contains(&now), "round {round}: {now:?}");
        }
    }
}
