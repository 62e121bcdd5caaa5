//! `/stock/import` and `/stock/export`.

use serde_json::json;

use super::each;
use crate::api::Office;
use crate::world::door::Answer;
use crate::world::on_each_engine;

impl Office {
    async fn import(&self, query: &str, file: impl Into<String>) -> Answer {
        self.send("POST", &format!("/stock/import{query}"), &[("content-type", "text/csv")], Into::<String>::into(file))
            .await
    }
}

const FILE: &str = "kind;key;pool;label;number;target;notify\r\n\
                    Rufnummer;+49 30 1234-10…12;Berlin;Zentrale;;;\r\n\
                    extension;201-203;Sales;;+49 30 1234-10…12;;\r\n\
                    device;;Sales;;;;\r\n\
                    mailbox;Sales;;;201;;sales@acme.example\r\n\
                    destination;Nachtschaltung;;;;mailbox:Sales;\r\n";

on_each_engine! {
    async fn a_file_is_checked_as_a_whole_before_anything_is_written(office: Office) {
        let checked = office.import("?check=true&make_pools=true", FILE).await.expect(200).json();
        assert_eq!((&checked["lines"], &checked["things"], &checked["written"]), (&json!(5), &json!(9), &json!(false)));
        assert_eq!(checked["new_pools"], json!(["Berlin", "Sales"]));
        assert_eq!(checked["mistakes"], json!([]));
        assert_eq!(office.house.database.count("things").await + office.house.database.count("pools").await, 0);
        // Pools are made only where that is meant.
        let missing = office.import("?check=true", FILE).await.expect(200).json();
        let lines: Vec<_> = missing["mistakes"].as_array().unwrap().iter().map(|m| (&m["line"], &m["column"])).collect();
        assert_eq!(lines, [(&json!(2), &json!("pool")), (&json!(3), &json!("pool"))]);
        assert_eq!(missing["mistakes"][0]["message"], "there is no pool \"Berlin\": make it first, or let the import make pools");
        let refused = office.import("", FILE).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/2/pool", "/3/pool"]);
        assert_eq!(office.house.database.count("things").await, 0);
        let written = office.import("?make_pools=true", FILE).await.expect(200).json();
        assert_eq!((&written["written"], &written["things"]), (&json!(true), &json!(9)));
        let count = |kind: &str, count: u64| json!({"kind": kind, "count": count});
        let counts = [count("voice_number", 3), count("extension", 3), count("device", 1), count("destination", 1), count("mailbox", 1)];
        let told = written["kinds"].as_array().unwrap();
        assert!(told.len() == 5 && counts.iter().all(|one| told.contains(one)), "{told:?}");
        let page = office.get("/extensions").await.json();
        assert_eq!(each(&page, "number"), ["+4930123410", "+4930123411", "+4930123412"]);
        assert_eq!(office.get("/devices").await.json()["items"][0]["secret_made_at"], json!(null));
    }
}

on_each_engine! {
    async fn every_mistake_of_a_file_is_told_by_line_and_column_at_once(office: Office) {
        office.extensions("201", None).await;
        let file = "kind,key,pool,label\n\
                    extension,201,,\n\
                    extension,110,,\n\
                    fax,+49 30 1234500,,\n\
                    extension,300,,\n\
                    extension,300,,a\u{202e}b\n";
        let refused = office.import("", file).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/2/key", "/3/key", "/4/kind", "/6/label"]);
        assert_eq!(office.house.database.count("things").await, 1);
        for (file, why) in [("", "empty"), ("key\n1\n", "kind"), ("kind;key;colour\n", "colour"), ("kind;key\n\u{0}", "")] {
            let refused = office.import("", file).await;
            assert!(refused.problem(422, "invalid-values").contains(why), "{refused:?}");
        }
        office.send("POST", "/stock/import", &[], "{}").await.problem(415, "unsupported-media-type");
    }
}

on_each_engine! {
    async fn five_thousand_lines_are_taken_in_one_go_and_those_who_wait_served(office: Office) {
        let pool = office.pool("Sales").await;
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        for employee in [&ada, &bob] {
            let waits = json!({"kind": "extension", "pool": pool, "wait": true});
            office.give(employee, &waits).await.expect(201);
        }
        let mut file = "kind;key;pool\n".to_owned();
        for line in 0..5_000 {
            file.push_str(&format!("extension;{};Sales\n", 20_000 + line));
        }
        let key = [("content-type", "text/csv"), ("idempotency-key", "k")];
        let taken = office.send("POST", "/stock/import", &key, file.as_str()).await.expect(200);
        assert_eq!(taken.json()["things"], 5_000);
        assert_eq!((office.has(&ada).await, office.has(&bob).await), (vec!["20000".into()], vec!["20001".into()]));
        let level = json!({"kind": "extension", "total": 5000, "free": 4998, "assigned": 2, "held": 0, "disabled": 0});
        assert_eq!(office.get(&format!("/pools/{pool}")).await.json()["levels"], json!([level]));
        let again = office.send("POST", "/stock/import", &key, file.as_str()).await.expect(200);
        assert_eq!(again.header("idempotent-replay"), "true");
        let refused = office.import("", file).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers().len(), 1_001, "a thousand, and how many more");
    }
}

on_each_engine! {
    async fn what_is_exported_can_be_imported_elsewhere(office: Office) {
        office.import("?make_pools=true", FILE).await.expect(200);
        let ada = office.employee("ada").await;
        office.give(&ada, &json!({"kind": "extension", "key": "201"})).await.expect(201);
        let exported = office.get("/stock/export").await.expect(200);
        assert_eq!(exported.header("content-type"), "text/csv; charset=utf-8");
        assert!(exported.text.starts_with('\u{feff}') && exported.text.lines().count() == 10, "{}", exported.text);
        assert!(exported.text.contains("'+4930123410"), "{}", exported.text);
        assert!(exported.text.contains("\"assigned\";\"ada@x.example\""), "{}", exported.text);
        // The device's name was given here and is given to nobody else.
        let again = office.import("?check=true", exported.text.clone()).await.expect(200).json();
        assert_eq!(again["mistakes"].as_array().unwrap().len(), 9);
        for table in ["grants", "things", "pools", "device_names"] {
            office.house.database.execute(&format!("DELETE FROM {table}")).await;
        }
        let taken = office.import("?make_pools=true", exported.text.clone()).await.expect(200).json();
        assert_eq!(taken["things"], 9);
    }
}
