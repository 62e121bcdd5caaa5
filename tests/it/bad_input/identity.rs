//! One name for many, ids of others, and paths that mean something else to somebody else.

use futures_util::future::join_all;
use serde_json::json;

use super::{Scene, stored};
use crate::world::daemon::Daemon;
use crate::world::idp::{id, patch_op, user};
use crate::world::on_each_engine;

on_each_engine! {
    async fn of_twenty_who_create_one_user_name_at_once_one_succeeds(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for round in 0..3 {
            let name = format!("ada{round}");
            let bodies = (0..20).map(|number| {
                crate::world::idp::with(user(&name), json!({"externalId": format!("{name}-{number}")}))
            });
            let answers = join_all(bodies.map(|body| {
                let idp = idp.clone();
                async move { idp.post("/Users", &body).await }
            }))
            .await;
            let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
            assert_eq!((made.len(), refused.len()), (1, 19));
            let made = made[0].json();
            for answer in refused {
                let detail = answer.refused(409, Some("uniqueness"));
                assert!(detail.contains(id(&made)), "{detail}");
            }
            let found = idp.found(&format!("userName eq \"{name}@x.example\"")).await;
            assert_eq!(found, [id(&made)]);
        }
        assert_eq!(daemon.database.count("employees").await, 3);
        assert_eq!(daemon.database.count("outbox").await, 3);
        assert_eq!(daemon.database.number("SELECT count(*) FROM provisioning_events WHERE status = 201").await, 3);
    }
}

on_each_engine! {
    async fn t2_ids_of_others_and_ids_that_are_none_are_missing(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let stranger = daemon.tenant("other");
        let before = stored(&daemon).await;
        let patch = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
        let long = "x".repeat(4000);
        let upper = scene.ada.to_uppercase();
        for unknown in [scene.ada.as_str(), upper.as_str(), "1", "..a", "a%20b", "%25", "%C3%28", "null", &long] {
            for (method, body) in [("GET", ""), ("DELETE", ""), ("PATCH", &patch), ("PUT", &user("eve").to_string())] {
                let answer = stranger.send(method, &format!("/Users/{unknown}"), &[], body.to_owned()).await;
                assert_eq!(answer.status, 404, "{method} {unknown}: {answer:?}");
                assert!(answer.text.len() < 1000, "an answer does not repeat all that it is told");
            }
        }
        assert_eq!(stored(&daemon).await, before);
        scene.idp.get(&format!("/Users/{}", scene.ada)).await.expect(200);
    }
}

on_each_engine! {
    async fn t3_paths_with_encoded_separators_and_dot_segments_are_refused(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for path in [
            "/Users/a%2Fb", "/Users/a%2fb", "/Users/a%5Cb", "/Users/..", "/Users/../Schemas", "/./Users", "/Users/.",
            "/Users/%2e%2e/Schemas", "/Users/.%2E", "/%2e/Users", "/Users%2F", "/Users/%2e",
        ] {
            for method in ["GET", "DELETE"] {
                let answer = scene.idp.send(method, path, &[], "").await;
                assert_eq!(answer.status, 400, "{method} {path}: {answer:?}");
                answer.refused(400, Some("invalidValue"));
            }
            // The same without a token: what the path is comes before who asks.
            daemon.door().request("GET", &format!("/scim/v2{path}"), &[], "").await.refused(400, Some("invalidValue"));
            scene.is_unharmed().await;
        }
        // Encoded twice is encoded once too often, and names nobody.
        scene.idp.get("/Users/a%252Fb").await.refused(404, None);
        scene.idp.get("/Users/").await.expect(200);
    }
}
