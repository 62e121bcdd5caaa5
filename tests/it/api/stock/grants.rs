//! `/employees/{id}/grants`: giving and taking by hand.

use deskgate::app::administration::stock::StockQuery;
use serde_json::{Value, json};

use crate::api::{Office, id};
use crate::world::idp::user;
use crate::world::on_each_engine;

on_each_engine! {
    /// „Ordnen Sie dem Nutzer dann Rufnummern zu, die er verwenden wird. … Ebenso gehen Sie bei Faxnummern,
    /// Konferenzrufnummern, Zielen und Ansagen vor.“
    async fn whatever_is_in_stock_can_be_given_in_five_ways(office: Office) {
        let pool = office.pool("Sales").await;
        let numbers = office.numbers("+49 30 1234-10…13", "voice").await;
        for (number, usage) in numbers.iter().zip(["voice", "personal_fax", "shared_fax", "conference"]) {
            office.patch(&format!("/numbers/{number}"), &json!({"usage": usage})).await.expect(200);
        }
        office.extensions("201-202", Some(&pool)).await;
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let voice = office.give(&ada, &json!({"thing": numbers[0]})).await.expect(201);
        let grant = voice.json();
        let place = format!("https://deskgate.example/api/v1/employees/{}/grants/{}", id(&ada), id(&grant));
        assert_eq!(voice.header("location"), place);
        assert_eq!((&grant["subject"], &grant["default_number"]), (&json!("voice_number"), &json!(true)));
        let source = &grant["sources"][0];
        assert_eq!((&source["by"], &source["administrator"]), (&json!("manual"), &json!("program")));
        for gift in [
            json!({"kind": "personal_fax", "key": "030 123411"}),
            json!({"kind": "shared_fax", "key": "+493012 3412"}),
            json!({"kind": "conference", "key": "+49 30 1234-13"}),
            json!({"kind": "extension", "pool": pool}),
            json!({"extension_access": "202"}),
            json!({"permission": "call_forwarding", "level": "manage"}),
            json!({"permission": "forwarding_reach", "level": "paid"}),
        ] {
            office.give(&ada, &gift).await.expect(201);
        }
        let mut has = office.has(&ada).await;
        has.sort();
        let all = ["+4930123410", "+4930123411", "+4930123412", "+4930123413", "201", "202", "call_forwarding manage",
            "forwarding_reach paid"];
        assert_eq!(has, all);
        // The use of an extension is no hold on it, and a shared number is anybody's besides.
        for gift in [json!({"kind": "extension", "key": "202"}), json!({"thing": numbers[2]})] {
            office.give(&bob, &gift).await.expect(201);
        }
        assert!(office.give(&bob, &json!({"thing": numbers[0]})).await.problem(409, "not-free").contains("somebody else"));
        assert_eq!(office.topics().await.last().unwrap(), "urn:deskgate:event:grants:changed");
    }
}

on_each_engine! {
    async fn what_many_have_is_not_free_and_says_how_many_have_it(office: Office) {
        let numbers = office.numbers("+49 30 1234-10…11", "conference").await;
        let state = async |number: &str| {
            let shown = office.get(&format!("/numbers/{number}")).await.json();
            (shown["state"].clone(), shown["holders"].clone(), shown["holder"].clone())
        };
        assert_eq!(state(&numbers[0]).await, (json!("free"), json!(0), json!(null)));
        for name in ["ada", "bob", "eva", "max"] {
            let employee = office.employee(name).await;
            office.give(&employee, &json!({"thing": numbers[0]})).await.expect(201);
        }
        assert_eq!(state(&numbers[0]).await, (json!("assigned"), json!(4), json!(null)));
        for (asked, found) in [("free", &numbers[1]), ("assigned", &numbers[0])] {
            let page = office.get(&format!("/numbers?state={asked}")).await.json();
            let there: Vec<_> = page["items"].as_array().unwrap().iter().map(id).collect();
            assert_eq!(there, [found]);
        }
        let listed = office.house.app.stock_list("acme", None, &StockQuery::default(), None, 10).await.unwrap();
        assert_eq!((listed[0].state, listed[0].holders), ("assigned", 4));
        office.post(&format!("/numbers/{}/disable", numbers[0]), &json!({})).await.expect(200);
        assert_eq!(state(&numbers[0]).await, (json!("disabled"), json!(4), json!(null)));
    }
}

on_each_engine! {
    async fn what_cannot_be_given_is_told_by_its_place(office: Office) {
        let pool = office.pool("Sales").await;
        let ada = office.employee("ada").await;
        let nobody = uuid::Uuid::now_v7();
        for (gift, pointer) in [
            (json!({}), ""),
            (json!({"thing": nobody, "kind": "extension"}), ""),
            (json!({"kind": "extension"}), ""),
            (json!({"permission": "mailboxes"}), ""),
            (json!({"thing": nobody}), "/thing"),
            (json!({"kind": "extension", "key": "abc"}), "/key"),
            (json!({"kind": "extension", "pool": nobody}), "/pool"),
            (json!({"kind": "shared_fax", "pool": pool}), "/kind"),
            (json!({"kind": "fax", "pool": pool}), "/kind"),
            (json!({"extension_access": "1"}), "/extension_access"),
            (json!({"permission": "mailboxes", "level": "paid"}), "/level"),
            (json!({"permission": "mailboxes", "level": "none"}), "/level"),
        ] {
            let refused = office.give(&ada, &gift).await;
            refused.problem(422, "invalid-values");
            assert_eq!(refused.pointers(), [pointer], "{gift}");
        }
        office.post(&format!("/employees/{nobody}/grants"), &json!({"extension_access": "201"})).await.problem(404, "not-found");
        office.get(&format!("/employees/{nobody}/grants")).await.problem(404, "not-found");
        assert_eq!(office.house.database.count("grants").await, 0);
    }
}

on_each_engine! {
    async fn what_was_given_by_hand_is_not_given_twice_and_is_taken_back_once(office: Office) {
        office.extensions("201", None).await;
        let ada = office.employee("ada").await;
        let gift = json!({"kind": "extension", "key": "201"});
        let given = office.give(&ada, &gift).await.expect(201).json();
        office.give(&ada, &gift).await.problem(409, "has-already");
        let mailboxes = |level: &str| json!({"permission": "mailboxes", "level": level});
        office.give(&ada, &mailboxes("use")).await.expect(201);
        office.give(&ada, &mailboxes("use")).await.problem(409, "has-already");
        office.give(&ada, &mailboxes("manage")).await.expect(201);
        assert_eq!(office.has(&ada).await, ["201", "mailboxes manage"]);
        office.give(&ada, &mailboxes("use")).await.expect(201);
        assert_eq!(office.has(&ada).await, ["201", "mailboxes use"]);
        let path = format!("/employees/{}/grants/{}", id(&ada), id(&given));
        let bob = office.employee("bob").await;
        office.delete(&path.replace(id(&ada), id(&bob))).await.problem(404, "not-found");
        office.delete(&path).await.expect(204);
        office.delete(&path).await.problem(404, "not-found");
        assert_eq!(office.has(&ada).await, ["mailboxes use"]);
    }
}

on_each_engine! {
    async fn what_a_rule_gives_stays_and_only_the_administrators_part_is_taken(office: Office) {
        let pool = office.pool("Sales").await;
        office.extensions("201-202", Some(&pool)).await;
        let ada = office.scim("POST", "/Users", &user("ada")).await.expect(201).json();
        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales",
            "members": [{"value": id(&ada)}]});
        let group = office.scim("POST", "/Groups", &group).await.expect(201).json();
        let document = "[[rule]]\nname = \"Sales\"\ngroup = \"Sales\"\nextensions = [{ pool = \"sales\" }]\n\
                        permissions = { mailboxes = \"use\" }\n";
        office.rules(document, &group).await;
        // Any change of his looks at the rules.
        office.give(&ada, &json!({"kind": "extension", "pool": pool})).await.expect(201);
        assert_eq!(office.has(&ada).await, ["mailboxes use", "201"]);
        let grants = office.get(&format!("/employees/{}/grants", id(&ada))).await.json();
        let find = |subject: &str| {
            grants["items"].as_array().unwrap().iter().find(|grant| grant["subject"] == subject).unwrap().clone()
        };
        let path = |grant: &Value| format!("/employees/{}/grants/{}", id(&ada), id(grant));
        let sources = find("extension")["sources"].as_array().unwrap().len();
        assert_eq!(sources, 2, "the rule and the administrator");
        office.delete(&path(&find("extension"))).await.expect(204);
        assert_eq!(office.has(&ada).await, ["mailboxes use", "201"]);
        for subject in ["extension", "permission"] {
            let words = office.delete(&path(&find(subject))).await.problem(409, "given-by-rule");
            assert!(words.contains("rule \"Sales\" gives this"), "{words}");
        }
    }
}

on_each_engine! {
    async fn a_gift_sent_again_under_its_key_is_given_once(office: Office) {
        let pool = office.pool("Sales").await;
        office.extensions("201-202", Some(&pool)).await;
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}/grants", id(&ada));
        let body = json!({"kind": "extension", "pool": pool}).to_string();
        let key = [("idempotency-key", "k")];
        let first = office.send("POST", &path, &key, body.as_str()).await.expect(201);
        let again = office.send("POST", &path, &key, body.as_str()).await.expect(201);
        assert_eq!((again.header("idempotent-replay"), &again.text), ("true", &first.text));
        assert_eq!(office.has(&ada).await, ["201"]);
    }
}
