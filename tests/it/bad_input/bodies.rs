//! Bodies that are malformed, too large, too deep, or of another kind (L2, L3).

use serde_json::json;

use super::Scene;
use crate::world::daemon::Daemon;
use crate::world::idp::{USER, patch_op, user, with};
use crate::world::on_each_engine;

/// Sends a body to each endpoint that reads one.
async fn each_refuses(scene: &Scene<'_>, body: &[u8], scim_type: Option<&str>) -> Vec<String> {
    let ada = format!("/Users/{}", scene.ada);
    let mut details = Vec::new();
    for (method, path) in
        [("POST", "/Users"), ("PUT", &ada), ("PATCH", &ada), ("POST", "/Users/.search"), ("POST", "/.search")]
    {
        let answer = scene.idp.send(method, path, &[], body.to_vec()).await;
        details.push(answer.refused(400, scim_type));
        scene.is_unharmed().await;
    }
    details
}

on_each_engine! {
    async fn l2_malformed_json_is_told_with_its_place(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for body in ["", "{", "{\"schemas\": [}", "{'a': 1}", "{\"a\": 1} {\"b\": 2}", "{\"a\": 01}", "{\"a\": NaN}", "[1,]"] {
            for detail in each_refuses(&scene, body.as_bytes(), Some("invalidSyntax")).await {
                assert!(detail.contains("line 1 column"), "{body}: {detail}");
            }
        }
    }
}

on_each_engine! {
    async fn what_is_no_object_is_no_request(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for body in ["null", "[]", "\"ada\"", "7", "true"] {
            each_refuses(&scene, body.as_bytes(), Some("invalidSyntax")).await;
        }
    }
}

on_each_engine! {
    async fn values_of_the_wrong_type_are_named(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let ada = format!("/Users/{}", scene.ada);
        for (name, wrong) in [
            ("userName", json!(7)),
            ("userName", json!({"value": "x"})),
            ("name", json!("Ada")),
            ("displayName", json!(["Ada", "Bo"])),
            ("emails", json!(7)),
            ("emails", json!([[{"value": "x"}]])),
            ("active", json!("maybe")),
            ("externalId", json!(true)),
        ] {
            let body = with(user("bo"), json!({name: wrong}));
            for answer in [scene.idp.post("/Users", &body).await, scene.idp.put(&scene.ada, &body).await] {
                let detail = answer.refused(400, Some("invalidValue"));
                assert!(detail.contains(name), "{name} {wrong}: {detail}");
            }
            let patch = json!([{"op": "replace", "path": name, "value": wrong}]);
            scene.idp.patch(&scene.ada, patch).await.refused(400, Some("invalidValue"));
            scene.is_unharmed().await;
        }
        let no_schemas = json!({"schemas": "x", "userName": "bo"});
        scene.idp.post("/Users", &no_schemas).await.refused(400, Some("invalidSyntax"));
        scene.idp.send("PATCH", &ada, &[], json!({"schemas": [USER], "Operations": []}).to_string()).await
            .refused(400, Some("invalidSyntax"));
        scene.is_unharmed().await;
    }
}

/// A user in a body of exactly `size` bytes.
fn of_size(size: usize) -> Vec<u8> {
    let mut body = user("large").to_string().into_bytes();
    body.resize(size, b' ');
    body
}

const MEBIBYTE: usize = 1024 * 1024;

on_each_engine! {
    async fn l2_a_body_of_one_mebibyte_is_read_and_one_byte_more_is_not(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for path in ["/Users", "/Users/.search", "/.search"] {
            let detail = scene.idp.send("POST", path, &[], of_size(MEBIBYTE + 1)).await.refused(413, None);
            assert!(detail.contains("1048576"), "the limit is named: {detail}");
            scene.is_unharmed().await;
        }
        for method in ["PUT", "PATCH"] {
            let path = format!("/Users/{}", scene.ada);
            scene.idp.send(method, &path, &[], of_size(MEBIBYTE + 1)).await.refused(413, None);
            scene.is_unharmed().await;
        }
        scene.idp.send("POST", "/Users", &[], of_size(MEBIBYTE)).await.expect(201);
    }
}

on_each_engine! {
    async fn l2_json_nests_32_levels_deep_and_no_deeper(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let nested = |levels: usize| {
            // The body is the first level.
            let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"deep{levels}\",\"whatever\":{open}{close}}}")
        };
        for levels in [33, 40, 100_000] {
            for detail in each_refuses(&scene, nested(levels).as_bytes(), Some("invalidSyntax")).await {
                assert!(detail.contains("32"), "the limit is named: {detail}");
            }
        }
        scene.idp.send("POST", "/Users", &[], nested(32)).await.expect(201);
    }
}

on_each_engine! {
    async fn l2_duplicate_keys_are_refused_at_every_depth_and_in_any_letter_case(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let begin = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"bo\"");
        for rest in [
            ",\"userName\":\"eve\"}",
            ",\"USERNAME\":\"eve\"}",
            ",\"name\":{\"givenName\":\"a\",\"givenName\":\"b\"}}",
            ",\"whatever\":[{\"a\":{\"b\":1,\"b\":1}}]}",
            ",\"\\u0075serName\":\"eve\"}",
        ] {
            let answer = scene.idp.send("POST", "/Users", &[], format!("{begin}{rest}")).await;
            answer.refused(400, Some("invalidSyntax"));
            scene.is_unharmed().await;
        }
    }
}

on_each_engine! {
    async fn l2_bytes_that_are_no_utf_8_are_refused(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for bytes in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf"] {
            let mut body = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"bo").into_bytes();
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\"}");
            each_refuses(&scene, &body, Some("invalidSyntax")).await;
        }
        // Half a surrogate pair is no text either.
        let half = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"bo\\ud800\"}}");
        each_refuses(&scene, half.as_bytes(), Some("invalidSyntax")).await;
    }
}

on_each_engine! {
    /// PostgreSQL cannot store it, and SQLite would cut some texts there.
    async fn u_0000_is_refused_in_values_keys_paths_filters_and_ids(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for body in [
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"b\\u0000o\"}}"),
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"bo\",\"title\":\"\\u0000\"}}"),
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"bo\",\"x\\u0000\":1}}"),
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"b\0o\"}}"),
        ] {
            each_refuses(&scene, body.as_bytes(), Some("invalidSyntax")).await;
        }
        scene.idp.get("/Users?filter=userName%20eq%20%22a%00%22").await.expect(400);
        scene.idp.filter("userName eq \"a\\u0000\"").await.expect(400);
        scene.idp.get("/Users/a%00b").await.refused(400, Some("invalidValue"));
        scene.is_unharmed().await;
    }
}

on_each_engine! {
    async fn l2_compressed_bodies_and_other_kinds_of_content_are_not_read(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let body = user("bo").to_string();
        for headers in [
            [("content-encoding", "gzip"), ("content-type", "application/json")],
            [("content-encoding", "identity, gzip"), ("content-type", "application/json")],
            [("content-encoding", "br"), ("content-type", "application/scim+json")],
            [("content-type", "application/x-www-form-urlencoded"), ("accept", "*/*")],
            [("content-type", "text/plain"), ("accept", "*/*")],
            [("content-type", "application/json; charset=utf-16"), ("accept", "*/*")],
        ] {
            scene.idp.send("POST", "/Users", &headers, body.clone()).await.refused(415, None);
            let path = format!("/Users/{}", scene.ada);
            scene.idp.send("PATCH", &path, &headers, body.clone()).await.refused(415, None);
            scene.is_unharmed().await;
        }
    }
}

on_each_engine! {
    async fn l3_a_patch_of_1001_operations_is_refused(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let operations = vec![json!({"op": "replace", "path": "title", "value": "x"}); 1001];
        let answer = scene.idp.send("PATCH", &format!("/Users/{}", scene.ada), &[], patch_op(json!(operations))).await;
        let detail = answer.refused(400, Some("tooMany"));
        assert!(detail.contains("1000"), "the limit is named: {detail}");
        scene.is_unharmed().await;
    }
}
