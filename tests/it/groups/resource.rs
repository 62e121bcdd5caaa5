//! The group itself: names, versions, lists, filters, answers.

use serde_json::{Value, json};

use super::{GROUP, found, get, group, make, patch, people, put, sorted};
use crate::world::daemon::Daemon;
use crate::world::idp::id;
use crate::world::on_each_engine;
use crate::world::program;

on_each_engine! {
    async fn names_are_unique_in_the_tenant_letter_case_aside_unless_it_says_otherwise(daemon: Daemon) {
        let (idp, other) = (daemon.tenant("acme"), daemon.tenant("other"));
        let sales = make(&idp, "Sales", &[]).await;
        make(&other, "Sales", &[]).await;
        let detail = idp.post("/Groups", &group("SALES", &[])).await.refused(409, Some("uniqueness"));
        assert!(detail.contains(&sales), "{detail}");
        let support = make(&idp, "Support", &[]).await;
        let rename = json!([{"op": "Replace", "path": "displayName", "value": "sales"}]);
        assert!(patch(&idp, &support, rename.clone()).await.refused(409, Some("uniqueness")).contains(&sales));
        put(&idp, &support, &group("sales", &[])).await.refused(409, Some("uniqueness"));
        patch(&idp, &sales, rename.clone()).await.expect(204);
        assert_eq!(get(&idp, &sales).await["displayName"], "sales", "its own name in another letter case");

        let set = daemon.command(&["tenant", "set", "acme", "--group-names", "free", "--json"]);
        assert_eq!(set, json!({"group_names": "free", "group_patch_response": "none"}));
        patch(&idp, &support, rename).await.expect(204);
        assert_eq!(found(&idp, "Groups", "displayName eq \"SALES\"").await, [sales.clone(), support.clone()]);
        let refused = program::run(&daemon.database.url, &["tenant", "set", "acme", "--group-names", "unique"]);
        assert!(refused.code == 4 && refused.stderr.contains("sales"), "{refused:?}");
        patch(&idp, &support, json!([{"op": "replace", "path": "displayName", "value": "Support"}])).await.expect(204);
        daemon.command(&["tenant", "set", "acme", "--group-names", "unique", "--json"]);
        idp.post("/Groups", &group("support", &[])).await.refused(409, Some("uniqueness"));
        assert_eq!(daemon.command(&["tenant", "show", "acme", "--json"])["group_names"], "unique");
    }
}

on_each_engine! {
    async fn a_patch_is_answered_as_query_and_tenant_want_it(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b] = people(&idp, ["a", "b"]).await;
        let sales = make(&idp, "Sales", &[]).await;
        let add = |id: &str| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "members", "value": id}]}).to_string();
        let path = format!("/Groups/{sales}");
        assert_eq!(idp.send("PATCH", &path, &[], add(&a)).await.expect(204).text, "");
        let shown = idp.send("PATCH", &format!("{path}?attributes=displayName"), &[], add(&b)).await.expect(200).json();
        assert_eq!((shown["displayName"].as_str(), shown.get("members")), (Some("Sales"), None));
        let shown = idp.send("PATCH", &format!("{path}?excludedAttributes=displayName"), &[], add(&b)).await.expect(200).json();
        assert_eq!(shown["members"].as_array().unwrap().len(), 2);
        daemon.command(&["tenant", "set", "acme", "--group-patch-response", "resource", "--json"]);
        let shown = idp.send("PATCH", &path, &[], add(&b)).await.expect(200).json();
        assert_eq!(shown["members"].as_array().unwrap().len(), 2);
    }
}

on_each_engine! {
    async fn versions_guard_members_too(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b] = people(&idp, ["a", "b"]).await;
        let sales = make(&idp, "Sales", &[]).await;
        let path = format!("/Groups/{sales}");
        let add = |id: &str| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "members", "value": id}]}).to_string();
        let etag = idp.get(&path).await.expect(200).header("etag").to_owned();
        assert_eq!(etag, "W/\"1\"");
        idp.send("GET", &path, &[("if-none-match", &etag)], "").await.expect(304);
        idp.send("PATCH", &path, &[("if-match", &etag)], add(&a)).await.expect(204);
        idp.send("PATCH", &path, &[("if-match", &etag)], add(&b)).await.refused(412, None);
        idp.send("PUT", &path, &[("if-match", &etag)], group("Other", &[]).to_string()).await.refused(412, None);
        idp.send("DELETE", &path, &[("if-match", &etag)], "").await.refused(412, None);
        let now = idp.get(&path).await.expect(200).header("etag").to_owned();
        assert_eq!(now, "W/\"2\"");
        idp.send("GET", &path, &[("if-none-match", &etag)], "").await.expect(200);
        // Of many who hold the same version, one is served.
        let tries = futures_util::future::join_all((0..8).map(|number| {
            let (idp, path, now, who) = (idp.clone(), path.clone(), now.clone(), if number % 2 == 0 { &b } else { &a });
            let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
                {"op": "add", "path": "members", "value": who}, {"op": "replace", "path": "externalId", "value": format!("e{number}")}]});
            async move { idp.send("PATCH", &path, &[("if-match", &now)], body.to_string()).await.status }
        }))
        .await;
        let mut statuses = tries.clone();
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 412, 412, 412, 412, 412, 412, 412]);
        let head = idp.send("HEAD", &path, &[], "").await.expect(200);
        assert_eq!((head.header("etag"), head.text.as_str()), ("W/\"3\"", ""));
        idp.send("DELETE", &path, &[("if-match", "W/\"3\"")], "").await.expect(204);
        idp.get(&path).await.refused(404, None);
    }
}

on_each_engine! {
    async fn groups_are_found_by_whatever_they_have(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a, b] = people(&idp, ["a", "b"]).await;
        let (sales, support) = (make(&idp, "Sales", &[&a]).await, make(&idp, "Support", &[]).await);
        let both = vec![sales.clone(), support.clone()];
        for (filter, expected) in [
            ("displayName eq \"sALES\"".to_owned(), vec![sales.clone()]),
            ("externalId eq \"ext-Support\"".to_owned(), vec![support.clone()]),
            ("externalId eq \"EXT-Support\"".to_owned(), vec![]),
            (format!("id eq \"{sales}\" and members eq \"{a}\""), vec![sales.clone()]),
            (format!("id eq \"{sales}\" and members eq \"{b}\""), vec![]),
            (format!("members eq \"{a}\""), vec![sales.clone()]),
            (format!("members.value eq \"{a}\""), vec![sales.clone()]),
            (format!("members[value eq \"{a}\"]"), vec![sales.clone()]),
            (format!("not (members.value eq \"{a}\")"), vec![support.clone()]),
            ("members pr".to_owned(), vec![sales.clone()]),
            ("members eq \"nobody\"".to_owned(), vec![]),
            ("displayName sw \"s\" and not (displayName co \"upp\")".to_owned(), vec![sales.clone()]),
            ("displayName gt \"sales\"".to_owned(), vec![support.clone()]),
            ("meta.resourceType eq \"Group\"".to_owned(), both.clone()),
            ("meta.version eq \"W/\\\"1\\\"\"".to_owned(), both.clone()),
            ("meta.lastModified gt \"2020-01-01T00:00:00Z\"".to_owned(), both.clone()),
            (format!("meta.location ew \"/Groups/{sales}\""), vec![sales.clone()]),
        ] {
            assert_eq!(found(&idp, "Groups", &filter).await, expected, "{filter}");
        }
        assert_eq!(found(&idp, "Users", &format!("groups.value eq \"{sales}\"")).await, sorted(&[&a]));
        assert_eq!(found(&idp, "Users", "groups pr").await, sorted(&[&a]));
        assert_eq!(found(&idp, "Users", &format!("groups[value eq \"{sales}\"] and userName sw \"b\"")).await, Vec::<String>::new());
        for (endpoint, wrong) in [("Groups", "members.value sw \"a\""), ("Groups", "members.display eq \"a\""), ("Users", "groups.display eq \"a\""), ("Groups", "shoeSize eq 4")] {
            let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", wrong).finish();
            idp.get(&format!("/{endpoint}?{query}")).await.refused(400, Some("invalidFilter"));
        }
    }
}

on_each_engine! {
    async fn lists_page_sort_project_and_stream(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a] = people(&idp, ["a"]).await;
        for name in ["Delta", "Alpha", "Charlie", "Bravo"] {
            make(&idp, name, &[&a]).await;
        }
        let names = |list: &Value| -> Vec<String> {
            list["Resources"].as_array().unwrap().iter().map(|group| group["displayName"].as_str().unwrap().to_owned()).collect()
        };
        let list = idp.get("/Groups?startIndex=2&count=2").await.expect(200).json();
        assert_eq!((names(&list), &list["totalResults"], &list["itemsPerPage"]), (vec!["Alpha".to_owned(), "Charlie".to_owned()], &json!(4), &json!(2)));
        assert_eq!(list["Resources"][0]["members"][0]["value"], a);
        let ordered = idp.get("/Groups?sortBy=displayName&sortOrder=descending").await.expect(200).json();
        assert_eq!(names(&ordered), ["Delta", "Charlie", "Bravo", "Alpha"]);
        let bare = idp.get("/Groups?excludedAttributes=members&count=0").await.expect(200).json();
        assert_eq!((&bare["totalResults"], bare["Resources"].as_array().unwrap().len()), (&json!(4), 0));
        let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "displayName eq \"bravo\"", "attributes": ["displayName"]});
        let bravo = idp.post("/Groups/.search", &search).await.expect(200).json();
        assert_eq!((names(&bravo), bravo["Resources"][0].get("members")), (vec!["Bravo".to_owned()], None));
        // Over everything: users first, then groups; what one type does not have is without a value there.
        let search = |filter: &str, start: u32, count: u32| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter, "startIndex": start, "count": count});
        for (filter, start, count, total, shown) in [
            ("meta.created gt \"2020-01-01T00:00:00Z\"", 1, 100, 5, 5),
            ("meta.created gt \"2020-01-01T00:00:00Z\"", 2, 2, 5, 2),
            ("userName sw \"a\" or displayName eq \"alpha\"", 1, 100, 2, 2),
            ("not (userName pr)", 1, 100, 4, 4),
            ("userName ne \"nobody\"", 1, 100, 5, 5),
        ] {
            let list = idp.post("/.search", &search(filter, start, count)).await.expect(200).json();
            let found = list["Resources"].as_array().unwrap().len();
            assert_eq!((&list["totalResults"], found), (&json!(total), shown), "{filter}");
        }
        idp.post("/.search", &search("shoeSize eq 4", 1, 1)).await.refused(400, Some("invalidFilter"));
    }
}

on_each_engine! {
    async fn a_group_without_members_in_the_answer_never_touches_them(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [a] = people(&idp, ["a"]).await;
        let sales = make(&idp, "Sales", &[&a]).await;
        // What is not there cannot be read.
        daemon.database.execute("ALTER TABLE group_members RENAME TO hidden_members").await;
        for path in [
            format!("/Groups/{sales}?excludedAttributes=members"),
            format!("/Groups/{sales}?attributes=displayName"),
            "/Groups?excludedAttributes=members".to_owned(),
            "/Groups?excludedAttributes=members&cursor=".to_owned(),
            "/Groups?excludedAttributes=members&filter=displayName%20eq%20%22Sales%22".to_owned(),
            format!("/Users/{a}?excludedAttributes=groups"),
            "/Users?attributes=userName".to_owned(),
        ] {
            idp.get(&path).await.expect(200);
        }
        idp.get(&format!("/Groups/{sales}")).await.refused(503, None);
    }
}

on_each_engine! {
    async fn what_a_group_must_have_and_what_is_ignored(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        idp.post("/Groups", &json!({"schemas": [GROUP]})).await.refused(400, Some("invalidValue"));
        idp.post("/Groups", &json!({"displayName": "x"})).await.refused(400, Some("invalidSyntax"));
        let sent = json!({"schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "displayName": "x", "id": "mine", "meta": {"version": "7"}, "shoeSize": 4, "members": []});
        let made = idp.post("/Groups", &sent).await.expect(201);
        assert_eq!(made.header("location"), made.json()["meta"]["location"].as_str().unwrap());
        let made = made.json();
        assert_ne!(id(&made), "mine");
        assert!(made.get("shoeSize").is_none() && made.get("members").is_none());
        let remove = json!([{"op": "remove", "path": "displayName"}]);
        patch(&idp, id(&made), remove).await.refused(400, Some("mutability"));
        let listed = daemon.command(&["groups", "--tenant", "acme", "--json"]);
        assert_eq!((&listed["groups"][0]["name"], &listed["groups"][0]["employees"]), (&json!("x"), &json!(0)));
    }
}
