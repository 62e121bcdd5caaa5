//! `deskgate stock`: the stock at the shell.

use std::io::Write as _;

use serde_json::json;

use crate::world::database::{Database, Engine};
use crate::world::on_each_engine;
use crate::world::program::{Ended, run};

/// A migrated database with a tenant, and a folder for files.
struct Shell {
    database: Database,
    folder: tempfile::TempDir,
}

impl Shell {
    #[expect(clippy::unused_async, reason = "worlds are opened alike")]
    async fn open(engine: Engine) -> Self {
        let shell = Self { database: Database::fresh(engine), folder: tempfile::tempdir().unwrap() };
        assert_eq!(shell.run(&["migrate"]).code, 0);
        assert_eq!(shell.run(&["tenant", "create", "Contoso", "--customer-number", "10001"]).code, 0);
        shell
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run(&self.database.url, arguments)
    }

    fn import(&self, file: &str, flags: &[&str]) -> Ended {
        let path = self.folder.path().join("stock.csv");
        std::fs::File::create(&path).unwrap().write_all(file.as_bytes()).unwrap();
        let mut arguments = vec!["stock", "import", path.to_str().unwrap(), "--tenant", "Contoso"];
        arguments.extend_from_slice(flags);
        self.run(&arguments)
    }
}

on_each_engine! {
    async fn a_file_is_checked_taken_listed_and_written_out(shell: Shell) {
        let file = "kind;key;pool\nRufnummer;+49 30 1234-10…12;Berlin\nNebenstelle;108-113;Sales\n";
        let wrong = shell.import(file, &["--check", "--json"]);
        assert_eq!(wrong.code, 2, "{wrong:?}");
        assert_eq!(wrong.json()["mistakes"].as_array().unwrap().len(), 2);
        let told = shell.import(file, &[]);
        assert_eq!(told.code, 2, "{told:?}");
        assert!(told.stdout.contains("line 2, pool: there is no pool \"Berlin\"") && told.stdout.contains("--make-pools"), "{told:?}");
        assert!(told.stderr.contains("Nothing was written"), "{told:?}");
        let checked = shell.import(file, &["--check", "--make-pools"]);
        assert_eq!(checked.code, 0, "{checked:?}");
        assert!(checked.stdout.contains("new pools: Berlin, Sales") && checked.stdout.contains("left out: 110"), "{checked:?}");
        assert_eq!(shell.run(&["stock", "list", "--tenant", "Contoso", "--json"]).json()["things"], json!([]));
        let taken = shell.import(file, &["--make-pools", "--json"]);
        assert_eq!((taken.code, &taken.json()["written"], &taken.json()["things"]), (0, &json!(true), &json!(7)));

        let page = shell.run(&["stock", "list", "--tenant", "Contoso", "--limit", "5", "--json"]).json();
        let names: Vec<_> = page["things"].as_array().unwrap().iter().map(|thing| &thing["name"]).collect();
        assert_eq!(names, ["108", "109", "111", "113", "+4930123410"]);
        let after = page["next_after"].as_str().unwrap();
        let rest = shell.run(&["stock", "list", "--tenant", "Contoso", "--after", after, "--json"]).json();
        assert_eq!(rest["things"].as_array().unwrap().len(), 2);
        let found = shell.run(&["stock", "list", "--tenant", "Contoso", "--kind", "extension", "--search", "11"]);
        assert!(found.stdout.contains("111") && found.stdout.contains("113") && !found.stdout.contains("108"), "{found:?}");
        let pools = shell.run(&["stock", "pools", "--tenant", "Contoso"]);
        assert!(pools.stdout.contains("Berlin") && pools.stdout.contains("voice_number"), "{pools:?}");
        let pools = shell.run(&["stock", "pools", "--tenant", "Contoso", "--json"]).json();
        assert_eq!((&pools["pools"][1]["pool"], &pools["pools"][1]["free"]), (&json!("Sales"), &json!(4)));

        let exported = shell.run(&["stock", "export", "--tenant", "Contoso"]);
        assert_eq!((exported.code, exported.stdout.lines().count()), (0, 8), "{exported:?}");
        let again = shell.import(&exported.stdout, &["--check", "--json"]);
        let mistakes = again.json()["mistakes"].clone();
        assert_eq!(mistakes.as_array().unwrap().len(), 1, "{mistakes}");
        assert!(mistakes[0]["message"].as_str().unwrap().starts_with("7 lines are in stock already"), "{mistakes}");
    }
}

on_each_engine! {
    async fn what_is_wrong_with_the_command_is_told_in_a_sentence(shell: Shell) {
        let gone = shell.run(&["stock", "import", "/nowhere.csv", "--tenant", "Contoso"]);
        assert!(gone.code == 2 && gone.stderr.contains("/nowhere.csv"), "{gone:?}");
        let nobody = shell.run(&["stock", "list", "--tenant", "Nobody"]);
        assert_eq!(nobody.code, 3, "{nobody:?}");
        let unreadable = shell.import("colour\n", &[]);
        assert!(unreadable.code == 2 && unreadable.stderr.contains("colour"), "{unreadable:?}");
        let kind = shell.run(&["stock", "list", "--tenant", "Contoso", "--kind", "colour"]);
        assert!(kind.code == 2 && kind.stderr.contains("personal_fax") && kind.stderr.contains("durchwahl"), "{kind:?}");
        let none = shell.run(&["tenant", "sip-domain", "Contoso", "--json"]);
        assert_eq!((none.code, none.json()), (0, json!({"sip_domain": null})));
        let domain = shell.run(&["tenant", "sip-domain", "Contoso", "Contoso.PBX.example", "--json"]);
        assert_eq!((domain.code, domain.json()), (0, json!({"sip_domain": "contoso.pbx.example"})));
        assert_eq!(shell.run(&["tenant", "sip-domain", "Contoso", "not a host"]).code, 2);
        assert!(shell.run(&["tenant", "sip-domain", "Contoso"]).stdout.contains("contoso.pbx.example"));
        let tenant = shell.run(&["tenant", "show", "Contoso", "--json"]).json();
        assert_eq!((&tenant["sip_domain"], &tenant["hold_days"]), (&json!("contoso.pbx.example"), &json!(90)));
        assert_eq!(tenant["handmade_employees"], "keep");
        let told = shell.run(&["tenant", "show", "Contoso"]).stdout;
        assert!(told.contains("Hold             90 days") && told.contains("(keep)"), "{told}");
    }
}

on_each_engine! {
    async fn a_file_may_come_by_standard_input(shell: Shell) {
        let arguments = ["stock", "import", "-", "--tenant", "Contoso", "--json"];
        let settings = [("DESKGATE_DATABASE", shell.database.url.as_str())];
        let mut child = crate::world::program::command(&arguments, &settings)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all("Art;Nummer\nDurchwahl;201-203\n".as_bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!((&report["written"], &report["things"]), (&json!(true), &json!(3)), "{report}");
    }
}
