//! Walks with cursors (RFC 9865): who is in them, what others do meanwhile, and which cursors lead nowhere.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::groups::{group, make, patch};
use crate::world::daemon::Daemon;
use crate::world::idp::{Idp, id, user, with};
use crate::world::on_each_engine;
use crate::world::tenancy::House;

const HERE: &str = "127.0.0.1";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// A page and what it says about itself.
struct Page {
    list: Value,
    ids: Vec<String>,
}

impl Page {
    fn read(list: Value) -> Self {
        let ids: Vec<String> = list["Resources"].as_array().unwrap().iter().map(|one| id(one).to_owned()).collect();
        assert_eq!(list["itemsPerPage"], ids.len(), "{list}");
        assert!(list.get("startIndex").is_none(), "a page of a walk has no position: {list}");
        Self { list, ids }
    }

    fn next(&self) -> Option<&str> {
        self.list.get("nextCursor").map(|cursor| cursor.as_str().unwrap())
    }
}

/// How a walk asks for its pages.
#[derive(Clone, Copy)]
enum By<'a> {
    /// `GET` of an endpoint, with the rest of the query.
    Get(&'a str, &'a str),
    /// `POST` of a search, with a filter or without.
    Search(&'a str, Option<&'a str>),
}

async fn page(idp: &Idp, by: By<'_>, cursor: &str, count: usize) -> Page {
    let answer = match by {
        By::Get(endpoint, rest) => idp.get(&format!("{endpoint}?cursor={cursor}&count={count}{rest}")).await,
        By::Search(endpoint, filter) => {
            let mut body = json!({"schemas": [SEARCH], "cursor": cursor, "count": count});
            if let Some(filter) = filter {
                body["filter"] = filter.into();
            }
            idp.post(endpoint, &body).await
        }
    };
    Page::read(answer.expect(200).json())
}

/// All pages from the first to the last.
async fn walk(idp: &Idp, by: By<'_>, count: usize) -> Vec<Page> {
    let mut pages = vec![page(idp, by, "", count).await];
    while let Some(next) = pages.last().and_then(Page::next).map(str::to_owned) {
        pages.push(page(idp, by, &next, count).await);
    }
    pages
}

fn ids(pages: &[Page]) -> Vec<String> {
    pages.iter().flat_map(|page| page.ids.clone()).collect()
}

async fn crowd(idp: &Idp, names: impl Iterator<Item = String>) -> Vec<String> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(id(&idp.create(&user(&name)).await).to_owned());
    }
    ids
}

on_each_engine! {
    async fn a_walk_shows_everybody_once_in_the_order_of_arrival(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let other = daemon.tenant("other");
        let mut users = Vec::new();
        for number in 0..8 {
            // The numbering of rows has gaps here.
            crowd(&other, [format!("s{number}")].into_iter()).await;
            users.extend(crowd(&idp, [format!("u{number}")].into_iter()).await);
        }
        let mut groups = Vec::new();
        for (number, member) in users.iter().take(4).enumerate() {
            groups.push(make(&idp, &format!("g{number}"), &[member]).await);
        }
        let everything = [users.clone(), groups.clone()].concat();
        for (by, all) in [
            (By::Get("/Users", ""), &users),
            (By::Search("/Users/.search", None), &users),
            (By::Get("/Users", "&filter=username+sw+%22u%22"), &users),
            (By::Get("/Users", "&attributes=userName"), &users),
            (By::Get("/Groups", ""), &groups),
            (By::Get("/Groups", "&excludedAttributes=members"), &groups),
            (By::Search("/Groups/.search", Some("displayName sw \"g\"")), &groups),
            (By::Search("/.search", None), &everything),
            (By::Search("/.search", Some("id pr")), &everything),
        ] {
            for count in 1..=13 {
                let pages = walk(&idp, by, count).await;
                assert_eq!(&ids(&pages), all, "pages of {count}");
                // As many pages as it takes, and none that is empty.
                assert_eq!(pages.len(), all.len().div_ceil(count), "pages of {count}");
                assert!(pages.iter().all(|page| page.list["totalResults"] == all.len()), "pages of {count}");
            }
        }
        let nobody = page(&idp, By::Get("/Users", "&filter=userName+eq+%22x%22"), "", 10).await;
        assert_eq!((nobody.list["totalResults"].as_u64(), nobody.next()), (Some(0), None));
        // Who wants to know how many there are is told, and not sent through pages without anybody.
        for endpoint in ["/Users", "/Groups"] {
            for count in ["0", "-1"] {
                let list = idp.get(&format!("{endpoint}?cursor&count={count}")).await.expect(200).json();
                let total = if endpoint == "/Users" { 8 } else { 4 };
                assert_eq!((&list["totalResults"], &list["Resources"]), (&json!(total), &json!([])), "{list}");
                assert!(list.get("nextCursor").is_none(), "{list}");
            }
        }
        // Without a cursor nothing has changed.
        let list = idp.get("/Users?count=3").await.expect(200).json();
        assert_eq!((&list["startIndex"], list.get("nextCursor")), (&json!(1), None));
    }
}

on_each_engine! {
    async fn who_goes_or_changes_during_a_walk_moves_nobody_else(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let all = crowd(&idp, (0..10).map(|number| format!("u{number}"))).await;
        let by = By::Get("/Users", "");
        let first = page(&idp, by, "", 4).await;
        assert_eq!(first.ids, all[..4]);
        // The one whose place the cursor holds, one in front of it and the next one behind it.
        for gone in [3, 0, 4] {
            idp.delete(&all[gone]).await.expect(204);
        }
        let renamed = json!([{"op": "replace", "path": "userName", "value": "aaa"}]);
        idp.patch(&all[6], renamed).await.expect(200);
        let new = crowd(&idp, ["new".to_owned()].into_iter()).await;
        let second = page(&idp, by, first.next().unwrap(), 4).await;
        assert_eq!(second.ids, all[5..9]);
        let third = page(&idp, by, second.next().unwrap(), 4).await;
        assert_eq!(third.ids, [&all[9..], &new].concat());
        assert_eq!(third.next(), None);
        // As many as there were when it began.
        assert!([&first, &second, &third].iter().all(|page| page.list["totalResults"] == 10));
        // The same cursor leads to the same place as often as one likes, also after a restart.
        assert!(daemon.terminate().success());
        daemon.start();
        assert_eq!(page(&idp, by, first.next().unwrap(), 2).await.ids, all[5..7]);
    }
}

/// Changes of users and groups other than those that stay, and of those as well, until `stop`.
async fn disturb(idp: &Idp, number: usize, stayers: &[String], groups: &[String], stop: &AtomicBool) {
    let mut own = Vec::new();
    let mut round = 0usize;
    while !stop.load(Ordering::Relaxed) {
        round += 1;
        let name = format!("w{number}-{round}");
        own.push((id(&idp.create(&user(&name)).await).to_owned(), make(idp, &name, &[]).await));
        let stayer = &stayers[(round * 7 + number) % stayers.len()];
        let title = json!([{"op": "replace", "path": "title", "value": format!("t{number}-{round}")}]);
        idp.patch(stayer, title).await.expect(200);
        let group = &groups[(round + number) % groups.len()];
        let operation = if round.is_multiple_of(2) { "add" } else { "remove" };
        let path = format!("members[value eq \"{stayer}\"]");
        let members = if operation == "add" {
            json!([{"op": "add", "path": "members", "value": [{"value": stayer}]}])
        } else {
            json!([{"op": "remove", "path": path}])
        };
        patch(idp, group, members).await.expect(204);
        if own.len() > 3 {
            let (user, group) = own.remove(fastrand::usize(..own.len()));
            idp.delete(&user).await.expect(204);
            idp.send("DELETE", &format!("/Groups/{group}"), &[], "").await.expect(204);
        }
    }
}

on_each_engine! {
    /// Leavers stand between those who stay, so that every page begins somewhere that may be gone by then.
    async fn who_stays_is_shown_exactly_once_while_others_come_and_go(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let (mut stayers, mut leavers) = (Vec::new(), Vec::new());
        for number in 0..90 {
            let made = crowd(&idp, [format!("u{number}")].into_iter()).await;
            if number % 3 == 0 { leavers.extend(made) } else { stayers.extend(made) }
        }
        let mut groups = Vec::new();
        for number in 0..12 {
            groups.push(make(&idp, &format!("stays {number}"), &[]).await);
        }
        let stop = AtomicBool::new(false);
        let writers = join_all((0..4).map(|number| disturb(&idp, number, &stayers, &groups, &stop)));
        let walks = async {
            let all = [stayers.clone(), groups.clone()].concat();
            for (by, expected) in [
                (By::Get("/Users", ""), &stayers),
                (By::Get("/Users", "&filter=userName+sw+%22u%22"), &stayers),
                (By::Get("/Groups", ""), &groups),
                (By::Search("/.search", None), &all),
                (By::Search("/.search", Some("meta.version pr")), &all),
            ] {
                let mut pages = vec![page(&idp, by, "", 7).await];
                while let Some(next) = pages.last().and_then(Page::next).map(str::to_owned) {
                    // Somebody goes between any two pages, preferably whose place the cursor holds.
                    let last = &pages.last().unwrap().ids;
                    let position = leavers.iter().position(|id| last.contains(id)).unwrap_or(0);
                    if position < leavers.len() {
                        idp.delete(&leavers.remove(position)).await.expect(204);
                    }
                    pages.push(page(&idp, by, &next, 7).await);
                }
                let mut seen: BTreeMap<String, usize> = BTreeMap::new();
                for id in ids(&pages) {
                    *seen.entry(id).or_default() += 1;
                }
                for id in expected {
                    assert_eq!(seen.get(id), Some(&1), "{id}");
                }
                let order: Vec<_> = ids(&pages).into_iter().filter(|id| expected.contains(id)).collect();
                assert_eq!(&order, expected, "in the order of arrival");
                assert!(seen.values().all(|times| *times == 1), "somebody is shown twice");
            }
            stop.store(true, Ordering::Relaxed);
        };
        tokio::join!(writers, walks);
    }
}

on_each_engine! {
    async fn t2_a_cursor_is_good_for_its_own_query_of_its_own_tenant_alone(daemon: Daemon) {
        let (idp, other) = (daemon.tenant("acme"), daemon.tenant("other"));
        for idp in [&idp, &other] {
            crowd(idp, (0..3).map(|number| format!("u{number}"))).await;
            for number in 0..3 {
                make(idp, &format!("u{number}"), &[]).await;
            }
        }
        let of_users = page(&idp, By::Get("/Users", ""), "", 1).await.next().unwrap().to_owned();
        let filtered = "&filter=meta.version+pr";
        let of_filter = page(&idp, By::Get("/Users", filtered), "", 1).await.next().unwrap().to_owned();
        let of_groups = page(&idp, By::Get("/Groups", ""), "", 1).await.next().unwrap().to_owned();
        let of_all = page(&idp, By::Search("/.search", None), "", 1).await.next().unwrap().to_owned();
        let mut forged: Vec<String> = (0..of_users.len()).step_by(5).map(|position| {
            let letter = if of_users.as_bytes()[position] == b'A' { "B" } else { "A" };
            let mut changed = of_users.clone();
            changed.replace_range(position..=position, letter);
            changed
        }).collect();
        forged.extend(["x".to_owned(), "0".repeat(55), format!("{of_users}A"), of_users[1..].to_owned(), "%20".to_owned(), "%F0%9F%A6%80".to_owned()]);
        let mut wrong: Vec<(&Idp, String)> = forged.iter().map(|cursor| (&idp, format!("/Users?cursor={cursor}"))).collect();
        for cursor in [&of_filter, &of_groups, &of_all] {
            wrong.push((&idp, format!("/Users?cursor={cursor}")));
        }
        for cursor in [&of_users, &of_all] {
            wrong.push((&idp, format!("/Groups?cursor={cursor}")));
            wrong.push((&idp, format!("/Users?cursor={cursor}{filtered}")));
        }
        wrong.push((&idp, format!("/Users?cursor={of_filter}&filter=meta.created+pr")));
        wrong.push((&other, format!("/Users?cursor={of_users}")));
        wrong.push((&other, format!("/Groups?cursor={of_groups}")));
        let mut words = Vec::new();
        for (idp, path) in wrong {
            words.push(idp.get(&path).await.refused(400, Some("invalidCursor")));
        }
        // A foreign one is refused in the words in which a forged one is.
        assert!(words.windows(2).all(|two| two[0] == two[1]), "{words:?}");
        for (endpoint, cursor) in [("/.search", &of_users), ("/Users/.search", &of_groups), ("/Groups/.search", &of_all)] {
            let body = json!({"schemas": [SEARCH], "cursor": cursor});
            idp.post(endpoint, &body).await.refused(400, Some("invalidCursor"));
        }
        // A number in a body is no cursor either, and nothing at all is no wish for one.
        idp.post("/.search", &json!({"schemas": [SEARCH], "cursor": 7})).await.refused(400, Some("invalidCursor"));
        let list = idp.post("/.search", &json!({"schemas": [SEARCH], "cursor": null})).await.expect(200).json();
        assert_eq!(list["startIndex"], 1);
        // Another token of the same identity provider goes on, and the size of a page may change.
        let token = daemon.token("acme", &["--label", "second"]);
        let second = idp.with_token(token["token"].as_str().unwrap());
        assert_eq!(page(&second, By::Get("/Users", ""), &of_users, 9).await.ids.len(), 2);
    }
}

on_each_engine! {
    async fn what_does_not_go_together_with_a_cursor_is_refused_with_what_to_change(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for endpoint in ["/Users", "/Groups"] {
            for count in ["", "ten", "1.5"] {
                let path = format!("{endpoint}?cursor=&count={count}");
                idp.get(&path).await.refused(400, Some("invalidCount"));
            }
            let words = idp.get(&format!("{endpoint}?cursor=&startIndex=1")).await.refused(400, Some("invalidValue"));
            assert!(words.contains("leave one of them out"), "{words}");
            let words = idp.get(&format!("{endpoint}?cursor=&sortBy=id")).await.refused(400, Some("invalidValue"));
            assert!(words.contains("leave sortBy out"), "{words}");
            idp.get(&format!("{endpoint}?cursor=&cursor=")).await.refused(400, Some("invalidValue"));
            // A page is never larger than is published, whatever is wished for.
            idp.get(&format!("{endpoint}?cursor=&count=100000")).await.expect(200);
        }
        let both = json!({"schemas": [SEARCH], "cursor": "", "startIndex": 1});
        idp.post("/.search", &both).await.refused(400, Some("invalidValue"));
    }
}

on_each_engine! {
    async fn a_cursor_is_good_for_an_hour_and_on_every_replica(house: House) {
        house.bare_tenant("acme").await;
        let token = house.token("acme", "test", None).await;
        let token = token.token.reveal();
        for name in ["a", "b", "c", "d"] {
            house.scim(HERE, token, "POST", "/scim/v2/Users", user(name).to_string()).await.expect(201);
        }
        let replica = House { app: house.replica().await, ..house };
        let first = replica.scim(HERE, token, "GET", "/scim/v2/Users?cursor=&count=1", "").await.expect(200).json();
        let ask = async |cursor: &Value| {
            let path = format!("/scim/v2/Users?cursor={}&count=1", cursor.as_str().unwrap());
            replica.scim(HERE, token, "GET", &path, "").await
        };
        let config = replica.ask(HERE, "GET", "/scim/v2/ServiceProviderConfig", &[], "").await.expect(200).json();
        let timeout = Duration::from_secs(config["pagination"]["cursorTimeout"].as_u64().unwrap());
        replica.clock.turn(timeout);
        // Each page has an hour of its own.
        let second = ask(&first["nextCursor"]).await.expect(200).json();
        replica.clock.turn(timeout);
        let words = ask(&first["nextCursor"]).await.refused(400, Some("expiredCursor"));
        assert!(words.contains("3600 s") && words.contains("begin anew"), "{words}");
        ask(&second["nextCursor"]).await.expect(200);
    }
}

on_each_engine! {
    /// A thousand users may have 64 MiB; what a page holds in memory is bounded all the same.
    async fn l3_a_page_of_large_users_ends_early_and_the_next_one_goes_on_there(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let certificates = ["A", "B", "C"].map(|letter| json!({"value": letter.repeat(16_000)}));
        let certificates = json!({"x509Certificates": certificates});
        let mut users = Vec::new();
        for number in 0..100 {
            users.push(id(&idp.create(&with(user(&format!("u{number}")), certificates.clone())).await).to_owned());
        }
        let sales = id(&idp.post("/Groups", &group("Sales", &[])).await.expect(201).json()).to_owned();
        let all = [users.clone(), vec![sales]].concat();
        let large = |answer: &str| answer.len() > 4 * 1024 * 1024 && answer.len() < 4 * 1024 * 1024 + 128 * 1024;
        for (path, expected) in [("/Users", &users), ("/.search", &all)] {
            let (mut seen, mut position) = (Vec::new(), 1);
            while seen.len() < expected.len() {
                let answer = if path == "/Users" {
                    idp.get(&format!("/Users?startIndex={position}&count=1000")).await
                } else {
                    idp.post(path, &json!({"schemas": [SEARCH], "startIndex": position, "count": 1000})).await
                };
                let answer = answer.expect(200);
                let list = answer.json();
                assert_eq!((&list["totalResults"], &list["startIndex"]), (&json!(expected.len()), &json!(position)));
                let items = list["itemsPerPage"].as_u64().unwrap();
                assert!(position > 1 || (items < 100 && large(&answer.text)), "{items} in {}", answer.text.len());
                seen.extend(list["Resources"].as_array().unwrap().iter().map(|one| id(one).to_owned()));
                position += items;
            }
            assert_eq!(&seen, expected);
        }
        for (by, expected) in [
            (By::Get("/Users", ""), &users),
            (By::Get("/Users", "&filter=userName+sw+%22u%22"), &users),
            (By::Search("/.search", None), &all),
        ] {
            let pages = walk(&idp, by, 1000).await;
            assert_eq!((&ids(&pages), pages.len()), (expected, 2));
        }
        assert_eq!(page(&idp, By::Get("/Users", ""), "", 1).await.ids, users[..1]);
    }
}
