//! The many ways in which one request may be written: query strings, slashes, letter case, headers.

use serde_json::{Value, json};

use crate::world::daemon::Daemon;
use crate::world::door::Answer;
use crate::world::idp::{Idp, id, patch_op, user};
use crate::world::on_each_engine;

/// Sends exactly these headers beside the token.
async fn bare(daemon: &Daemon, idp: &Idp, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let bearer = format!("Bearer {}", idp.token);
    let headers = [&[("authorization", bearer.as_str())], headers].concat();
    daemon.door().request(method, &format!("/scim/v2{path}"), &headers, body.to_owned()).await
}

fn total(answer: Answer) -> Value {
    answer.expect(200).json()["totalResults"].clone()
}

on_each_engine! {
    async fn a_filter_is_found_however_its_query_string_is_written(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        idp.create(&user("ada")).await;
        idp.create(&user("bo+x")).await;
        for query in [
            "filter=userName%20eq%20%22ada%40x.example%22",
            "filter=userName+eq+%22ada@x.example%22",
            "filter=%75serName%20eq+%22ada%40x.example%22",
            "filter=userName%20eq%20%22bo%2Bx%40x.example%22",
            "FILTER=USERNAME+EQ+%22ADA@X.EXAMPLE%22",
            "filter=(username+Eq+%22ada@x.example%22)",
            // Entra's flag stands in the tenant URL and comes with every request.
            "aadOptscim062020&filter=userName%20eq%20%22ada%40x.example%22",
            "aadOptscim062020=&_=1731&api-version=2.0&trace=a&trace=b&filter=externalId+eq+%22ext-ada%22",
            "&&filter=externalId+eq+%22ext-ada%22&",
            "startIndex=1&count=100&filter=emails+pr+or+externalId+eq+%22ext-ada%22&sortBy=",
        ] {
            assert_eq!(total(idp.get(&format!("/Users?{query}")).await), 1, "{query}");
        }
        assert_eq!(total(idp.get("/Users?").await), 2);
        assert_eq!(total(idp.get("/Users?cursor=&unknown=%00").await), 2, "nobody looks at what he does not know");
    }
}

on_each_engine! {
    /// Decision 11: an empty filter is none that could be met, and everybody is not the answer to it.
    async fn decision_11_an_empty_filter_is_refused_and_never_everybody(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        idp.create(&user("ada")).await;
        for endpoint in ["/Users", "/Groups"] {
            for query in ["filter=", "filter", "filter=%20", "filter=+&startIndex=1&count=100"] {
                idp.get(&format!("{endpoint}?{query}")).await.refused(400, Some("invalidFilter"));
            }
            let search = json!({"filter": ""}).to_string();
            idp.send("POST", &format!("{endpoint}/.search"), &[], search).await.refused(400, Some("invalidFilter"));
        }
        idp.get("/Schemas?filter=").await.refused(403, None);
    }
}

on_each_engine! {
    async fn a_slash_at_the_end_makes_no_difference(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let made = idp.post("/Users/", &user("ada")).await.expect(201);
        let ada = id(&made.json()).to_owned();
        assert_eq!(made.header("location"), format!("{}/Users/{ada}", idp.base()));
        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales"});
        idp.post("/Groups/", &group).await.expect(201);
        for list in ["/Users/", "/Users/?count=1", "/Groups/?filter=displayName+eq+%22Sales%22"] {
            assert_eq!(total(idp.get(list).await), 1, "{list}");
        }
        for document in ["/Schemas/", "/ResourceTypes/", "/ResourceTypes/User/", "/ServiceProviderConfig/"] {
            idp.get(document).await.expect(200);
        }
        let path = format!("/Users/{ada}/");
        let operations = patch_op(json!([{"op": "replace", "path": "title", "value": "x"}]));
        assert_eq!(idp.send("PATCH", &path, &[], operations).await.expect(200).json()["title"], "x");
        assert_eq!(idp.get(&format!("{path}?attributes=title")).await.expect(200).json()["title"], "x");
        idp.send("PUT", &path, &[], user("ada").to_string()).await.expect(200);
        idp.send("DELETE", &path, &[], "").await.expect(204);
    }
}

on_each_engine! {
    async fn attributes_are_named_in_any_letter_case(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let ada = id(&idp.create(&user("ada")).await).to_owned();
        for (query, shown) in [
            ("attributes=USERNAME", vec!["id", "schemas", "userName"]),
            ("ATTRIBUTES=username,EXTERNALID", vec!["externalId", "id", "schemas", "userName"]),
            ("attributes=URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:UserName", vec!["id", "schemas", "userName"]),
            ("excludedattributes=META,Active,EXTERNALID,urn:DESKGATE:params:scim:schemas:extension:telephony:2.0:User", vec!["id", "schemas", "userName"]),
        ] {
            let answer = idp.get(&format!("/Users/{ada}?{query}")).await.expect(200).json();
            let mut names: Vec<&String> = answer.as_object().unwrap().keys().collect();
            names.sort();
            assert_eq!(names, shown, "{query}");
        }
    }
}

on_each_engine! {
    /// RFC 7644, section 3.8: both names of JSON, and nobody is turned away for what he accepts.
    async fn answers_are_called_what_the_client_accepts(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let ada = format!("/Users/{}", id(&idp.create(&user("ada")).await));
        let (scim, plain) = ("application/scim+json", "application/json");
        for (accept, expected) in [
            (None, scim),
            (Some("application/scim+json"), scim),
            (Some("application/scim+json, application/json"), scim),
            (Some("application/scim+json; charset=utf-8"), scim),
            (Some("application/json, text/plain, */*"), scim),
            (Some("*/*"), scim),
            (Some("text/html"), scim),
            (Some("application/json"), plain),
            (Some("application/json;charset=UTF-8"), plain),
        ] {
            let accepts = accept.map(|accept| ("accept", accept));
            let headers: Vec<(&str, &str)> = accepts.into_iter().collect();
            for (path, status) in [("/Users", 200), (ada.as_str(), 200), ("/Groups", 200), ("/Schemas", 200), ("/Users/x", 404), ("/Users?filter=x", 400), ("/Nowhere", 404)] {
                let answer = bare(&daemon, &idp, "GET", path, &headers, "").await.expect(status);
                assert_eq!(answer.header("content-type"), expected, "{path} {accept:?}");
                answer.json();
            }
            let stranger = daemon.door().request("GET", "/scim/v2/Users", &headers, "").await.expect(401);
            assert_eq!(stranger.header("content-type"), expected);
        }
        let gone = bare(&daemon, &idp, "DELETE", &ada, &[("accept", plain), ("content-type", plain)], "").await.expect(204);
        assert_eq!((gone.header("content-type"), gone.text.as_str()), ("", ""));
    }
}

on_each_engine! {
    /// A body that does not say what it is is taken for JSON: whoever sends one to `/Users` means nothing else, and some
    /// templates and scripts leave the header out.
    async fn a_body_is_json_by_either_name_with_or_without_a_charset_or_none(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for (number, content_type) in [
            None,
            Some("application/scim+json"),
            Some("application/json"),
            Some("application/scim+json; charset=utf-8"),
            Some("application/json;charset=UTF-8"),
            Some("Application/JSON; Charset=\"utf-8\""),
        ].into_iter().enumerate() {
            let headers: Vec<(&str, &str)> = content_type.map(|value| ("content-type", value)).into_iter().collect();
            let body = user(&format!("u{number}"));
            let made = bare(&daemon, &idp, "POST", "/Users", &headers, &body.to_string()).await.expect(201).json();
            let path = format!("/Users/{}", id(&made));
            bare(&daemon, &idp, "PUT", &path, &headers, &body.to_string()).await.expect(200);
            let operations = patch_op(json!([{"op": "replace", "value": {"active": false}}]));
            bare(&daemon, &idp, "PATCH", &path, &headers, &operations).await.expect(200);
            // Where there is no body it does not matter what it would be.
            let headers = [("content-type", "text/plain")];
            assert_eq!(bare(&daemon, &idp, "GET", &path, &headers, "").await.expect(200).json()["active"], false);
            bare(&daemon, &idp, "DELETE", &path, &headers, "").await.expect(204);
        }
    }
}

on_each_engine! {
    async fn head_answers_as_get_without_the_body_and_options_names_the_methods(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let ada = format!("/Users/{}", id(&idp.create(&user("ada")).await));
        for (path, status) in [("/Users", 200), (ada.as_str(), 200), ("/Groups", 200), ("/ServiceProviderConfig", 200), ("/Users/x", 404)] {
            let (head, get) = (idp.send("HEAD", path, &[], "").await.expect(status), idp.get(path).await.expect(status));
            assert_eq!(head.text, "", "{path}");
            for header in ["content-type", "etag", "location", "content-length"] {
                assert_eq!(head.header(header), get.header(header), "{path} {header}");
            }
        }
        daemon.door().request("HEAD", "/scim/v2/Users", &[], "").await.expect(401);
        for (path, methods) in [
            ("/Users", "GET, HEAD, POST"),
            (ada.as_str(), "GET, HEAD, PUT, PATCH, DELETE"),
            ("/Users/.search", "POST"),
            ("/ServiceProviderConfig", "GET, HEAD"),
        ] {
            let answer = idp.send("OPTIONS", path, &[], "").await;
            answer.refused(405, None);
            assert_eq!(answer.header("allow"), methods, "{path}");
        }
    }
}
