//! Lists: filters that cannot be met (decision 11), pages, orders, `.search`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::groups::make;
use crate::world::daemon::Daemon;
use crate::world::idp::{Idp, id, user, with};
use crate::world::on_each_engine;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

async fn crowd(idp: &Idp, size: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..size {
        ids.push(id(&idp.create(&user(&format!("u{number:04}"))).await).to_owned());
    }
    ids
}

async fn page(idp: &Idp, query: &str) -> (Value, Vec<String>) {
    let list = idp.get(&format!("/Users?{query}")).await.expect(200).json();
    assert_eq!(list["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    let ids: Vec<String> = list["Resources"].as_array().unwrap().iter().map(|user| id(user).to_owned()).collect();
    assert_eq!(list["itemsPerPage"], ids.len());
    (list, ids)
}

on_each_engine! {
    async fn decision_11_a_filter_that_cannot_be_met_is_refused(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        crowd(&idp, 2).await;
        for filter in [
            "", " ", "userName", "userName eq", "userName xx \"a\"", "userName eq \"a", "userName eq a",
            "nobody eq \"a\"", "userName eq \"a\" and", "(userName eq \"a\"", "active gt true", "emails[type eq \"x\"",
            "userName eq \"a\" or or active eq true", "urn:example:nobody:x eq 1", "password eq \"x\"",
            "meta.created gt \"yesterday\"", "name eq \"x\"",
        ] {
            let answer = idp.filter(filter).await;
            assert_eq!((answer.status, &answer.json()["scimType"]), (400, &json!("invalidFilter")), "{filter}");
            answer.refused(400, Some("invalidFilter"));
        }
    }
}

on_each_engine! {
    /// A 404 on a look-up would put Entra's job into quarantine.
    async fn nobody_found_is_an_empty_list(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for filter in ["userName eq \"nobody\"", "id eq \"x\"", "externalId eq \"\"", "emails.value eq \"x\""] {
            let list = idp.filter(filter).await.expect(200).json();
            assert_eq!((&list["totalResults"], &list["Resources"]), (&json!(0), &json!([])), "{filter}");
        }
    }
}

on_each_engine! {
    async fn pages_are_cut_out_of_one_stable_order(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let all = crowd(&idp, 7).await;
        for (query, expected, start_index) in [
            ("", &all[..], 1),
            ("startIndex=1&count=3", &all[..3], 1),
            ("startIndex=4&count=3", &all[3..6], 4),
            ("startIndex=7&count=3", &all[6..], 7),
            ("startIndex=8&count=3", &[], 8),
            ("startIndex=0&count=2", &all[..2], 1),
            ("startIndex=-5&count=2", &all[..2], 1),
            ("startIndex=2&count=0", &[], 2),
            ("startIndex=2&count=-1", &[], 2),
            ("startIndex=99999999999999999999", &[], i64::MAX),
            ("STARTINDEX=3&Count=1", &all[2..3], 3),
            ("count=1000000", &all[..], 1),
        ] {
            let (list, ids) = page(&idp, query).await;
            assert_eq!(ids, expected, "{query}");
            assert_eq!((&list["totalResults"], &list["startIndex"]), (&json!(7), &json!(start_index)), "{query}");
        }
        for wrong in ["startIndex=x", "count=1.5", "count=", "count=1&count=2", "sortOrder=sideways", "sortBy=nobody"] {
            idp.get(&format!("/Users?{wrong}")).await.refused(400, Some("invalidValue"));
        }
    }
}

on_each_engine! {
    async fn totals_are_exact_after_deletes_and_the_order_stays(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mut left = crowd(&idp, 12).await;
        for position in [11, 5, 0] {
            idp.delete(&left.remove(position)).await.expect(204);
        }
        let back = idp.create(&user("u0000")).await;
        left.push(id(&back).to_owned());
        let renamed = json!([{"op": "replace", "path": "userName", "value": "aaa"}]);
        idp.patch(&left[7], renamed).await.expect(200);
        let mut seen = Vec::new();
        for start in (1..=10).step_by(3) {
            let (list, ids) = page(&idp, &format!("startIndex={start}&count=3")).await;
            assert_eq!(list["totalResults"], 10);
            seen.extend(ids);
        }
        assert_eq!(seen, left);
    }
}

on_each_engine! {
    /// Account discovery pages through everybody; page 900 must be as right as page 1.
    async fn l3_a_page_holds_a_thousand_at_most_and_the_last_ones_are_where_they_should_be(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let other = daemon.tenant("other");
        let mut all: Vec<String> = Vec::new();
        for part in 0..17 {
            // Two tenants share the numbering of rows; neither may see gaps of the other.
            let made = futures_util::future::join_all((0..64).map(|number| {
                let idp = idp.clone();
                async move { idp.create(&user(&format!("u{part}-{number}"))).await }
            }));
            let strangers = futures_util::future::join_all((0..8).map(|number| {
                let other = other.clone();
                async move { other.create(&user(&format!("s{part}-{number}"))).await }
            }));
            let (made, _) = tokio::join!(made, strangers);
            all.extend(made.iter().map(|user| id(user).to_owned()));
        }
        assert_eq!(all.len(), 1088);
        let (list, first) = page(&idp, "count=5000").await;
        assert_eq!((first.len(), &list["totalResults"]), (1000, &json!(1088)));
        let mut seen = first.clone();
        let (_, rest) = page(&idp, "startIndex=1001&count=1000").await;
        seen.extend(rest);
        assert_eq!(seen.iter().collect::<BTreeSet<_>>(), all.iter().collect::<BTreeSet<_>>());
        for (start, count) in [(1, 1), (256, 2), (257, 1), (512, 3), (700, 64), (1000, 2), (1088, 5)] {
            let (_, ids) = page(&idp, &format!("startIndex={start}&count={count}")).await;
            let end = (start - 1 + count).min(1088);
            assert_eq!(ids, seen[start - 1..end], "{start} {count}");
        }
        // A whole stretch goes, and the pages close up.
        for part in seen[100..400].chunks(50) {
            futures_util::future::join_all(part.iter().map(|id| idp.delete(id))).await;
        }
        let left = [&seen[..100], &seen[400..]].concat();
        for start in [1, 90, 101, 500, 788] {
            let (list, ids) = page(&idp, &format!("startIndex={start}&count=20")).await;
            assert_eq!(list["totalResults"], 788);
            assert_eq!(ids, left[start - 1..(start + 19).min(788)], "{start}");
        }
    }
}

on_each_engine! {
    async fn lists_are_sorted_by_what_is_asked_for(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mut ids = Vec::new();
        for (name, title) in [("b", Some("x")), ("C", None), ("a", Some("Y"))] {
            let created = idp.create(&with(user(name), json!({"title": title}))).await;
            ids.push(id(&created).to_owned());
        }
        let pick = |order: [usize; 3]| order.map(|position| ids[position].clone()).to_vec();
        for (query, order) in [
            ("sortBy=userName", [2, 0, 1]),
            ("sortBy=userName&sortOrder=descending", [1, 0, 2]),
            ("sortBy=USERNAME&sortOrder=Ascending", [2, 0, 1]),
            ("sortBy=title", [0, 2, 1]),
            ("sortBy=title&sortOrder=descending", [1, 2, 0]),
            ("sortBy=meta.created&sortOrder=descending", [2, 1, 0]),
            ("sortOrder=descending", [0, 1, 2]),
        ] {
            assert_eq!(page(&idp, query).await.1, pick(order), "{query}");
        }
        assert_eq!(page(&idp, "sortBy=userName&startIndex=2&count=1").await.1, [ids[0].clone()]);
    }
}

on_each_engine! {
    /// Pages that are asked for one after the other make up the list, because equals have an order, too.
    async fn pages_by_position_make_up_one_list_also_where_resources_are_alike(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        for number in 0..9 {
            let alike = json!({"title": if number % 2 == 0 { "x" } else { "y" }, "active": number % 3 == 0});
            users.push(id(&idp.create(&with(user(&format!("u{number}")), alike)).await).to_owned());
            groups.push(make(&idp, &format!("g{number}"), &[]).await);
        }
        // What PostgreSQL writes anew it stores elsewhere; the order does not follow.
        for id in [&users[7], &users[0]] {
            idp.patch(id, json!([{"op": "replace", "path": "nickName", "value": "n"}])).await.expect(200);
        }
        let by_title: Vec<_> = users.iter().step_by(2).chain(users.iter().skip(1).step_by(2)).cloned().collect();
        let backwards: Vec<_> = users.iter().skip(1).step_by(2).chain(users.iter().step_by(2)).cloned().collect();
        let everything = [users.clone(), groups.clone()].concat();
        for (endpoint, asked, expected) in [
            ("/Users", json!({}), &users),
            ("/Users", json!({"filter": "userName sw \"u\""}), &users),
            ("/Users", json!({"sortBy": "title"}), &by_title),
            ("/Users", json!({"sortBy": "title", "sortOrder": "descending"}), &backwards),
            ("/Users", json!({"sortBy": "addresses.region"}), &users),
            ("/Groups", json!({}), &groups),
            ("/Groups", json!({"filter": "displayName pr"}), &groups),
            ("/Groups", json!({"sortBy": "members"}), &groups),
            ("", json!({}), &everything),
        ] {
            for count in [1, 2, 4, 7, 20] {
                let mut seen: Vec<String> = Vec::new();
                while seen.len() < expected.len() {
                    let page = json!({"schemas": [SEARCH], "startIndex": seen.len() + 1, "count": count});
                    let list = idp.post(&format!("{endpoint}/.search"), &with(page, asked.clone())).await.expect(200).json();
                    let shown = list["Resources"].as_array().unwrap();
                    assert!(!shown.is_empty(), "{list}");
                    assert_eq!(list["totalResults"], expected.len());
                    seen.extend(shown.iter().map(|one| id(one).to_owned()));
                }
                assert_eq!(&seen, expected, "{endpoint} {asked} in pages of {count}");
            }
        }
    }
}

on_each_engine! {
    async fn search_answers_what_the_list_answers(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        crowd(&idp, 5).await;
        let schema = json!({"schemas": [SEARCH]});
        for (query, body) in [
            ("", json!({})),
            ("filter=userName%20sw%20%22u000%22&count=2", json!({"filter": "userName sw \"u000\"", "count": 2})),
            ("startIndex=2&count=2&sortBy=userName&sortOrder=descending",
             json!({"startIndex": 2, "count": 2, "sortBy": "userName", "sortOrder": "descending"})),
            ("attributes=userName,meta.version", json!({"attributes": ["userName", "meta.version"]})),
            ("excludedAttributes=externalId,meta", json!({"excludedAttributes": ["externalId", "meta"]})),
            ("count=0", json!({"count": 0})),
        ] {
            let listed = idp.get(&format!("/Users?{query}")).await.expect(200).text;
            let body = with(schema.clone(), body);
            assert_eq!(idp.post("/Users/.search", &body).await.expect(200).text, listed, "{query}");
            assert_eq!(idp.post("/.search", &body).await.expect(200).text, listed, "{query}");
        }
        // Whoever posts a user there by mistake must not be answered with everybody.
        idp.post("/Users/.search", &user("x")).await.refused(400, Some("invalidSyntax"));
        let malformed = with(schema, json!({"filter": "userName"}));
        idp.post("/Users/.search", &malformed).await.refused(400, Some("invalidFilter"));
    }
}
