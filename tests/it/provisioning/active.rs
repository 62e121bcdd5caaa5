//! `active`, its spellings (decision 3), its defaults (decision 4), and the two keys of the lock.

use serde_json::{Value, json};

use crate::world::daemon::Daemon;
use crate::world::idp::{TELEPHONY, id, user, with};
use crate::world::on_each_engine;

on_each_engine! {
    async fn decision_3_booleans_are_read_from_text_in_any_case_in_bodies_patches_and_filters(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for (number, (sent, kept)) in
            [("True", true), ("FALSE", false), ("false", false), ("tRuE", true)].into_iter().enumerate()
        {
            let name = format!("u{number}");
            let created = idp.create(&with(user(&name), json!({"active": sent}))).await;
            assert_eq!(created["active"], kept, "{sent} in a POST");
            let other = if kept { "False" } else { "True" };
            let patch = json!([{"op": "Replace", "path": "active", "value": other}]);
            let patched = idp.patch(id(&created), patch).await.expect(200).json();
            assert_eq!(patched["active"], !kept, "{other} in a PATCH");
            let put = idp.put(id(&created), &with(user(&name), json!({"active": sent}))).await.expect(200).json();
            assert_eq!(put["active"], kept, "{sent} in a PUT");
        }
        let all = [
            idp.found("active eq \"True\"").await,
            idp.found("active eq true").await,
        ];
        assert_eq!(all[0], all[1]);
        assert_eq!(all[0].len(), 2);
        assert_eq!(idp.found("active eq \"FALSE\"").await.len(), 2);
    }
}

on_each_engine! {
    async fn decision_3_any_other_text_is_no_boolean(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for wrong in [json!("yes"), json!("1"), json!(1), json!({"value": true})] {
            idp.post("/Users", &with(user("ada"), json!({"active": wrong}))).await.refused(400, Some("invalidValue"));
        }
        assert_eq!(daemon.database.count("employees").await, 0);
    }
}

on_each_engine! {
    async fn decision_4_a_new_user_is_active_unless_the_body_says_otherwise(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let silent = idp.create(&user("silent")).await;
        let blank = idp.create(&with(user("blank"), json!({"active": null}))).await;
        let leaver = idp.create(&with(user("leaver"), json!({"active": false}))).await;
        for (created, active) in [(&silent, true), (&blank, true), (&leaver, false)] {
            let shown = idp.user(id(created)).await;
            assert_eq!((&created["active"], &shown["active"]), (&json!(active), &json!(active)));
            assert_eq!(shown[TELEPHONY]["locked"], !active);
        }
    }
}

on_each_engine! {
    async fn decision_4_a_put_without_active_leaves_it_as_it_is(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for active in [true, false] {
            let name = format!("u-{active}");
            let created = idp.create(&with(user(&name), json!({"active": active}))).await;
            for silent in [user(&name), with(user(&name), json!({"active": null, "title": "x"}))] {
                let put = idp.put(id(&created), &silent).await.expect(200).json();
                assert_eq!(put["active"], active, "{silent}");
                assert_eq!(put[TELEPHONY]["locked"], !active);
            }
        }
    }
}

on_each_engine! {
    async fn decision_4_active_once_removed_is_absent_and_counts_as_true(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&with(user("ada"), json!({"active": false}))).await;
        let remove = json!([{"op": "remove", "path": "active"}]);
        let patched = idp.patch(id(&created), remove).await.expect(200).json();
        assert_eq!(patched.get("active"), None);
        assert_eq!(patched[TELEPHONY], json!({"locked": false, "lockedBy": []}));
        assert_eq!(idp.user(id(&created)).await.get("active"), None);
        let put = idp.put(id(&created), &user("ada")).await.expect(200).json();
        assert_eq!(put.get("active"), None, "a PUT without it leaves it as it is");
    }
}

on_each_engine! {
    /// Entra sends `Replace` or `Add` with a path, Okta an object without one, and some remove it.
    async fn a_leaver_is_locked_by_whatever_form_of_patch_and_comes_back(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        for leave in [
            json!([{"op": "Replace", "path": "active", "value": "False"}]),
            json!([{"op": "Add", "path": "active", "value": false}]),
            json!([{"op": "replace", "value": {"active": false}}]),
            json!([{"op": "add", "value": {"Active": "false"}}]),
        ] {
            let gone = idp.patch(id(&created), leave.clone()).await.expect(200).json();
            assert_eq!(gone["active"], false, "{leave}");
            assert_eq!(gone[TELEPHONY], json!({"locked": true, "lockedBy": ["idp"]}), "{leave}");
            assert_eq!(idp.found("userName eq \"ada@x.example\"").await, [id(&created)], "a leaver is still found");
            let back = json!([{"op": "replace", "value": {"active": true}}]);
            let back = idp.patch(id(&created), back).await.expect(200).json();
            assert_eq!(back["active"], true);
            assert_eq!(back[TELEPHONY], json!({"locked": false, "lockedBy": []}));
        }
    }
}

fn lock_of(user: &Value) -> (Value, Value, Value) {
    (user["active"].clone(), user[TELEPHONY]["locked"].clone(), user[TELEPHONY]["lockedBy"].clone())
}

on_each_engine! {
    async fn t8_the_administrators_key_survives_whatever_the_idp_writes(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        let ada = id(&created);
        daemon.database.set_administrators_key(ada, true).await;
        // What the IdP wrote reads back: an answer that said otherwise would make Okta loop.
        assert_eq!(lock_of(&idp.user(ada).await), (json!(true), json!(true), json!(["administrator"])));

        let leave = json!([{"op": "replace", "value": {"active": false}}]);
        let gone = idp.patch(ada, leave).await.expect(200).json();
        assert_eq!(lock_of(&gone), (json!(false), json!(true), json!(["idp", "administrator"])));

        let back = json!([{"op": "replace", "value": {"active": true}}]);
        let back = idp.patch(ada, back).await.expect(200).json();
        assert_eq!(lock_of(&back), (json!(true), json!(true), json!(["administrator"])));

        let put = with(user("ada"), json!({"active": true, "title": "x", TELEPHONY: {"locked": false, "lockedBy": []}}));
        let put = idp.put(ada, &put).await.expect(200).json();
        assert_eq!(lock_of(&put), (json!(true), json!(true), json!(["administrator"])));

        let unlock = json!([{"op": "replace", "path": format!("{TELEPHONY}:locked"), "value": false}]);
        idp.patch(ada, unlock).await.refused(400, Some("mutability"));

        // Also who comes back by POST comes back locked.
        idp.patch(ada, json!([{"op": "replace", "value": {"active": false}}])).await.expect(200);
        let revived = idp.create(&user("ada")).await;
        assert_eq!((id(&revived), lock_of(&revived)), (ada, (json!(true), json!(true), json!(["administrator"]))));
        assert_eq!(idp.found(&format!("{TELEPHONY}:locked eq true")).await, [ada]);

        daemon.database.set_administrators_key(ada, false).await;
        assert_eq!(lock_of(&idp.user(ada).await), (json!(true), json!(false), json!([])));
    }
}

on_each_engine! {
    async fn k3_whoever_is_locked_or_renamed_has_another_epoch_and_unlocking_brings_none_back(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let ada = idp.create(&with(user("ada"), json!({"emails": [{"value": "a@x"}]}))).await;
        let ada = id(&ada);
        let epoch = || daemon.database.number("SELECT auth_epoch FROM employees");
        let mut last = epoch().await;
        for (what, value, raises) in [
            ("active", json!(false), true),
            ("active", json!(true), false),
            ("title", json!("Dr"), false),
            ("userName", json!("ada2@x.example"), true),
            ("emails", json!([{"value": "b@x"}]), true),
        ] {
            let operations = json!([{"op": "replace", "path": what, "value": value}]);
            idp.patch(ada, operations).await.expect(200);
            let now = epoch().await;
            assert_eq!(now > last, raises, "{what} {value}");
            assert!(now >= last);
            last = now;
        }
    }
}
