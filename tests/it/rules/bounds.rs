//! What rules may ask for, and how long names and paths in them may be.

use deskgate::app::administration::AdministrationError;
use deskgate::app::administration::rules::RulesText;
use deskgate::base::ids::EmployeeId;
use serde_json::json;

use super::Firm;
use crate::world::idp::{id, user, with};
use crate::world::on_each_engine;

/// A text of so many signs from `first` on that no database can make much shorter.
fn jumbled(first: char, signs: u32, length: usize) -> String {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(u32::from(first) + (state >> 16) % signs).unwrap()
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

/// Four bytes a sign, whatever its letter case.
fn deseret(length: usize) -> String {
    jumbled('\u{10400}', 40, length)
}

/// A path of so many bytes that finds a work number.
fn path(bytes: usize) -> String {
    let without = r#"phoneNumbers[type eq "work" or type eq ""].value"#.len();
    format!(r#"phoneNumbers[type eq "work" or type eq "{}"].value"#, jumbled('a', 26, bytes - without))
}

on_each_engine! {
    async fn the_longest_slot_of_every_kind_is_one_that_the_database_takes(firm: Firm) {
        let ada = with(user("ada"), json!({"phoneNumbers": [{"type": "work", "value": "+49 89 4711"}]}));
        let ada = id(&firm.scim("POST", "/Users", &ada).await.expect(201).json()).to_owned();
        let sales = firm.group("Sales", &[]).await;
        let (pool, name, device) = (deseret(256), deseret(100), jumbled('a', 26, 32));
        let rule = format!(
            "[[rule]]\nname = \"{}\"\ngroup = \"Sales\"\n\
             numbers = [\"+49 30 12345678901\", {{ pool = \"{pool}\", count = 100 }}, {{ attribute = '{}' }}]\n\
             extensions = [{{ pool = \"{pool}\", wish = '{}' }}]\n\
             personal_faxes = [{{ pool = \"{pool}\" }}]\ndevices = [{{ pool = \"{pool}\" }}, \"{device}\"]\n\
             destinations = [\"{name}\"]\nannouncements = [\"{name}\"]\nmailboxes = [\"{name}\"]\n\
             extension_access = [\"200001\"]\npermissions = {{ forwarding_reach = \"paid\" }}\n\
             desks = [{{ name = \"{}\", extensions = [\"200001\"], devices = [\"{device}\"] }}]\n",
            deseret(256),
            path(1000),
            path(1000),
            deseret(120),
        );
        firm.apply(&rule).await;
        firm.member(&sales, "add", &ada).await;
        assert_eq!(firm.has(&ada).await.len(), 114);
    }
}

on_each_engine! {
    async fn a_longer_path_is_refused_and_says_so(firm: Firm) {
        let rule = format!("[[rule]]\nname = \"A\"\ngroup = \"A\"\nnumbers = [{{ attribute = '{}' }}]\n", path(1001));
        let Err(AdministrationError::Document(errors)) = firm.try_apply(RulesText::Toml(rule), None).await else {
            panic!("it is taken");
        };
        let words = errors.to_string();
        assert!(words.ends_with("numbers[0].attribute: this path has too many bytes: at most 1000 are possible"), "{words}");
    }
}

/// Six hundred extensions for each member of a group.
fn six_hundred(group: &str) -> String {
    let pools: Vec<String> = (0..6).map(|pool| format!("{{ pool = \"{group}{pool}\", count = 100 }}")).collect();
    format!("[[rule]]\nname = \"{group}\"\ngroup = \"{group}\"\nextensions = [{}]\n", pools.join(", "))
}

on_each_engine! {
    async fn what_rules_ask_for_with_one_person_ends_at_a_thousand_and_says_so(firm: Firm) {
        let ada = firm.person("ada").await;
        let (alpha, beta) = (firm.group("alpha", &[&ada]).await, firm.group("beta", &[]).await);
        firm.pool("beta0").await;
        firm.thing("extension", "201", Some("beta0")).await;
        firm.apply(&format!("{}{}", six_hundred("alpha"), six_hundred("beta"))).await;
        assert_eq!(firm.has(&ada).await.len(), 600);
        let too_much = "the rules ask for more than 1000 things for one person";
        for _ in 0..2 {
            // Whoever comes in has what there is room for, and one line says that there is none for more.
            firm.member(&beta, "add", &ada).await;
            let has = firm.has(&ada).await;
            assert_eq!((has.len(), has.iter().filter(|what| *what == "extension 201").count()), (1001, 1));
            let why = firm.scim("GET", &format!("/Users/{ada}"), &json!(null)).await.expect(200);
            assert!(why.text.contains("201"));
            let states = firm.house.database.texts("SELECT CAST(state AS text) FROM grants").await;
            assert_eq!(states.iter().filter(|state| state.contains("too_many")).count(), 1);
            // Planned anew, it is the same.
            let plan = firm.plan(&format!("{}{}", six_hundred("alpha"), six_hundred("beta"))).await;
            assert_eq!(plan.lines, []);
            firm.member(&beta, "remove", &ada).await;
            assert_eq!(firm.has(&ada).await.len(), 600);
        }
        // What he has already comes first, whatever the names of the rules.
        firm.member(&beta, "add", &ada).await;
        firm.member(&alpha, "remove", &ada).await;
        firm.member(&alpha, "add", &ada).await;
        let has = firm.has(&ada).await;
        assert_eq!((has.len(), has.iter().filter(|what| *what == "extension 201").count()), (1001, 1));
        let plan = firm.plan(&format!("{}{}# again\n", six_hundred("alpha"), six_hundred("beta"))).await;
        assert_eq!(plan.lines, []);
        let administration = firm.house.app.administration();
        let waits = administration.why(firm.author.scope(), EmployeeId::parse(&ada).unwrap()).await.unwrap();
        assert!(waits.explanations.iter().any(|one| one.in_words(&waits.names).join(" ").contains(too_much)));
    }
}

on_each_engine! {
    async fn a_pool_without_what_a_rule_takes_from_it_is_warned_of_and_a_misspelt_one_too(firm: Firm) {
        firm.group("Sales", &[]).await;
        firm.pool("sales").await;
        firm.thing("extension", "201", Some("sales")).await;
        let rule = "[[rule]]\nname = \"Sales\"\ngroup = \"Sales\"\nnumbers = [{ pool = \"sales\" }, { pool = \"salse\" }]\n";
        let warnings: Vec<String> = firm.plan(rule).await.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings, [
            "rule \"Sales\": pool \"sales\" is one of extension, without any voice number; who shall have one waits",
            "rule \"Sales\": there is no pool \"salse\"; who shall have something from it waits; did you mean \"sales\"?",
        ]);
    }
}
