//! Which group a rule means.

use super::{Firm, one_extension, told};
use crate::world::on_each_engine;

on_each_engine! {
    async fn a_rule_may_come_before_its_group_and_keeps_it_through_a_rename(firm: Firm) {
        let ada = firm.person("ada").await;
        firm.pool("sales").await;
        firm.thing("extension", "201", Some("sales")).await;
        assert!(firm.apply(&one_extension("Sales", "Sales")).await.lines.is_empty());
        let sales = firm.group("Vertrieb", &[&ada]).await;
        assert_eq!(firm.has(&ada).await, [""; 0]);
        firm.rename_group(&sales, "SALES").await;
        assert_eq!(firm.has(&ada).await, ["extension 201"]);
        firm.rename_group(&sales, "Sales and Marketing").await;
        assert_eq!(firm.has(&ada).await, ["extension 201"]);

        // The rule says what it said, so it means whom it meant; so does a new one with the same words.
        let rules = one_extension("Sales", "Sales");
        assert!(firm.plan(&rules).await.in_force);
        let more = format!("{rules}{}", "[[rule]]\nname = \"Mail\"\ngroup = \"sales\"\npermissions = { mailboxes = \"use\" }\n");
        let plan = firm.plan(&more).await;
        assert_eq!(told(&plan.lines), ["+ ada@x.example: mailboxes use (rule Mail)"]);
        let warnings = firm.plan(&rules).await.warnings;
        assert!(warnings[0].to_string().contains("is called \"Sales and Marketing\" today; write that"), "{warnings:?}");
        assert_eq!((warnings.len(), plan.warnings.len()), (1, 2));
        // What it says is what the group is called: nothing else changes, and nothing is left to say.
        let renamed = firm.plan(&one_extension("Sales", "sales and marketing")).await;
        assert_eq!((renamed.lines, renamed.warnings), (vec![], vec![]));
        // Another group has the name by now: the rule goes on meaning the one it meant, unless it gets another name itself.
        let eva = firm.person("eva").await;
        firm.group("Sales", &[&eva]).await;
        assert_eq!(firm.has(&eva).await, [""; 0]);
        let warnings = firm.plan(&rules).await.warnings;
        assert!(warnings[0].to_string().contains("not the group \"Sales\" that is there now"), "{warnings:?}");
        let anew = firm.plan(&one_extension("Sales anew", "Sales")).await;
        assert_eq!(anew.warnings, []);
        assert!(told(&anew.lines).contains(&"- ada@x.example: extension 201 (rule Sales is gone; on hold)".to_owned()));
        // With other words it means another.
        let other = firm.plan(&one_extension("Sales", "Berlin")).await;
        assert_eq!(other.lines.len(), 1);
        assert_eq!(
            told(&other.lines),
            ["- ada@x.example: extension 201 (rule Sales is about group \"Berlin\", which is not there; on hold)"]
        );
    }
}

on_each_engine! {
    async fn a_rule_that_finds_another_group_takes_from_the_one_and_gives_to_the_other(firm: Firm) {
        let (ada, max, eva) = (firm.person("ada").await, firm.person("max").await, firm.person("eva").await);
        firm.group("Sales", &[&ada, &max]).await;
        firm.group("Berlin", &[&max, &eva]).await;
        firm.pool("sales").await;
        for key in ["201", "202", "203"] {
            firm.thing("extension", key, Some("sales")).await;
        }
        firm.apply(&one_extension("Sales", "Sales")).await;
        assert_eq!(firm.has(&max).await, ["extension 202"]);
        let rules = one_extension("Sales", "Berlin");
        let plan = firm.plan(&rules).await;
        let lost = "- ada@x.example: extension 201 (rule Sales is about group \"Berlin\" now; on hold)";
        assert!(told(&plan.lines).contains(&lost.to_owned()), "{plan:?}");
        assert_eq!(firm.apply(&rules).await.lines, plan.lines);
        // Who is in both keeps what he has.
        assert_eq!(firm.has(&max).await, ["extension 202"]);
        assert_eq!(firm.has(&ada).await, [""; 0]);
        assert_eq!(firm.has(&eva).await, ["extension 203"]);
    }
}
