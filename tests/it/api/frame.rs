//! What all resources share: who gets in, how requests are read, and how refusals look.

use deskgate::domain::credential::TokenScope;
use serde_json::json;

use super::{HERE, Office, person};
use crate::world::idp::user;
use crate::world::on_each_engine;

on_each_engine! {
    async fn i4_a_token_opens_what_its_scope_says_and_nothing_else(office: Office) {
        let reader = office.house.token_for(TokenScope::AdminRead, "acme", "reader", None).await;
        let reader = format!("Bearer {}", reader.token.reveal());
        let as_reader = [("authorization", reader.as_str()), ("content-type", "application/json")];
        let house = &office.house;
        house.ask(HERE, "GET", "/api/v1/tenant", &as_reader, "").await.expect(200);
        let refused = house.ask(HERE, "PATCH", "/api/v1/tenant", &as_reader, "{}").await;
        assert!(refused.problem(403, "insufficient-scope").ends_with("admin:write"));
        assert!(refused.header("www-authenticate").contains("scope=\"admin:write\""));

        let provider = format!("Bearer {}", office.provider);
        let refused = house.ask(HERE, "GET", "/api/v1/tenant", &[("authorization", &provider)], "").await;
        refused.problem(403, "insufficient-scope");
        for token in [&office.writer, reader.strip_prefix("Bearer ").unwrap()] {
            house.scim(HERE, token, "POST", "/scim/v2/Users", user("ada").to_string()).await.refused(403, None);
        }
        let nobody = house.ask(HERE, "GET", "/api/v1/tenant", &[], "").await;
        nobody.problem(401, "unauthorized");
        assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"deskgate\"");
    }
}

on_each_engine! {
    async fn l4_the_admin_api_has_a_rate_of_its_own(office: Office) {
        let bearer = format!("Bearer {}", office.writer);
        let headers = [("authorization", bearer.as_str())];
        for _ in 0..200 {
            office.house.ask(HERE, "GET", "/api/v1/tenant", &headers, "").await.expect(200);
        }
        let refused = office.house.ask(HERE, "GET", "/api/v1/tenant", &headers, "").await;
        refused.problem(429, "too-many-requests");
        assert_eq!(refused.header("retry-after"), "1");
        office.scim("GET", "/Users", &json!(null)).await.expect(200);
    }
}

on_each_engine! {
    async fn a_path_says_which_methods_it_has(office: Office) {
        let refused = office.send("PUT", "/pools", &[], "{}").await;
        refused.problem(405, "method-not-allowed");
        assert_eq!(refused.header("allow"), "GET, HEAD, POST");
        let options = office.send("OPTIONS", "/pools", &[], "").await.expect(204);
        assert_eq!(options.header("allow"), "GET, HEAD, POST, OPTIONS");
        let head = office.send("HEAD", "/tenant", &[], "").await.expect(200);
        assert_eq!((head.text.as_str(), head.header("etag").is_empty()), ("", false));
        office.get("/nothing").await.problem(404, "not-found");
        office.get("/pools/..%2f").await.problem(400, "malformed-request");
    }
}

on_each_engine! {
    async fn bodies_are_read_strictly_and_every_fault_is_named_at_once(office: Office) {
        let send = async |body: &str| office.send("POST", "/employees", &[], body).await;
        for malformed in ["", "{", "{\"email\": 1, \"email\": 2}", "\u{0}", &"[".repeat(100)] {
            send(malformed).await.problem(400, "malformed-request");
        }
        let refused = send(&json!({"gven_name": "Ada", "family_name": 5, "email": "a@b"}).to_string()).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/family_name", "/gven_name", "/given_name"]);
        assert!(refused.text.contains("did you mean given_name?"), "{refused:?}");
        let wrong = [("content-type", "application/scim+json")];
        office.send("POST", "/employees", &wrong, "{}").await.problem(415, "unsupported-media-type");
        let merge = [("content-type", "application/merge-patch+json")];
        office.send("POST", "/employees", &merge, "{}").await.problem(415, "unsupported-media-type");
        office.send("PATCH", "/tenant", &merge, "{}").await.expect(200);
        let huge = format!("{{\"given_name\": \"{}\"}}", "x".repeat(1024 * 1024));
        send(&huge).await.problem(413, "body-too-large");
        let zipped = [("content-encoding", "gzip")];
        office.send("POST", "/employees", &zipped, "{}").await.problem(415, "unsupported-media-type");
    }
}

on_each_engine! {
    async fn a_precondition_minds_the_version_and_who_has_it_gets_nothing_again(office: Office) {
        let made = office.post("/employees", &person("ada")).await.expect(201);
        let (path, tag) = (made.header("location").to_owned(), made.header("etag").to_owned());
        let path = path.strip_prefix("https://deskgate.example/api/v1").unwrap();
        assert!(tag.starts_with("\"1."), "{tag}");
        let again = office.send("GET", path, &[("if-none-match", &tag)], "").await.expect(304);
        assert_eq!((again.text.as_str(), again.header("etag")), ("", tag.as_str()));
        let change = json!({"given_name": "Adele"}).to_string();
        let changed = office.send("PATCH", path, &[("if-match", &tag)], change.as_str()).await.expect(200);
        assert!(changed.header("etag").starts_with("\"2."));
        office.send("PATCH", path, &[("if-match", &tag)], change.as_str()).await.problem(412, "version-mismatch");
        office.send("DELETE", path, &[("if-match", &tag)], "").await.problem(412, "version-mismatch");
        office.send("GET", path, &[("if-none-match", &tag)], "").await.expect(200);
        office.send("DELETE", path, &[("if-match", "*")], "").await.expect(204);
    }
}

on_each_engine! {
    async fn w5_the_api_describes_itself_to_everybody_and_never_redirects(office: Office) {
        let described = office.house.ask(HERE, "GET", "/api/v1/openapi.json", &[], "").await.expect(200);
        let description = described.json();
        assert_eq!(description["openapi"], "3.1.0");
        assert!(description["paths"]["/employees/{id}"]["patch"].is_object());
        office.get("/pools/").await.expect(200);
    }
}
