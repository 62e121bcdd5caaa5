//! `deskgate rules` and `deskgate why`, beside a running daemon.

use serde_json::json;
use tempfile::TempDir;

use super::{one_extension, pool, thing};
use crate::groups::{make, people};
use crate::world::daemon::Daemon;
use crate::world::on_each_engine;
use crate::world::program::{self, Ended};

/// A file with rules, in a folder that goes with it.
struct RulesFile(#[expect(dead_code, reason = "holds the folder until the end")] TempDir, String);

impl RulesFile {
    fn new(text: &str) -> Self {
        let folder = TempDir::with_prefix("deskgate-test.").unwrap();
        let path = folder.path().join("rules.toml").to_str().unwrap().to_owned();
        std::fs::write(&path, text).unwrap();
        Self(folder, path)
    }
}

fn rules(daemon: &Daemon, arguments: &[&str]) -> Ended {
    program::run(&daemon.database.url, &[&["rules"], arguments, &["--tenant", "acme"]].concat())
}

on_each_engine! {
    async fn rules_are_planned_applied_and_rolled_back_at_the_shell_beside_the_daemon(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let [ada, max] = people(&idp, ["ada", "max"]).await;
        make(&idp, "Sales", &[&ada, &max]).await;
        pool(&daemon.database, "sales").await;
        thing(&daemon.database, "extension", "201", Some("sales")).await;
        let file = RulesFile::new(&one_extension("Sales", "Sales"));

        let none = rules(&daemon, &["show"]);
        assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{none:?}");
        assert_eq!(rules(&daemon, &["check", &file.1]).code, 0);
        let plan = rules(&daemon, &["plan", &file.1]);
        assert_eq!(plan.code, 0, "{plan:?}");
        assert_eq!(
            plan.stdout,
            "ada@x.example\n  + extension 201  rule Sales, pool sales\nmax@x.example\n  ? extension      waits: pool \
             \"sales\" is empty\n\n1 gains, 1 waits\n"
        );
        let detailed = rules(&daemon, &["plan", &file.1, "--detailed-exitcode", "--json"]);
        assert_eq!(detailed.code, 6, "{detailed:?}");
        let plan = detailed.json();
        assert_eq!((&plan["base"], &plan["summary"]["gain"]), (&json!(0), &json!(1)));
        assert_eq!(plan["lines"][0]["change"], "gains");

        // Nobody is there to say yes.
        let unasked = rules(&daemon, &["apply", &file.1]);
        assert_eq!(unasked.code, 2, "{unasked:?}");
        assert_eq!(rules(&daemon, &["versions", "--json"]).json(), json!({"versions": []}));
        let stale = rules(&daemon, &["apply", &file.1, "--yes", "--fingerprint", "0-stale"]);
        assert_eq!(stale.code, 4, "{stale:?}");
        assert!(stale.stderr.contains("the same rules are in force, but people, groups or stock have changed"), "{stale:?}");
        assert_eq!(stale.stdout.matches("+ extension 201").count(), 1, "{stale:?}");
        let strange = rules(&daemon, &["apply", &file.1, "--fingerprint", "nonsense"]);
        assert!(strange.code == 4 && strange.stderr.contains("none that was handed out"), "{strange:?}");
        let fingerprint = plan["fingerprint"].as_str().unwrap();
        let applied = rules(&daemon, &["apply", &file.1, "--yes", "--json", "--fingerprint", fingerprint]);
        assert_eq!(applied.code, 0, "{applied:?}");
        assert_eq!((&applied.json()["version"], &applied.json()["lines"]), (&json!(1), &plan["lines"]));
        assert_eq!(rules(&daemon, &["plan", &file.1, "--detailed-exitcode"]).code, 0);
        assert_eq!(rules(&daemon, &["show"]).stdout, one_extension("Sales", "Sales"));

        // The daemon goes by them at once.
        let [eva] = people(&idp, ["eva"]).await;
        thing(&daemon.database, "extension", "202", Some("sales")).await;
        let other = make(&idp, "Other", &[&eva]).await;
        std::fs::write(&file.1, one_extension("Sales", "Other")).unwrap();
        let applied = rules(&daemon, &["apply", &file.1, "--yes"]);
        assert_eq!(applied.code, 0, "{applied:?}");
        assert!(applied.stdout.contains("- extension 201") && applied.stdout.contains("+ extension 202"), "{applied:?}");
        let shown = idp.user(&eva).await;
        assert_eq!(shown[crate::world::idp::TELEPHONY]["extensions"], json!([{"value": "202"}]));
        let rename = json!([{"op": "replace", "path": "displayName", "value": "Another"}]);
        crate::groups::patch(&idp, &other, rename).await.expect(204);
        let shown = rules(&daemon, &["show"]);
        assert!(shown.stderr.contains("is called \"Another\" today"), "{shown:?}");
        assert_eq!(rules(&daemon, &["show", "--json"]).json()["warnings"].as_array().unwrap().len(), 1);
        let back = rules(&daemon, &["rollback", "1", "--yes", "--json"]);
        assert_eq!((back.code, &back.json()["version"]), (0, &json!(3)), "{back:?}");
        let versions = rules(&daemon, &["versions", "--json"]).json();
        assert_eq!(versions["versions"].as_array().unwrap().len(), 3);
        assert_eq!(rules(&daemon, &["rollback", "9", "--yes"]).code, 3);
    }
}

on_each_engine! {
    async fn mistakes_are_told_with_their_lines(daemon: Daemon) {
        daemon.tenant("acme");
        let file = RulesFile::new("[[rule]]\nname = \"Sales\"\ngruop = \"Sales\"\n");
        for command in [&["check", file.1.as_str()] as &[&str], &["plan", &file.1], &["apply", &file.1, "--yes"]] {
            let told = rules(&daemon, command);
            assert_eq!(told.code, 2, "{told:?}");
            let text = format!("{}{}", told.stdout, told.stderr);
            assert!(text.contains("line 3") && text.contains("did you mean group?"), "{text}");
        }
        let checked = rules(&daemon, &["check", &file.1, "--json"]);
        assert_eq!((checked.code, &checked.json()["valid"]), (2, &json!(false)));
        assert_eq!(rules(&daemon, &["plan", "/nowhere/rules.toml"]).code, 2);
    }
}

on_each_engine! {
    async fn why_is_told_for_whoever_is_named_by_user_name_address_or_id(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mut body = crate::world::idp::user("ada");
        body["emails"] = json!([{"value": "Ada.Holm@x.example", "type": "work"}]);
        let ada = crate::world::idp::id(&idp.create(&body).await).to_owned();
        make(&idp, "Sales", &[&ada]).await;
        pool(&daemon.database, "sales").await;
        thing(&daemon.database, "extension", "201", Some("sales")).await;
        let file = RulesFile::new(&one_extension("Sales", "Sales"));
        assert_eq!(rules(&daemon, &["apply", &file.1, "--yes"]).code, 0);
        let why = |person: &str, more: &[&str]| {
            program::run(&daemon.database.url, &[&["why", person, "--tenant", "acme"], more].concat())
        };
        for person in ["ADA@x.example", "ada.holm@X.example", ada.as_str()] {
            let told = why(person, &[]);
            assert_eq!(told.code, 0, "{told:?}");
            assert!(told.stdout.starts_with("extension 201\n  since 2"), "{told:?}");
            assert!(told.stdout.contains("by rule Sales for group \"Sales\": one extension from pool sales"), "{told:?}");
            assert!(told.stdout.contains("until group \"Sales\" is left or rule Sales no longer gives it"), "{told:?}");
        }
        let told = why(&ada, &["--json"]).json();
        assert_eq!((&told["user_name"], &told["things"][0]["what"]), (&json!("ada@x.example"), &json!("extension 201")));
        assert_eq!(why("nobody", &[]).code, 3);
        idp.delete(&ada).await.expect(204);
        for person in ["ADA@x.example", "ada.holm@X.example", ada.as_str()] {
            let told = why(person, &[]);
            assert_eq!(told.code, 0, "{told:?}");
            assert!(told.stderr.contains("ada@x.example left on "), "{told:?}");
            assert!(told.stdout.starts_with("extension 201: no longer"), "{told:?}");
        }
    }
}
