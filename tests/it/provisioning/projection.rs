//! `attributes` and `excludedAttributes` (RFC 7644, section 3.9), on every answer with a resource.

use serde_json::json;

use crate::world::daemon::Daemon;
use crate::world::idp::{id, patch_op, user, with};
use crate::world::on_each_engine;

on_each_engine! {
    async fn every_answer_shows_what_was_asked_for(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let body = with(user("ada"), json!({"title": "x", "name": {"givenName": "Ada", "familyName": "L"}}));
        let asked = "attributes=title,NAME.givenName";
        let created = idp.send("POST", &format!("/Users?{asked}"), &[], body.to_string()).await.expect(201);
        let ada = id(&created.json()).to_owned();
        let only = |title: &str| json!({"id": ada, "title": title, "name": {"givenName": "Ada"}});
        let without_schemas = |answer: crate::world::door::Answer| {
            let mut answer = answer.json();
            answer.as_object_mut().unwrap().remove("schemas");
            answer
        };
        assert_eq!(created.header("location"), idp.user(&ada).await["meta"]["location"]);
        assert_eq!(without_schemas(created), only("x"));
        let path = format!("/Users/{ada}?{asked}");
        assert_eq!(without_schemas(idp.get(&path).await.expect(200)), only("x"));
        let put = with(body, json!({"title": "y"})).to_string();
        assert_eq!(without_schemas(idp.send("PUT", &path, &[], put).await.expect(200)), only("y"));
        let patch = patch_op(json!([{"op": "replace", "path": "title", "value": "z"}]));
        assert_eq!(without_schemas(idp.send("PATCH", &path, &[], patch).await.expect(200)), only("z"));
        let list = idp.get(&format!("/Users?{asked}")).await.expect(200).json();
        assert_eq!(list["Resources"][0]["title"], "z");
        assert_eq!(list["Resources"][0].get("userName"), None);
    }
}

on_each_engine! {
    async fn what_is_excluded_is_absent_but_for_the_id(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&with(user("ada"), json!({"title": "x"}))).await;
        let path = format!("/Users/{}?excludedAttributes=title,id,externalId,groups", id(&created));
        let shown = idp.get(&path).await.expect(200).json();
        assert_eq!((shown.get("title"), shown.get("externalId")), (None, None));
        assert_eq!((id(&shown), &shown["userName"]), (id(&created), &created["userName"]));
    }
}

on_each_engine! {
    /// A wish that cannot be met must not be found out after the write.
    async fn a_wish_that_cannot_be_met_is_refused_before_anything_is_done(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let both = "/Users?attributes=title&excludedAttributes=name";
        let answer = idp.send("POST", both, &[], user("ada").to_string()).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(daemon.database.count("employees").await, 0);
    }
}
