//! Versions and entity tags (decision 14; RFC 7644, section 3.14).

use serde_json::{Value, json};

use crate::world::daemon::Daemon;
use crate::world::idp::{Idp, id, patch_op, user, with};
use crate::world::on_each_engine;
use crate::world::rows::WRITTEN;

async fn rows(daemon: &Daemon) -> Vec<i64> {
    let mut rows = Vec::new();
    for table in WRITTEN {
        rows.push(daemon.database.count(table).await);
    }
    rows
}

on_each_engine! {
    async fn decision_14_what_changes_nothing_leaves_no_trace(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let full = with(user("ada"), json!({
            "title": "x", "emails": [{"value": "a@x", "type": "work", "primary": true}], "active": true,
        }));
        let created = idp.create(&full).await;
        let before = rows(&daemon).await;
        for operations in [
            json!([{"op": "replace", "path": "title", "value": "x"}]),
            json!([{"op": "add", "path": "active", "value": "True"}]),
            json!([{"op": "add", "path": "emails", "value": [{"value": "a@x", "type": "work", "primary": true}]}]),
            json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@x"}]),
            json!([{"op": "remove", "path": "nickName"}]),
            json!([{"op": "replace", "path": "title", "value": "y"}, {"op": "replace", "path": "title", "value": "x"}]),
            json!([{"op": "replace", "value": {"id": id(&created), "title": "x", "shoeSize": 3}}]),
        ] {
            let answer = idp.patch(id(&created), operations.clone()).await.expect(200);
            assert_eq!(answer.json(), created, "{operations}");
            assert_eq!(answer.header("etag"), "W/\"1\"", "{operations}");
        }
        let put = idp.put(id(&created), &full).await.expect(200).json();
        assert_eq!(put, created);
        let whole = idp.put(id(&created), &created).await.expect(200).json();
        assert_eq!(whole, created, "what the server says can be sent back");
        assert_eq!(rows(&daemon).await, before);
    }
}

on_each_engine! {
    async fn decision_14_every_change_counts_one_up_and_is_weak(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mut last = idp.create(&user("ada")).await;
        for number in 2..6 {
            let answer = idp.patch(id(&last), json!([{"op": "replace", "path": "title", "value": number.to_string()}])).await;
            let now = answer.clone().expect(200).json();
            let tag = format!("W/\"{number}\"");
            assert_eq!((&now["meta"]["version"], answer.header("etag")), (&json!(tag), tag.as_str()));
            assert_eq!(now["meta"]["created"], last["meta"]["created"]);
            assert_eq!(answer.header("location"), now["meta"]["location"]);
            last = now;
        }
    }
}

async fn patch_if(idp: &Idp, user: &Value, tag: &str) -> crate::world::door::Answer {
    let body = patch_op(json!([{"op": "replace", "path": "title", "value": tag}]));
    idp.send("PATCH", &format!("/Users/{}", id(user)), &[("if-match", tag)], body).await
}

on_each_engine! {
    async fn if_match_lets_only_the_current_version_be_changed(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let ada = idp.create(&user("ada")).await;
        let path = format!("/Users/{}", id(&ada));
        for wrong in ["W/\"2\"", "\"2\"", "W/\"01\"", "1", "\"x\"", ""] {
            let detail = patch_if(&idp, &ada, wrong).await.refused(412, None);
            assert!(detail.contains("W/\"1\""), "it says what is current: {detail}");
            idp.send("PUT", &path, &[("if-match", wrong)], user("eve").to_string()).await.refused(412, None);
            idp.send("DELETE", &path, &[("if-match", wrong)], "").await.refused(412, None);
        }
        assert_eq!(idp.user(id(&ada)).await, ada);
        for (number, right) in ["W/\"1\"", "\"2\"", "*", "\"9\", W/\"4\""].into_iter().enumerate() {
            let answer = patch_if(&idp, &ada, right).await.expect(200);
            assert_eq!(answer.header("etag"), format!("W/\"{}\"", number + 2));
        }
        idp.send("DELETE", &path, &[("if-match", "W/\"5\"")], "").await.expect(204);
        // 404 is stronger than 412: there is no version any more.
        patch_if(&idp, &ada, "W/\"5\"").await.refused(404, None);
    }
}

on_each_engine! {
    async fn if_none_match_spares_the_body_of_what_the_client_has(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let ada = idp.create(&user("ada")).await;
        let path = format!("/Users/{}", id(&ada));
        for has in ["W/\"1\"", "\"1\"", "*", "\"7\", \"1\""] {
            let answer = idp.send("GET", &path, &[("if-none-match", has)], "").await.expect(304);
            assert_eq!((answer.text.as_str(), answer.header("etag")), ("", "W/\"1\""));
        }
        assert_eq!(idp.send("GET", &path, &[("if-none-match", "W/\"2\"")], "").await.expect(200).json(), ada);
    }
}

on_each_engine! {
    /// C4: of writers who all read the same version, one wins; without `If-Match` nobody's change is lost.
    async fn writers_on_one_employee_do_not_undo_each_other(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let ada = idp.create(&user("ada")).await;
        let answers = futures_util::future::join_all((0..12).map(|_| patch_if(&idp, &ada, "W/\"1\""))).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!((won, answers.iter().filter(|answer| answer.status == 412).count()), (1, 11));

        let fields = ["nickName", "displayName", "locale", "preferredLanguage", "timezone", "userType", "profileUrl"];
        let answers = futures_util::future::join_all(fields.map(|field| {
            idp.patch(id(&ada), json!([{"op": "add", "path": field, "value": "https://x.example/de"}]))
        }))
        .await;
        for answer in answers {
            answer.expect(200);
        }
        let after = idp.user(id(&ada)).await;
        for field in fields {
            assert_eq!(after[field], "https://x.example/de", "{field}");
        }
        assert_eq!(after["meta"]["version"], "W/\"9\"");
    }
}
