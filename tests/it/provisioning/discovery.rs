//! Discovery (decision 15; RFC 7644, section 4).

use serde_json::json;

use crate::world::daemon::Daemon;
use crate::world::on_each_engine;

on_each_engine! {
    async fn decision_15_only_the_service_provider_config_is_readable_without_a_token(daemon: Daemon) {
        let door = daemon.door();
        let config = door.request("GET", "/scim/v2/ServiceProviderConfig", &[], "").await.expect(200);
        assert_eq!(config.header("content-type"), "application/scim+json");
        assert_eq!(config.json()["patch"], json!({"supported": true}));
        for path in ["ResourceTypes", "Schemas", "ResourceTypes/User", "Users", "Me", "Users/x"] {
            door.request("GET", &format!("/scim/v2/{path}"), &[], "").await.refused(401, None);
        }
    }
}

on_each_engine! {
    async fn decision_15_other_methods_on_discovery_are_405(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let answer = idp.send(method, path, &[], "{}").await;
                answer.refused(405, None);
                assert_eq!(answer.header("allow"), "GET, HEAD", "{method} {path}");
            }
            idp.get(&format!("{path}?filter=id%20eq%20%22x%22")).await.refused(403, None);
        }
        for missing in ["/Schemas/urn:nobody", "/ResourceTypes/Nobody", "/Nowhere", "/Users/x/y"] {
            idp.get(missing).await.refused(404, None);
        }
        idp.get("/Me").await.refused(501, None);
    }
}

on_each_engine! {
    async fn everything_that_is_listed_can_be_read_by_its_id(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for (endpoint, key) in [("/Schemas", "id"), ("/ResourceTypes", "name")] {
            let list = idp.get(endpoint).await.expect(200).json();
            for listed in list["Resources"].as_array().unwrap() {
                let path = format!("{endpoint}/{}", listed[key].as_str().unwrap());
                assert_eq!(&idp.get(&path).await.expect(200).json(), listed);
                assert_eq!(listed["meta"]["location"], format!("{}{path}", idp.base()));
            }
        }
    }
}
