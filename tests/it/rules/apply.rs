//! A document is put in force: exactly what was planned, or nothing.

use deskgate::app::administration::AdministrationError;
use deskgate::app::administration::rules::RulesText;

use super::{Firm, one_extension, told};
use crate::world::on_each_engine;

on_each_engine! {
    async fn what_is_applied_is_what_was_planned(firm: Firm) {
        let (ada, max) = (firm.person("ada").await, firm.person("max").await);
        firm.group("Sales", &[&ada, &max]).await;
        firm.pool("sales").await;
        firm.thing("extension", "201", Some("sales")).await;
        let rules = one_extension("Sales", "Sales");
        let plan = firm.plan(&rules).await;
        assert_eq!(
            told(&plan.lines),
            [
                "+ ada@x.example: extension 201 (rule Sales, pool sales)",
                "? max@x.example: extension (waits: pool \"sales\" is empty)",
            ]
        );
        assert_eq!((plan.base, plan.in_force), (0, false));
        // Nothing was written.
        assert_eq!(firm.house.database.count("grants").await, 0);
        assert_eq!(firm.house.database.count("rule_books").await, 0);

        let applied = firm.try_apply(RulesText::Toml(rules.clone()), Some(&plan)).await.unwrap();
        assert_eq!((applied.version, applied.unchanged, &applied.lines), (1, false, &plan.lines));
        assert_eq!(firm.has(&ada).await, ["extension 201"]);
        assert_eq!(firm.has(&max).await, ["extension: not yet"]);
        let administration = firm.house.app.administration();
        let in_force = administration.rules(firm.author.scope()).await.unwrap();
        assert_eq!((in_force.version, in_force.document.as_str()), (1, rules.as_str()));
        assert_eq!(in_force.put_in_force.unwrap().0, "operator ada");

        // The same once more is no change.
        let again = firm.plan(&rules).await;
        assert!(again.in_force && again.lines.is_empty());
        let applied = firm.apply(&rules).await;
        assert_eq!((applied.version, applied.unchanged), (1, true));
        let sql = "SELECT action || ' ' || changes FROM audit_records WHERE action = 'rules.changed'";
        assert_eq!(firm.house.database.texts(sql).await, [r#"rules.changed {"version":[0,1]}"#]);
        let topics = firm.house.database.texts("SELECT topic FROM outbox WHERE topic LIKE '%rules%'").await;
        assert_eq!(topics, ["urn:deskgate:event:rules:changed"]);
    }
}

on_each_engine! {
    async fn what_has_changed_in_between_is_said_and_nothing_is_done(firm: Firm) {
        let (ada, max) = (firm.person("ada").await, firm.person("max").await);
        let sales = firm.group("Sales", &[&ada]).await;
        firm.pool("sales").await;
        firm.thing("extension", "201", Some("sales")).await;
        let rules = RulesText::Toml(one_extension("Sales", "Sales"));
        let plan = firm.plan_of(rules.clone()).await;
        firm.member(&sales, "remove", &ada).await;
        firm.member(&sales, "add", &max).await;
        let refused = firm.try_apply(rules.clone(), Some(&plan)).await.unwrap_err();
        let AdministrationError::PlanChanged(changed) = refused else { panic!("{refused}") };
        assert_eq!((changed.shown_base, changed.base), (Some(0), 0));
        assert_eq!(told(&changed.gone), ["+ ada@x.example: extension 201 (rule Sales, pool sales)"]);
        assert_eq!(told(&changed.new), ["+ max@x.example: extension 201 (rule Sales, pool sales)"]);
        assert_eq!(firm.house.database.count("rule_books").await, 0);
        assert_eq!(firm.house.database.count("grants").await, 0);

        // Another version in between is something else, too, be its consequences the same.
        let plan = firm.plan_of(rules.clone()).await;
        assert_eq!(plan.fingerprint, changed.fingerprint);
        firm.apply(&one_extension("Other", "Nobody")).await;
        let refused = firm.try_apply(rules.clone(), Some(&plan)).await.unwrap_err();
        let AdministrationError::PlanChanged(changed) = refused else { panic!("{refused}") };
        assert_eq!((changed.shown_base, changed.base), (Some(0), 1));
        let plan = firm.plan_of(rules.clone()).await;
        assert_eq!(firm.try_apply(rules, Some(&plan)).await.unwrap().version, 2);
    }
}

on_each_engine! {
    async fn an_old_version_is_put_in_force_anew(firm: Firm) {
        let ada = firm.person("ada").await;
        firm.group("Sales", &[&ada]).await;
        firm.pool("sales").await;
        firm.thing("extension", "201", Some("sales")).await;
        firm.apply(&one_extension("Sales", "Sales")).await;
        let gone = firm.apply("").await;
        assert_eq!(told(&gone.lines), ["- ada@x.example: extension 201 (rule Sales is gone; on hold)"]);
        let plan = firm.plan_of(RulesText::Version(1)).await;
        assert_eq!(told(&plan.lines), ["+ ada@x.example: extension 201 (rule Sales, pool sales)"]);
        let back = firm.try_apply(RulesText::Version(1), Some(&plan)).await.unwrap();
        assert_eq!((back.version, &back.lines), (3, &plan.lines));
        let administration = firm.house.app.administration();
        let versions = administration.latest_rules(firm.author.scope(), 10).await.unwrap();
        assert_eq!(versions.iter().map(|one| one.version).collect::<Vec<_>>(), [3, 2, 1]);
        let documents =
            [administration.rules_of(firm.author.scope(), 1).await, administration.rules(firm.author.scope()).await];
        let [one, three] = documents.map(Result::unwrap);
        assert_eq!(one.document, three.document);
        let missing = administration.rules_of(firm.author.scope(), 4).await.unwrap_err();
        assert!(matches!(missing, AdministrationError::NotFound(_)), "{missing}");
    }
}

on_each_engine! {
    async fn a_document_with_mistakes_is_refused_with_all_of_them(firm: Firm) {
        let rules = "[[rule]]\nname = \"Sales\"\ngruop = \"Sales\"\nextensions = [\"x\"]\n";
        let administration = firm.house.app.administration();
        let check = administration.check_rules(firm.author.scope(), RulesText::Toml(rules.to_owned())).await.unwrap();
        let errors: Vec<String> = check.errors.listed.iter().map(ToString::to_string).collect();
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(errors[1].starts_with("line 3: rule \"Sales\": gruop: ") && errors[1].contains("did you mean group?"));
        let refused = firm.try_apply(RulesText::Toml(rules.to_owned()), None).await.unwrap_err();
        assert!(matches!(refused, AdministrationError::Document(ref found) if *found == check.errors), "{refused}");
        assert_eq!(firm.house.database.count("rule_books").await, 0);
    }
}

on_each_engine! {
    async fn what_rules_name_in_vain_is_a_warning(firm: Firm) {
        firm.group("Sales", &[]).await;
        firm.pool("sales").await;
        firm.thing("destination", "zentrale", None).await;
        let rules = "[[rule]]\nname = \"A\"\ngroup = \"Sales\"\nextensions = [{ pool = \"sales\" }, { pool = \"sails\" }]\n\
                     destinations = [\"Zentrale\", \"Nacht\"]\n[[rule]]\nname = \"B\"\ngroup = \"Berlin\"\n";
        let administration = firm.house.app.administration();
        let check = administration.check_rules(firm.author.scope(), RulesText::Toml(rules.to_owned())).await.unwrap();
        let warnings: Vec<String> = check.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        assert!(warnings[0].contains("destination nacht") && warnings[1].contains("sails"), "{warnings:?}");
        assert!(warnings[2].contains("there is no group \"Berlin\" yet"), "{warnings:?}");
        assert_eq!(firm.plan(rules).await.warnings, check.warnings);
    }
}
