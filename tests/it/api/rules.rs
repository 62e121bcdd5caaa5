//! `/rules`, `/preview` and `/employees/{id}/why`.

use serde_json::{Value, json};

use super::{Office, id};
use crate::groups::group;
use crate::rules::{one_extension, pool, thing};
use crate::world::idp::user;
use crate::world::on_each_engine;

const AS_TOML: (&str, &str) = ("content-type", "application/toml");

impl Office {
    /// Ada and Max in Sales, and one extension for both.
    async fn sales(&self) -> [String; 3] {
        let mut people = Vec::new();
        for name in ["ada", "max"] {
            let made = self.scim("POST", "/Users", &user(name)).await.expect(201).json();
            people.push(id(&made).to_owned());
        }
        let made = self.scim("POST", "/Groups", &group("Sales", &[&people[0], &people[1]])).await.expect(201);
        pool(&self.house.database, "sales").await;
        thing(&self.house.database, "extension", "201", Some("sales")).await;
        [people.remove(0), people.remove(0), id(&made.json()).to_owned()]
    }
}

fn as_json() -> Value {
    json!({"rule": [{"name": "Sales", "group": "Sales", "extensions": [{"pool": "sales"}]}]})
}

on_each_engine! {
    async fn rules_are_read_and_written_as_json_or_toml(office: Office) {
        office.sales().await;
        let none = office.get("/rules").await.expect(200);
        assert_eq!(none.json(), json!({"rule": []}));
        let nothing = none.header("etag").to_owned();
        let put = office.send("PUT", "/rules", &[("if-match", &nothing)], as_json().to_string()).await.expect(200);
        assert_eq!((&put.json()["version"], &put.json()["summary"]["text"]), (&json!(1), &json!("1 gains, 1 waits")));
        let shown = office.get("/rules").await.expect(200);
        assert_eq!(shown.json(), as_json());
        let first = shown.header("etag").to_owned();
        assert!(first.starts_with("\"1."), "{first}");
        office.send("GET", "/rules", &[("if-none-match", &first)], "").await.expect(304);
        let toml = office.send("GET", "/rules", &[("accept", "application/toml")], "").await.expect(200);
        assert_eq!((toml.header("content-type"), toml.text.as_str()), ("application/toml", one_extension("Sales", "Sales").as_str()));

        let text = format!("# as it was agreed\n{}", one_extension("Sales", "Nobody"));
        let put = office.send("PUT", "/rules", &[AS_TOML, ("if-match", &first)], text.as_str()).await.expect(200);
        assert_eq!((&put.json()["version"], &put.json()["summary"]["lose"]), (&json!(2), &json!(2)));
        office.send("PUT", "/rules", &[AS_TOML, ("if-match", &first)], text.as_str()).await.problem(412, "version-mismatch");
        let toml = office.send("GET", "/rules/versions/2", &[("accept", "application/toml")], "").await.expect(200);
        assert_eq!(toml.text, text);
        let one = office.get("/rules/versions/1").await.expect(200).json();
        assert_eq!((&one["version"], &one["rules"], &one["toml"]), (&json!(1), &as_json(), &json!(one_extension("Sales", "Sales"))));
        assert!(one["author"].as_str().unwrap().starts_with("token "), "{one}");
        let page = office.get("/rules/versions?limit=1").await.expect(200).json();
        assert_eq!((&page["items"][0]["version"], page["items"].as_array().unwrap().len()), (&json!(2), 1));
        let page = office.get(&format!("/rules/versions?limit=1&cursor={}", page["next"].as_str().unwrap())).await.expect(200);
        assert_eq!((&page.json()["items"][0]["version"], &page.json()["next"]), (&json!(1), &Value::Null));
        office.get("/rules/versions/3").await.problem(404, "not-found");
        office.get("/rules/versions/x").await.problem(404, "not-found");
    }
}

on_each_engine! {
    async fn mistakes_are_named_by_their_place_all_at_once(office: Office) {
        let toml = "[[rule]]\nname = \"Sales\"\ngruop = \"Sales\"\nextensions = [\"x\"]\n";
        let refused = office.send("PUT", "/rules", &[AS_TOML], toml).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/rule/0/group", "/rule/0/gruop", "/rule/0/extensions/0"]);
        let json = json!({"rule": [{"name": "Sales", "gruop": "Sales", "numbers": [{"pol": "x"}], "mailboxes": [{"pool": "x"}]}]});
        let refused = office.send("PUT", "/rules", &[], json.to_string()).await;
        refused.problem(422, "invalid-values");
        assert!(refused.text.contains("did you mean group?") && refused.text.contains("did you mean pool?"), "{refused:?}");
        let wrong = json!({"rule": [{"name": "Sales", "group": "Sales", "extensions": ["x"]}]});
        let refused = office.send("PUT", "/rules", &[], wrong.to_string()).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/rule/0/extensions/0"]);
        let told = office.post("/rules/check", &json!({"toml": toml})).await.expect(200).json();
        assert_eq!((&told["valid"], told["errors"].as_array().unwrap().len()), (&json!(false), 3));
        assert_eq!((&told["errors"][0]["line"], &told["errors"][1]["pointer"]), (&json!(1), &json!("/rule/0/gruop")));
        let told = office.post("/rules/check", &json!({"rules": as_json()})).await.expect(200).json();
        assert_eq!((&told["valid"], told["warnings"].as_array().unwrap().len()), (&json!(true), 2));
        for wrong in [json!({}), json!({"toml": "", "version": 1}), json!({"toml": 1}), json!({"version": 0}), json!({"x": 1})] {
            office.post("/rules/check", &wrong).await.problem(422, "invalid-values");
        }
        office.post("/rules/plan", &json!({"version": 7})).await.problem(404, "not-found");
        office.send("POST", "/rules/plan", &[("content-type", "text/csv")], "").await.problem(415, "unsupported-media-type");
    }
}

on_each_engine! {
    async fn d5_a_plan_is_applied_as_it_was_shown_or_refused_with_the_difference(office: Office) {
        let [ada, _, sales] = office.sales().await;
        let plan = office.post("/rules/plan", &json!({"rules": as_json()})).await.expect(200).json();
        assert_eq!((&plan["base"], &plan["summary"]["text"]), (&json!(0), &json!("1 gains, 1 waits")));
        let line = json!({"user_name": "ada@x.example", "employee": ada, "change": "gains", "what": "extension 201", "why": "rule Sales, pool sales"});
        assert_eq!(plan["lines"][0], line);
        let leave = json!({"schemas": [crate::world::idp::PATCH_OP], "Operations": [{"op": "remove", "path": format!("members[value eq \"{ada}\"]")}]});
        office.scim("PATCH", &format!("/Groups/{sales}"), &leave).await.expect(204);
        let apply = json!({"rules": as_json(), "fingerprint": plan["fingerprint"], "shown": plan["lines"]});
        let refused = office.post("/rules/apply", &apply).await;
        refused.problem(409, "plan-changed");
        let told = refused.json();
        assert_eq!(told["gone"].as_array().unwrap().len(), 2, "{told}");
        assert_eq!(told["gone"][0], line);
        assert_eq!(told["new"][0]["user_name"], "max@x.example");
        let apply = json!({"rules": as_json(), "fingerprint": told["fingerprint"]}).to_string();
        let key = [("idempotency-key", "k")];
        let applied = office.send("POST", "/rules/apply", &key, apply.as_str()).await.expect(200);
        assert_eq!((&applied.json()["version"], &applied.json()["lines"]), (&json!(1), &told["new"]));
        let again = office.send("POST", "/rules/apply", &key, apply.as_str()).await.expect(200);
        assert_eq!((again.header("idempotent-replay"), again.text.as_str()), ("true", applied.text.as_str()));

        office.send("PUT", "/rules", &[AS_TOML], "").await.expect(200);
        let plan = office.post("/rules/plan", &json!({"version": 1})).await.expect(200).json();
        let back = json!({"version": 1, "fingerprint": plan["fingerprint"]});
        let back = office.post("/rules/rollback", &back).await.expect(200).json();
        assert_eq!((&back["version"], &back["lines"]), (&json!(3), &plan["lines"]));
    }
}

on_each_engine! {
    async fn i4_a_reader_may_plan_and_preview_but_not_apply(office: Office) {
        use deskgate::domain::credential::TokenScope;
        let reader = office.house.token_for(TokenScope::AdminRead, "acme", "reader", None).await.token;
        let reader = Office { writer: reader.reveal().to_owned(), ..office };
        let what = json!({"rules": as_json()});
        for path in ["/rules/check", "/rules/plan", "/preview"] {
            reader.post(path, &what).await.expect(200);
        }
        reader.post("/rules/apply", &what).await.problem(403, "insufficient-scope");
        reader.post("/rules/rollback", &json!({"version": 1})).await.problem(403, "insufficient-scope");
        reader.send("PUT", "/rules", &[], as_json().to_string()).await.problem(403, "insufficient-scope");
    }
}

on_each_engine! {
    async fn d5_what_would_come_of_a_change_is_told_and_nothing_is_written(office: Office) {
        let [ada, max, sales] = office.sales().await;
        let rules = office.post("/preview", &json!({"toml": one_extension("Sales", "Sales")})).await.expect(200).json();
        assert_eq!(rules["summary"]["text"], "1 gains, 1 waits");
        office.send("PUT", "/rules", &[], as_json().to_string()).await.expect(200);
        let leaves = json!({"groups": [{"employee": ada, "leave": [sales]}]});
        let told = office.post("/preview", &leaves).await.expect(200).json();
        assert_eq!(told["lines"][0]["what"], "extension 201");
        assert_eq!(told["summary"]["lose"], 1);
        let more = json!({"stock": {"add": [{"kind": "extension", "key": "202", "pool": "sales"}]}});
        let told = office.post("/preview", &more).await.expect(200).json();
        assert_eq!((&told["lines"][0]["employee"], &told["lines"][0]["what"]), (&json!(max), &json!("extension 202")));
        assert_eq!(office.house.database.count("things").await, 1);
        for (wrong, pointer) in [
            (json!({"stock": {"add": [{"kind": "extensoin", "key": "202"}]}}), "/stock/add/0/kind"),
            (json!({"groups": [{"employee": sales, "join": [sales]}]}), "/groups/0/employee"),
            (json!({"groups": [], "stock": {}}), "/groups"),
            (json!({}), ""),
        ] {
            let refused = office.post("/preview", &wrong).await;
            refused.problem(422, "invalid-values");
            assert_eq!(refused.pointers()[0], pointer);
        }
    }
}

on_each_engine! {
    async fn why_says_rule_group_and_request_and_what_would_take_it_away(office: Office) {
        let [ada, max, sales] = office.sales().await;
        office.send("PUT", "/rules", &[], as_json().to_string()).await.expect(200);
        let why = office.get(&format!("/employees/{ada}/why")).await.expect(200).json();
        assert_eq!(why["user_name"], "ada@x.example");
        let one = &why["things"][0];
        assert_eq!((&one["what"], &one["standing"], &one["kept_days"]), (&json!("extension 201"), &json!("has"), &json!(90)));
        let group = json!({"id": sales, "name": "Sales", "gone": false});
        assert_eq!((&one["because"][0]["rule"], &one["because"][0]["group"]), (&json!("Sales"), &group));
        assert_eq!(one["because"][0]["rule_says"], "one extension from pool sales");
        assert_eq!(one["ends_when"], json!([{"when": "leaves_group", "rule": "Sales", "group": group, "attribute": null}]));
        let why = office.get(&format!("/employees/{max}/why")).await.expect(200).json();
        assert_eq!((&why["things"][0]["standing"], &why["things"][0]["waits"]), (&json!("waits"), &json!("pool_empty")));

        let leave = json!({"schemas": [crate::world::idp::PATCH_OP], "Operations": [{"op": "remove", "path": "members"}]});
        let answer = office.scim("PATCH", &format!("/Groups/{sales}"), &leave).await.expect(204);
        let why = office.get(&format!("/employees/{ada}/why")).await.expect(200).json();
        let had = &why["things"][0];
        assert_eq!((&had["standing"], &had["lost"][0]["cause"]), (&json!("had"), &json!("left_group")));
        assert_eq!(had["ended_by"], answer.header("x-request-id"));
        office.get(&format!("/employees/{sales}/why")).await.problem(404, "not-found");
    }
}
