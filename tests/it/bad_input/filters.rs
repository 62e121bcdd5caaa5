//! Filters that nobody should have to evaluate (L3).

use serde_json::json;

use super::Scene;
use crate::world::daemon::Daemon;
use crate::world::on_each_engine;

on_each_engine! {
    async fn unknown_operators_and_attributes_are_refused_wherever_a_filter_stands(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for filter in ["userName like \"a\"", "userName = \"a\"", "userName regex \".*\"", "nobody eq \"a\"", "1 eq 1"] {
            scene.idp.filter(filter).await.refused(400, Some("invalidFilter"));
            let search = json!({"filter": filter});
            scene.idp.post("/Users/.search", &search).await.refused(400, Some("invalidFilter"));
            let path = format!("emails[{}].value", filter.replace("userName", "value"));
            let patch = json!([{"op": "replace", "path": path, "value": "x"}]);
            let answer = scene.idp.patch(&scene.ada, patch).await;
            let scim_type = answer.json()["scimType"].as_str().unwrap().to_owned();
            assert!(["invalidFilter", "invalidPath"].contains(&scim_type.as_str()), "{filter}: {answer:?}");
            scene.is_unharmed().await;
        }
    }
}

on_each_engine! {
    async fn l3_a_filter_has_four_kibibytes_at_most(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let of_size = |size: usize| {
            let frame = "userName eq \"\"".len();
            format!("userName eq \"{}\"", "x".repeat(size - frame))
        };
        assert!(scene.idp.found(&of_size(4096)).await.is_empty());
        scene.idp.filter(&of_size(4097)).await.refused(400, Some("invalidFilter"));
        let search = json!({"filter": of_size(100_000)});
        scene.idp.post("/Users/.search", &search).await.refused(400, Some("invalidFilter"));
        let path = format!("emails[value eq \"{}\"].value", "x".repeat(5000));
        let patch = json!([{"op": "replace", "path": path, "value": "x"}]);
        scene.idp.patch(&scene.ada, patch).await.expect(400);
        scene.is_unharmed().await;
    }
}

on_each_engine! {
    async fn l3_a_filter_has_64_terms_and_32_levels_at_most(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let terms = |count: usize, joint: &str| vec!["title eq \"x\""; count].join(joint);
        let levels = |count: usize| format!("{}title eq \"x\"{}", "(".repeat(count), ")".repeat(count));
        for joint in [" and ", " or "] {
            assert!(scene.idp.found(&terms(64, joint)).await.is_empty());
            scene.idp.filter(&terms(65, joint)).await.refused(400, Some("invalidFilter"));
            scene.is_unharmed().await;
        }
        assert!(scene.idp.found(&levels(30)).await.is_empty());
        scene.idp.filter(&levels(33)).await.refused(400, Some("invalidFilter"));
        scene.idp.filter(&levels(1900)).await.refused(400, Some("invalidFilter"));
        scene.idp.filter(&"not (".repeat(800)).await.refused(400, Some("invalidFilter"));
        scene.is_unharmed().await;
    }
}
