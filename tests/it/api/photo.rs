//! `/employees/{id}/photo`

use serde_json::json;

use super::{Office, id, picture};
use crate::world::door::Answer;
use crate::world::on_each_engine;

impl Office {
    async fn upload(&self, path: &str, kind: &str, file: impl AsRef<[u8]>) -> Answer {
        self.send("PUT", path, &[("content-type", kind)], file).await
    }
}

on_each_engine! {
    async fn w4_what_is_no_photo_is_refused_and_what_is_one_is_known_by_its_content(office: Office) {
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}/photo", id(&ada));
        office.upload(&path, "image/png", "<script>alert(1)</script>").await.problem(415, "unsupported-media-type");
        office.upload(&path, "text/html", picture(2, 2)).await.problem(415, "unsupported-media-type");
        office.upload(&path, "image/png", "").await.problem(400, "malformed-request");
        office.upload(&path, "image/png", picture(5000, 1)).await.problem(422, "invalid-values");
        let cut = picture(200, 200);
        office.upload(&path, "image/png", cut[..cut.len() / 2].to_vec()).await.problem(422, "invalid-values");
        office.upload(&path, "image/png", vec![0; 2 * 1024 * 1024 + 1]).await.problem(413, "body-too-large");
        office.get(&path).await.problem(404, "not-found");
        office.upload(&path, "image/jpeg", picture(20, 20)).await.expect(204);
        let photo = office.get(&path).await.expect(200);
        assert_eq!((photo.header("content-type"), photo.header("x-content-type-options")), ("image/jpeg", "nosniff"));
        assert_eq!(photo.header("cache-control"), "no-store");
        assert!(photo.bytes.starts_with(b"\xff\xd8\xff"));
    }
}

on_each_engine! {
    async fn every_photo_has_a_tag_of_its_own_that_preconditions_mind(office: Office) {
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}/photo", id(&ada));
        let put = async |header: (&str, &str)| {
            office.send("PUT", &path, &[("content-type", "image/png"), header], picture(20, 20)).await
        };
        put(("if-match", "\"1\"")).await.problem(412, "version-mismatch");
        let first = put(("if-none-match", "*")).await.expect(204);
        put(("if-none-match", "*")).await.problem(412, "version-mismatch");
        let shown = office.get(&path).await.expect(200);
        assert_eq!(shown.header("etag"), first.header("etag"));
        let has = office.send("GET", &path, &[("if-none-match", first.header("etag"))], "").await.expect(304);
        assert_eq!((has.bytes.len(), has.header("etag")), (0, first.header("etag")));
        let second = put(("if-match", first.header("etag"))).await.expect(204);
        assert_ne!(second.header("etag"), first.header("etag"), "also of the same picture");
        put(("if-match", first.header("etag"))).await.problem(412, "version-mismatch");
        office.send("DELETE", &path, &[("if-match", first.header("etag"))], "").await.problem(412, "version-mismatch");
        office.send("DELETE", &path, &[("if-match", second.header("etag"))], "").await.expect(204);
        office.get(&path).await.problem(404, "not-found");
        office.delete(&path).await.problem(404, "not-found");
    }
}

on_each_engine! {
    async fn a_photo_is_an_employees_and_goes_with_him(office: Office) {
        let nobody = "/employees/0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11/photo";
        // Nobody decodes a picture of nobody.
        office.upload(nobody, "image/png", "no picture").await.problem(404, "not-found");
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}/photo", id(&ada));
        office.upload(&path, "image/png", picture(2, 2)).await.expect(204);
        let messages = office.house.database.texts("SELECT CAST(payload AS text) FROM outbox ORDER BY seq").await;
        let last: serde_json::Value = serde_json::from_str(messages.last().unwrap()).unwrap();
        assert_eq!(last["changed"], json!(["photo"]));
        office.delete(&format!("/employees/{}", id(&ada))).await.expect(204);
        assert_eq!(office.house.database.count("employee_photos").await, 0);
    }
}
